// What else decides about permissions, over the same roles, grants and questions: casbin (npm), in its own process and behind HTTP, and
// a policy in Rego. OPA itself is not in the package registries that a checkout is built from; the policy is run by regorus, an
// interpreter of Rego by Microsoft, from PyPI's `celine-regorus`, which packs it for Python.

import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { installed } from '../npm.mjs'
import { freePorts } from '../ports.mjs'
import { sleep, start, temporaryDirectory } from '../process.mjs'
import { packageOf } from '../pypi.mjs'

const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const CASBIN = join(FOLDER, 'casbin')
export const NO_CASBIN = 'casbin: NOT MEASURED, cannot be installed'
export const NO_REGO = 'Rego (regorus): NOT MEASURED, cannot be installed'
export const WHY_NO_OPA = 'OPA itself is left out: no package registry in use here has it (PyPI and npm have clients for it alone). Its language is run by regorus.'

const MODEL = `
[request_definition]
r = sub, permission
[policy_definition]
p = sub, permission
[role_definition]
g = _, _
[policy_effect]
e = some(where (p.eft == allow))
[matchers]
m = r.permission == p.permission && g(r.sub, p.sub)
`

/** Names of people, as others than ORION know them. */
const nameOf = (person) => `person-${person}`

/** The question as the peers take it. */
export const questionOf = ({ person, asked }) => ({ person: nameOf(person), asked })

/** Writes roles, grants and questions as the peers read them; gives the directory. */
export function writeFor(grants, questions) {
  const directory = temporaryDirectory('grants-')
  const { permissions, roles, people } = grants
  const write = (name, text) => writeFileSync(join(directory, name), text)
  const rules = roles.flatMap(({ name, own }) => own.map((permission) => `p, ${name}, ${permission}`))
  // casbin looks at all rules in turn: who has a permission by itself is in a role that gives it alone, instead of a rule for each.
  rules.push(...permissions.map((permission) => `p, only ${permission}, ${permission}`))
  rules.push(...people.flatMap(({ direct }, person) => direct.map((permission) => `g, ${nameOf(person)}, only ${permission}`)))
  rules.push(...roles.flatMap(({ name, parent }) => (parent === undefined ? [] : [`g, ${name}, ${roles[parent].name}`])))
  rules.push(...people.flatMap(({ roles: held }, person) => held.map((role) => `g, ${nameOf(person)}, ${roles[role].name}`)))
  write('model.conf', MODEL)
  write('policy.csv', rules.join('\n'))
  const set = (names) => Object.fromEntries(names.map((name) => [name, true]))
  write('data.json', JSON.stringify({
    roles: Object.fromEntries(roles.map(({ name, own }) => [name, set(own)])),
    parents: Object.fromEntries(roles.map(({ name, parent }) => [name, parent === undefined ? [] : [roles[parent].name]])),
    people: Object.fromEntries(people.map(({ roles: held, direct }, person) => [nameOf(person), { roles: held.map((role) => roles[role].name), direct: set(direct) }])),
  }))
  for (const [name, all] of Object.entries(questions)) write(`${name}.json`, JSON.stringify(all.map(questionOf)))
  return directory
}

const COMMAND = { timeout: 600000, maxBuffer: 512 * 1024 * 1024, stdio: ['ignore', 'pipe', 'inherit'] }

/** Those that decide in their own process: a name, and what answers the sample and then all questions for so many seconds each. */
export function inProcess(directory) {
  const all = []
  if (installed(CASBIN, 'casbin')) {
    all.push({ name: 'casbin (node), in process, one thread', run: (seconds) => JSON.parse(execFileSync('node', [join(CASBIN, 'decisions.mjs'), directory, String(seconds)], COMMAND)) })
  }
  const regorus = packageOf('celine-regorus', '0.9.1.post20260227075446')
  if (regorus) {
    const words = [join(FOLDER, 'rego', 'decisions.py'), regorus, directory]
    all.push({ name: 'Rego by regorus, in process, one thread', run: (seconds) => JSON.parse(execFileSync('python3', [...words, String(seconds)], COMMAND)) })
  }
  return all
}

/** casbin behind HTTP; undefined where it cannot be had. */
export async function startCasbin(directory) {
  if (!installed(CASBIN, 'casbin')) return undefined
  const [port] = await freePorts(1)
  const running = start('node', () => [join(CASBIN, 'server.mjs'), directory], { PORT: String(port), NODE_ENV: 'production' })
  while (!running.printed()) {
    running.mustRun()
    await sleep(100)
  }
  return { ...running, port }
}
