// Decisions: ORION's `POST /api/v1/authz/check` beside casbin and a policy in Rego, over one data set. All must decide the same.

import { execFileSync } from 'node:child_process'
import { isDeepStrictEqual } from 'node:util'
import { request } from '../http.mjs'
import { drive } from '../load.mjs'
import { scrape } from '../platform.mjs'
import { atRest, cpuOfFamily } from '../process.mjs'
import { figure, goal, inTurn, medians, percentile, table } from '../report.mjs'
import { connected } from './connected.mjs'
import { BULK, checkOf, countGrants, fillGrants, makeGrants, makeQuestions, reader } from './grants.mjs'
import { headersOf, startFilled } from './orion.mjs'
import { inProcess, NO_CASBIN, NO_REGO, questionOf, startCasbin, WHY_NO_OPA, writeFor } from './peers.mjs'

/** How many clients ask one by one, and how many at once: a peer takes seconds for what is asked at once. */
const CLIENTS = { single: 16, bulk: 4 }
/** So many questions of each in the sample that all must answer alike. */
const SAMPLED = 10
/** How many questions are prepared of each kind; they are asked in turn. */
const PREPARED = { sample: 40, single: 5_000, bulk: 200 }
const CHECK = '/api/v1/authz/check'

/** The permissions that the binary has. */
const permissionsOf = (database) => database.ask('SELECT name FROM permissions ORDER BY name')

export async function measureDecisions({ contestants, rounds, seconds, database, environment }) {
  let grants
  const platforms = []
  for (const { name, command } of contestants) {
    const platform = await startFilled(command, environment(), async (tables) => {
      grants ??= makeGrants(permissionsOf(tables))
      fillGrants(tables, grants)
    })
    platforms.push({ name, platform })
  }
  const questions = { sample: makeQuestions(grants, PREPARED.sample, SAMPLED), single: makeQuestions(grants, PREPARED.single, 1), bulk: makeQuestions(grants, PREPARED.bulk, BULK) }
  const expected = questions.sample.map(reader(grants))
  const directory = writeFor(grants, questions)
  const runs = platforms.flatMap(({ name, platform }) => [
    overHttp(`orion, ${name}, through the gateway`, orion(platform, platform.ports.gateway, grants), questions),
    overHttp(`orion, ${name}, the service itself`, orion(platform, platform.ports.users, grants), questions),
  ])
  const casbin = await startCasbin(directory)
  if (casbin) runs.push(overHttp('casbin (node) behind HTTP, a process per core', http(casbin), questions))
  const own = process.env.ORION_RESOLVER
  const alone = inProcess(directory)
  // A command that takes what the others take, and prints what they print.
  if (own) alone.unshift({ name: "orion's resolver, in process, one thread", run: (time) => JSON.parse(execFileSync('sh', ['-c', `${own} "$@"`, own, directory, String(time)], { maxBuffer: 512 * 1024 * 1024 })) })
  runs.push(...alone.map(({ name, run }) => inTheirs(name, run)))
  for (const run of runs) same(run.name, await run.sample(), expected)
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const run of inTurn(runs, turn)) run.samples.push(await run.round(seconds))
  }
  const statements = await statementsOf(platforms.at(-1).platform, grants, questions)
  for (const { platform } of platforms) await platform.end()
  await casbin?.end()
  return { database, runs, grants, statements, isWithCasbin: Boolean(casbin) }
}

function same(name, answers, expected) {
  const at = answers.findIndex((answer, number) => !isDeepStrictEqual(answer, expected[number]))
  if (at >= 0 || answers.length !== expected.length) throw new Error(`${name} decides otherwise than the data say, in question ${at} of the sample`)
}

/** How ORION is asked: by an administrator, about others. */
const orion = (platform, port, grants) => ({
  pid: platform.pid,
  port,
  path: CHECK,
  headers: async () => headersOf(await platform.token()),
  body: (question) => checkOf(grants, question),
  answers: (text) => JSON.parse(text).items.map(({ allowed }) => allowed),
})

const http = ({ pid, port }) => ({
  pid,
  port,
  path: '/check',
  headers: async () => 'content-type: application/json\r\n',
  body: (question) => JSON.stringify(questionOf(question)),
  answers: (text) => JSON.parse(text).items,
})

/** Somebody who answers over HTTP, asked by several clients at once. */
function overHttp(name, server, questions) {
  const bodies = Object.fromEntries(['single', 'bulk'].map((kind) => [kind, questions[kind].map(server.body)]))
  const ask = async (connection, headers, body) => {
    const { status, text } = await connection.send('POST', server.path, headers, body)
    if (status !== 200) throw new Error(`${name} answers ${status}: ${text}`)
    return text
  }
  const load = (kind, seconds) => connected(server.port, CLIENTS[kind], async (connections) => {
    const headers = await server.headers()
    let next = 0
    const client = (connection) => () => ask(connection, headers, bodies[kind][next++ % bodies[kind].length])
    await Promise.all(connections.map((connection) => ask(connection, headers, bodies.single[0])))
    await atRest(() => cpuOfFamily(server.pid))
    const before = cpuOfFamily(server.pid)
    const { rate, p50, p99, count } = await drive(connections.map(client), seconds)
    return { rate, p50, p99, cpu: (cpuOfFamily(server.pid) - before) / count }
  })
  return {
    name,
    samples: [],
    sample: () => connected(server.port, 1, async ([connection]) => {
      const headers = await server.headers()
      const answers = []
      for (const question of questions.sample) answers.push(server.answers(await ask(connection, headers, server.body(question))))
      return answers
    }),
    round: async (seconds) => joined(await load('single', seconds), await load('bulk', seconds)),
  }
}

