// Who may do what, for the questions: a thousand roles in trees, and a hundred thousand grants, made of a seed. The permissions are
// ORION's own, for it has no others. Everything holds everywhere and for good: no organisations, no ends, no conditions, no denials.

import { chance, dashed, idOf, moment } from './random.mjs'

const ROLES = 1_000
/** Roles at the top of a tree. Every other one inherits from one made before it. */
const TREES = 20
/** The longest way up, for casbin follows ten steps. */
const DEEPEST = 6
const PEOPLE = 20_000
/** Each person has so many roles, and so many permissions by itself: a hundred thousand grants. */
const [ROLES_EACH, DIRECT_EACH] = [4, 1]
/** So many questions are asked at once, about one person: as many as one request of ORION takes. */
export const BULK = 200
const MADE = Date.UTC(2026, 0, 1)

/** The data set over these permissions. */
export function makeGrants(permissions) {
  const random = chance(10)
  const roles = []
  for (let number = 0; number < ROLES; number += 1) {
    const above = number < TREES ? undefined : roles[random.below(number)]
    const parent = above && above.depth >= DEEPEST ? roles[above.parent] : above
    roles.push({
      name: `bench-role-${number}`,
      id: idOf('role', number, MADE),
      parent: parent && roles.indexOf(parent),
      depth: parent ? parent.depth + 1 : 0,
      own: random.some(permissions, 1 + random.below(2)),
    })
  }
  const people = Array.from({ length: PEOPLE }, (_, number) => ({
    id: idOf('user', number, MADE + number),
    roles: random.some(numbers(8).map(() => random.below(ROLES)).filter((role, at, all) => all.indexOf(role) === at), ROLES_EACH),
    direct: random.some(permissions, DIRECT_EACH),
  }))
  return { permissions, roles, people }
}

const numbers = (count) => Array.from({ length: count }, (_, number) => number)

export const countGrants = ({ people }) => people.reduce((sum, { roles, direct }) => sum + roles.length + direct.length, 0)

/** Questions about people, the same for all: each about one person, one permission or as many as are asked at once. */
export function makeQuestions({ permissions, people }, count, each) {
  const random = chance(11)
  return numbers(count).map(() => ({ person: random.below(people.length), asked: numbers(each).map(() => random.of(permissions)) }))
}

/** What plain reading of the data says: by nothing that is measured. */
export function reader({ roles, people }) {
  const given = roles.map(() => undefined)
  const gives = (role) => {
    given[role] ??= new Set([...roles[role].own, ...(roles[role].parent === undefined ? [] : gives(roles[role].parent))])
    return given[role]
  }
  return ({ person, asked }) => {
    const { roles: held, direct } = people[person]
    return asked.map((permission) => direct.includes(permission) || held.some((role) => gives(role).has(permission)))
  }
}

/** The question as ORION takes it. */
export const checkOf = ({ people }, { person, asked }) =>
  JSON.stringify({ user_id: dashed(people[person].id), questions: asked.map((permission) => ({ permission })) })

/** Writes it all into ORION's tables. */
export function fillGrants(database, { roles, people, permissions }) {
  const at = moment(MADE)
  const known = new Map(database.ask("SELECT name, id FROM permissions").map((row) => row.split('|')))
  for (const permission of permissions) if (!known.has(permission)) throw new Error(`there is no permission ${permission}`)
  const raised = roles.map(({ id, name, parent }) => [id, name, name, 'custom', 'global', 1, parent === undefined ? null : roles[parent].id, true, at, at])
  const columns = ['id', 'name', 'display_name', 'type', 'scope', 'level', 'parent_id', 'is_active', 'created_at', 'updated_at']
  database.insert('roles', columns, raised, "name = 'guest'")
  const own = roles.flatMap(({ id, own }) => own.map((permission) => [id, known.get(permission), at]))
  database.insert('role_permissions', ['id', 'role_id', 'permission_id', 'granted_at'], numbered('role_permission', own))
  const users = people.map(({ id }, number) => [id, `holder-${number}@example.com`, null, null, 'active', at, at, at, `holder-${number}@example.com`])
  const ofUser = ['id', 'email', 'display_name', 'username', 'status', 'email_verified_at', 'created_at', 'updated_at', 'name_key']
  database.insert('users', ofUser, users, "status = 'active'")
  const held = people.flatMap((person) => person.roles.map((role) => [person.id, roles[role].id, at]))
  database.insert('user_roles', ['id', 'user_id', 'role_id', 'assigned_at'], numbered('user_role', held))
  const direct = people.flatMap((person) => person.direct.map((permission) => [person.id, known.get(permission), at]))
  database.insert('user_permissions', ['id', 'user_id', 'permission_id', 'granted_at'], numbered('user_permission', direct))
  database.ask('UPDATE role_catalogue SET version = version + 1')
  database.settle()
}

export const numbered = (kind, rows) => rows.map((row, number) => [idOf(kind, number, MADE), ...row])
