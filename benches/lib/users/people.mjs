// A hundred thousand people to list and to search, made of a seed: names as unevenly common as names are, every status, and two years
// of coming and signing in.

import { chance, idOf, moment } from './random.mjs'
import { numbered } from './grants.mjs'

export const PEOPLE = 100_000
const DAY = 86_400_000
const FIRST = 'Anna Ben Carla David Elena Felix Greta Hugo Ida Jonas Klara Liam Mia Noah Olga Paul Quentin Rosa Samuel Tilda Ulrich Vera Walter Xenia Yara Zoe Amélie Björn Chloé Désirée Émile Łucja Ömer Søren'.split(' ')
const BEGIN = 'Ber Dahl Eng Fisch Gold Ham Kauf Lind Mor New Ost Rosen Schwarz Stein Thor Wal Wein Wolf Zimmer Ash'.split(' ')
const END = 'berg mann feld er son stein ton ley bach wood sen ström hoff gård'.split(' ')
const LAST = BEGIN.flatMap((begin) => END.map((end) => begin + end))
/** Somebody whose name nobody else has. */
export const RARE = { first: 'Zebulon', last: 'Quartermain', domain: 'rare.example' }

/** One of a list, the first ones much more often. */
const uneven = (random, all) => all[Math.floor(random() ** 2 * all.length)]
/** One of [share, value] pairs. */
const shared = (random, pairs) => {
  let rest = random()
  return pairs.find(([share]) => (rest -= share) < 0)?.[1] ?? pairs.at(-1)[1]
}
const STATUSES = [[0.93, 'active'], [0.03, 'pending_verification'], [0.02, 'inactive'], [0.015, 'suspended'], [0.005, 'deleted']]
const DOMAINS = [[0.6, 'example.com'], [0.3, 'example.org'], [0.0995, 'shop.example'], [0.0005, RARE.domain]]

function makePerson(random, number, now) {
  const status = shared(random, STATUSES)
  const rare = number === PEOPLE / 2
  const [first, last] = rare ? [RARE.first, RARE.last] : [uneven(random, FIRST), uneven(random, LAST)]
  const plain = (name) => name.toLowerCase().replace('ł', 'l').replace('ø', 'o').normalize('NFD').replace(/\p{M}/gu, '')
  // Who never verifies is removed after a week, and who is deleted, after a month.
  const age = status === 'pending_verification' ? 6 : 730
  const createdAt = Math.floor(now - DAY - random() * age * DAY)
  const signedIn = status !== 'pending_verification' && random() < 0.8
  const tags = [[0.3, 'newsletter'], [0.05, 'beta'], [0.01, 'vip']].filter(([share]) => random() < share).map(([, tag]) => tag)
  return {
    id: idOf('user', number, createdAt),
    email: `${plain(first)}.${plain(last)}${number}@${rare ? RARE.domain : shared(random, DOMAINS)}`,
    username: random() < 0.6 ? `${plain(first)}${number}` : null,
    first,
    last,
    display: random() < 0.7 ? `${first} ${last}` : null,
    status,
    createdAt,
    loginAt: signedIn ? Math.floor(createdAt + random() * (now - createdAt)) : null,
    deletedAt: status === 'deleted' ? Math.floor(now - random() * 20 * DAY) : null,
    second: random() < 0.1,
    tags,
    roles: ['user', ...[[0.02, 'editor'], [0.005, 'moderator']].filter(([share]) => random() < share).map(([, role]) => role)],
  }
}

/** What texts are found by, as crates/users/src/store/terms.rs says. */
export function termsOf(texts) {
  const kindOf = (sign) => (/\s/u.test(sign) ? 'space' : /\p{N}/u.test(sign) ? 'digit' : /\p{Lu}/u.test(sign) ? 'capital' : /\p{L}/u.test(sign) ? 'letter' : 'sign')
  const terms = new Set()
  for (const given of texts.filter(Boolean)) {
    const text = normalised(given, false)
    let [before, place, count] = ['space', 0, 0]
    for (const sign of text) {
      const kind = kindOf(sign)
      const begins = kind !== 'space' && (kind === 'sign' || (before !== kind && !(before === 'capital' && kind === 'letter')))
      if (begins && count < 40) {
        terms.add(normalised(text.slice(place)))
        count += 1
      }
      before = kind
      place += sign.length
    }
  }
  return [...terms]
}

const normalised = (text, lower = true) => {
  const spaced = text.split(/\s+/u).filter(Boolean).join(' ')
  return lower ? spaced.toLowerCase().replaceAll('ς', 'σ') : spaced
}

const hex = (text) => Buffer.from(text).toString('hex')

/** Writes them into ORION's tables. Fails where ORION itself makes other terms of an address than is done here. */
export function fillPeople(database) {
  const now = Date.now()
  const random = chance(12)
  const people = Array.from({ length: PEOPLE }, (_, number) => makePerson(random, number, now))
  const [name, email] = database.ask("SELECT display_name, email FROM users WHERE status = 'active'")[0].split('|')
  const theirs = database.ask('SELECT term FROM user_search_terms').map((term) => term.replace(/^\\x/, '')).sort()
  const ours = termsOf([name, email]).map(hex).sort()
  if (theirs.join() !== ours.join()) throw new Error('this benchmark makes other search terms than ORION: see termsOf')
  const columns = ['id', 'email', 'username', 'first_name', 'last_name', 'display_name', 'status', 'email_verified_at', 'last_login_at', 'last_login_key', 'login_count', 'name_key', 'has_second_factor', 'tags', 'created_at', 'updated_at', 'deleted_at']
  const time = (at) => (at === null ? null : moment(at))
  database.insert('users', columns, people.map((one) => [
    one.id, one.email, one.username, one.first, one.last, one.display, one.status,
    one.status === 'pending_verification' ? null : time(one.createdAt), time(one.loginAt), (one.loginAt ?? 0) * 1000, one.loginAt ? 3 : 0,
    normalised(one.display ?? `${one.first} ${one.last}`).slice(0, 200), one.second, JSON.stringify(one.tags), time(one.createdAt), time(one.createdAt), time(one.deletedAt),
  ]), "status = 'active'")
  database.insert('user_search_terms', ['term', 'user_id'], people.flatMap((one) => termsOf([one.username, one.display, one.first, one.last, one.email]).map((term) => [hex(term), one.id])))
  database.insert('user_tags', ['tag', 'user_id'], people.flatMap(({ id, tags }) => tags.map((tag) => [tag, id])))
  const roles = new Map(database.ask('SELECT name, id FROM roles').map((row) => row.split('|')))
  const held = people.flatMap(({ id, roles: names, createdAt }) => names.map((name) => [id, roles.get(name).replaceAll('-', ''), moment(createdAt)]))
  database.insert('user_roles', ['id', 'user_id', 'role_id', 'assigned_at'], numbered('user_role', held))
  database.settle()
}
