// Reading one's own profile: ORION's `GET /api/v1/users/me` through its gateway, beside PocketBase's read of the caller's own record,
// which only its owner may see. Both look at the caller's token each time. Each client is a person of their own.

import { startPocketbaseAuth } from '../auth/pocketbase.mjs'
import { drive } from '../load.mjs'
import { account, allReady, CHEAP_SIGN_IN, signIn, startOrion } from '../platform.mjs'
import { NOT_MEASURED, pocketbase } from '../pocketbase.mjs'
import { atRest, cpuOfFamily } from '../process.mjs'
import { figure, goal, inTurn, medians, ratios, table } from '../report.mjs'
import { connected } from './connected.mjs'
import { token } from './orion.mjs'

const CLIENTS = [1, 16, 64]
const MOST = Math.max(...CLIENTS)

async function startOrionMe(command, environment) {
  const platform = await startOrion({ command, environment, flags: [...CHEAP_SIGN_IN, 'gateway.rate_limit_requests=0'] })
  await allReady(platform)
  for (let number = 0; number < MOST; number += 1) await signIn(platform.ports, number)
  return {
    ...platform,
    port: platform.ports.gateway,
    /** People with fresh tokens. */
    people: (count) => Promise.all(Array.from({ length: count }, async (_, number) => {
      const headers = `authorization: Bearer ${await token(platform.ports, account(number).email)}\r\n`
      return async (connection) => {
        const { status, text } = await connection.get('/api/v1/users/me', headers)
        if (status !== 200 || !text.includes(account(number).email)) throw new Error(`me is answered ${status}: ${text}`)
      }
    })),
  }
}

async function startPocketbaseMe(command) {
  const running = await startPocketbaseAuth(command)
  const people = []
  for (let number = 0; number < MOST; number += 1) people.push(await running.person(number))
  return { ...running, people: async (count) => people.slice(0, count).map((person) => (connection) => person.me(connection)) }
}

async function round({ platform }, count, seconds) {
  const people = await platform.people(count)
  return connected(platform.port, count, async (connections) => {
    await Promise.all(people.map((person, at) => person(connections[at])))
    await atRest(() => cpuOfFamily(platform.pid))
    const before = cpuOfFamily(platform.pid)
    const sample = await drive(people.map((person, at) => () => person(connections[at])), seconds)
    return { ...sample, cpu: (cpuOfFamily(platform.pid) - before) / sample.count }
  })
}

export async function measureMe({ contestants, rounds, seconds, database, environment }) {
  const runs = []
  const add = (name, platform) => runs.push({ name, platform, samples: Object.fromEntries(CLIENTS.map((count) => [count, []])) })
  for (const { name, command } of contestants) add(`orion, ${name}, on ${database}`, await startOrionMe(command, environment()))
  const other = pocketbase()
  if (other) add('pocketbase', await startPocketbaseMe(other))
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const count of CLIENTS) for (const run of inTurn(runs, turn)) run.samples[count].push(await round(run, count, seconds))
  }
  for (const { platform } of runs) await platform.end()
  return { database, runs }
}

export function reportMe({ database, runs }) {
  console.log(`\n"me": ORION through its gateway, which checks the token, limits and logs; PocketBase reads the owner's record by itself, from SQLite.
CPU is without PostgreSQL's own.`)
  const rows = CLIENTS.flatMap((count) => runs.map(({ name, samples }) => {
    const { rate, p50, p99, cpu, own } = medians(samples[count])
    return [`${name}, ${count} client${count > 1 ? 's' : ''}`, ...[rate, p50, p99, cpu, own].map(figure)]
  }))
  table(['me', 'per second', 'p50 ms', 'p99 ms', 'CPU us', 'client CPU us'], rows)
  const [own, other] = ['orion, this', 'pocketbase'].map((name) => runs.find((run) => run.name.startsWith(name)))
  if (!other) {
    console.log(NOT_MEASURED)
    return
  }
  for (const count of CLIENTS) {
    const { rate, cpu } = ratios(other.samples[count], own.samples[count])
    goal(`${database}: "me" by ${count}, as many as PocketBase`, `${figure(rate)} times, at ${figure(cpu)} of its CPU each`, rate >= 1)
  }
}
