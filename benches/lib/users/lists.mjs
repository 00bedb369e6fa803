// `GET /api/v1/users` of a hundred thousand people, by one client who is an administrator, through the gateway: each filter with each
// sort on pages 1, 10 and 100, reached by their cursors, and searches.

import { performance } from 'node:perf_hooks'
import { figure, goal, percentile, table } from '../report.mjs'
import { connected } from './connected.mjs'
import { headersOf, startFilled } from './orion.mjs'
import { fillPeople, PEOPLE, RARE } from './people.mjs'
import { plansOf } from './plans.mjs'

const DAY = 86_400_000
const PAGES = [1, 10, 100]
/** How long a page is, and the longest that there is. */
const [LENGTH, LONGEST] = [50, 200]
const GOAL = 50
/** How many of the slowest are printed. */
const SLOWEST = 15
const SORTS = ['created_at', '-created_at', 'last_login_at', '-last_login_at', 'name', '-name', 'email', '-email']
const ago = (days) => new Date(Date.now() - days * DAY).toISOString()
const FILTERS = {
  'all': {},
  'active': { status: 'active' },
  'suspended': { status: 'suspended' },
  'role user': { role: 'user' },
  'role moderator': { role: 'moderator' },
  'not verified': { is_verified: 'false' },
  'second factor': { has_second_factor: 'true' },
  'no second factor': { has_second_factor: 'false' },
  'came in the last 30 days': { created_since: ago(30) },
  'came over a year ago': { created_until: ago(365) },
  'signed in in the last 30 days': { last_login_since: ago(30) },
  'not for half a year': { last_login_until: ago(182) },
  'tag newsletter': { tags: 'newsletter' },
  'tag vip': { tags: 'vip' },
  'suspended, vip': { status: 'suspended', tags: 'vip' },
  'active, second factor, newsletter, role user': { status: 'active', has_second_factor: 'true', tags: 'newsletter', role: 'user' },
}
const SEARCHES = {
  'all have it: e': 'e',
  'all have it: @': '@',
  'most have it: @example.com': '@example.com',
  'a letter: b': 'b',
  'frequent name: anna': 'anna',
  'frequent name and its beginning: anna ber': 'anna ber',
  'part of a name: bergmann': 'bergmann',
  'with an accent: ömer': 'ömer',
  [`rare name: ${RARE.last.toLowerCase()}`]: RARE.last,
  'rare address: @rare.example': `@${RARE.domain}`,
  'one address: its number': `${PEOPLE / 2}`,
  'a username: anna1': 'anna1',
  'frequent and rare: anna @rare.example': `anna @${RARE.domain}`,
  'two that nobody has together: zebulon bergmann': 'zebulon bergmann',
  'all have both, few together: e @shop': 'e @shop',
  'no hit': 'xyzzyq',
  'no hit, a sign: %': '%',
  'no hit, long: eight words': 'aa bb cc dd ee ff gg hh',
}
const SEARCH_SORTS = ['-created_at', 'name', 'email', '-last_login_at']

/** All lists that are asked for: a name, and the query without its place. */
const lists = () => [
  ...Object.entries(FILTERS).flatMap(([name, filter]) => SORTS.map((sort) => ({ kind: 'list', name, sort, query: { ...filter, sort } }))),
  ...Object.entries(SEARCHES).flatMap(([name, search]) => SEARCH_SORTS.map((sort) => ({ kind: 'search', name, sort, query: { search, sort } }))),
  ...SEARCH_SORTS.map((sort) => ({ kind: 'search', name: 'suspended with a frequent name', sort, query: { search: 'anna', status: 'suspended', sort } })),
]

const pathOf = (query, cursor, limit = LENGTH) => `/api/v1/users?${new URLSearchParams({ ...query, limit, ...(cursor && { cursor }) })}`