/** Somebody who answers in a process without a server: there is no queue, so a time is what the answer takes. */
function inTheirs(name, run) {
  const summary = (times) => {
    const sum = times.reduce((total, time) => total + time, 0)
    return { rate: (times.length * 1000) / sum, p50: percentile(times, 0.5), p99: percentile(times, 0.99), cpu: (sum * 1000) / times.length }
  }
  return {
    name,
    samples: [],
    sample: async () => run(0.1).answers,
    round: async (seconds) => {
      const { single, bulk } = run(seconds)
      return joined(summary(single), summary(bulk))
    },
  }
}

const joined = (single, bulk) => ({ ...prefixed('single', single), ...prefixed('bulk', bulk) })
const prefixed = (prefix, fields) => Object.fromEntries(Object.entries(fields).map(([name, value]) => [`${prefix} ${name}`, value]))

/** How many statements one check is, by table, as the service counts them. */
async function statementsOf(platform, grants, questions) {
  const headers = { authorization: `Bearer ${await platform.token()}`, 'content-type': 'application/json' }
  const counted = async () => new Map((await scrape(platform.ports, ['users'])).filter(({ name }) => name === 'db_queries_total').map(({ labels, value }) => [labels, value]))
  const times = 50
  const before = await counted()
  for (const question of questions.single.slice(0, times)) {
    await request('POST', platform.ports.users, CHECK, { headers, body: JSON.parse(checkOf(grants, question)) })
  }
  const after = await counted()
  const label = (labels, name) => new RegExp(`${name}="([^"]*)"`).exec(labels)[1]
  return [...after]
    .map(([labels, value]) => [`${label(labels, 'operation')} ${label(labels, 'model')}`, (value - (before.get(labels) ?? 0)) / times])
    .filter(([, each]) => each >= 0.5)
}

export function reportDecisions({ database, runs, grants, statements, isWithCasbin }) {
  console.log(`\ndecisions over ${grants.roles.length} roles and ${countGrants(grants)} grants to ${grants.people.length} people, ORION on ${database}; over HTTP ${CLIENTS.single} clients\nask one by one, and ${CLIENTS.bulk} at once.
ORION checks the caller's token and rights each time, and reads roles and grants as they are at that moment; casbin and Rego hold
them in memory, know no caller, and their changes would come by reloading. "At once" is ${BULK} questions about one person in one request.
CPU is of one single question, without PostgreSQL's own.`)
  const rows = runs.map(({ name, samples }) => {
    const of = medians(samples)
    return [name, of['single rate'], of['single p50'], of['single p99'], of['single cpu'], of['bulk rate'] * BULK, of['bulk p50'], of['bulk p99']].map((value) => (typeof value === 'number' ? figure(value) : value))
  })
  table(['decisions', 'one by one/s', 'p50 ms', 'p99 ms', 'CPU us', `${BULK} at once: /s`, 'p50 ms', 'p99 ms'], rows)
  if (!isWithCasbin) console.log(NO_CASBIN)
  if (!runs.some(({ name }) => name.startsWith('Rego'))) console.log(NO_REGO)
  console.log(WHY_NO_OPA)
  if (!process.env.ORION_RESOLVER) console.log("ORION's resolver in process: NOT MEASURED, ORION_RESOLVER names no command")
  console.log(`statements of one check: ${statements.map(([what, each]) => `${figure(each)} ${what}`).join(', ')}`)
  const rate = (name, field) => medians(runs.find((run) => run.name.startsWith(name)).samples)[field]
  if (process.env.ORION_RESOLVER) {
    const { 'single p50': half, 'single p99': most } = medians(runs.find((run) => run.name.startsWith("orion's resolver")).samples)
    goal(`${database}: a decision in process, at most 5 us (p99)`, `${figure(half * 1000)} us p50, ${figure(most * 1000)} us p99`, most * 1000 <= 5)
  }
  if (isWithCasbin) {
    for (const [kind, field] of [['one by one', 'single rate'], [`${BULK} at once`, 'bulk rate']]) {
      const times = rate('orion, this, through the gateway', field) / rate('casbin (node) behind HTTP', field)
      goal(`${database}: decisions ${kind} through the gateway, as many as casbin behind HTTP`, `${figure(times)} times`, times >= 1)
    }
  }
}