export async function measureLists({ contestants, requests, database, environment, verbose }) {
  const results = []
  for (const { name, command } of contestants) {
    const started = performance.now()
    const platform = await startFilled(command, environment(), fillPeople)
    console.error(`${database}, ${name}: ${PEOPLE} people after ${figure((performance.now() - started) / 1000)} s`)
    const cells = []
    const way = []
    for (const list of lists()) {
      // A token is good for five minutes, and a list takes a few seconds.
      const headers = headersOf(await platform.token())
      await connected(platform.ports.gateway, 1, async ([connection]) => {
        const ask = async (cursor, limit) => {
          const { status, text } = await connection.get(pathOf(list.query, cursor, limit), headers)
          if (status !== 200) throw new Error(`${list.name} is answered ${status}: ${text}`)
          return JSON.parse(text)
        }
        const known = cells.length
        for (const { page, cursor } of await placesOf(list.kind === 'list' ? PAGES : [1], ask, way)) cells.push(await measureCell(list, page, cursor, ask, requests))
        if (verbose) for (const { kind, name: what, sort, page, p99 } of cells.slice(known)) console.error(`${kind}: ${what}, ${sort}, page ${page}: ${figure(p99)} ms`)
      })
    }
    const plans = verbose ? await plansOf(platform, cells.filter(({ p99 }) => p99 > GOAL), pathOf) : undefined
    await platform.end()
    results.push({ name, cells, way, plans })
  }
  return { database, results, requests }
}

/**
 * The cursors of these pages, as far as there are any. On the way there, pages are as long as may be, for a cursor is good after any
 * page; how long each took goes to `way`.
 */
async function placesOf(pages, ask, way) {
  const places = []
  let cursor
  let passed = 0
  for (const page of pages) {
    const before = (page - 1) * LENGTH
    while (passed < before) {
      const limit = Math.min(LONGEST, before - passed)
      const began = performance.now()
      const { next_cursor } = await ask(cursor, limit)
      way.push(performance.now() - began)
      if (!next_cursor) return places
      cursor = next_cursor
      passed += limit
    }
    places.push({ page, cursor })
  }
  return places
}

async function measureCell(list, page, cursor, ask, requests) {
  const found = (await ask(cursor)).items.length
  const times = []
  for (let number = 0; number < requests; number += 1) {
    const began = performance.now()
    await ask(cursor)
    times.push(performance.now() - began)
  }
  return { ...list, page, cursor, found, p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}

export function reportLists({ database, results, requests }) {
  for (const { name, cells, way, plans } of results) {
    const who = `${database}, orion, ${name}`
    const slowest = [...cells].sort((one, other) => other.p99 - one.p99)
    console.log(`\nlists of ${PEOPLE} people, ${who}: ${cells.length} pages of ${LENGTH}, each ${requests} times by one client; the slowest`)
    const row = ({ kind, name: what, sort, page, found, p50, p99 }) => [`${kind}: ${what}`, sort, page, found, figure(p50), figure(p99)]
    table(['page', 'sorted by', 'number', 'found', 'p50 ms', 'p99 ms'], slowest.slice(0, SLOWEST).map(row))
    console.log('')
    table(['filter or search', 'pages', 'p50 ms', 'slowest p50', 'slowest p99'], [...grouped(cells)].map(([what, all]) => {
      const of = (field) => all.map((cell) => cell[field])
      return [what, all.length, figure(percentile(of('p50'), 0.5)), figure(Math.max(...of('p50'))), figure(Math.max(...of('p99')))]
    }))
    console.log(`on the way to them, ${way.length} pages of ${LONGEST} at most, each once: p50 ${figure(percentile(way, 0.5))} ms, p99 ${figure(percentile(way, 0.99))} ms, at most ${figure(Math.max(...way))} ms`)
    for (const { what, lines } of plans ?? []) console.log(`\n${what}\n${lines.join('\n')}`)
    const above = cells.filter(({ p99 }) => p99 > GOAL).length
    if (name === 'this') goal(`${database}: any page of ${PEOPLE} people, p99 of at most ${GOAL} ms`, `${figure(slowest[0].p99)} ms; ${above} of ${cells.length} above`, above === 0)
  }
}

const byName = ({ kind, name }) => `${kind}: ${name}`
function grouped(cells) {
  const groups = new Map()
  for (const cell of cells) groups.set(byName(cell), [...(groups.get(byName(cell)) ?? []), cell])
  return groups
}
