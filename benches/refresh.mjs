// ./orion bench refresh [--base BINARY] [--rounds N] [--seconds S] [--only sqlite|postgres]: durable refreshes per second,
// CPU time per refresh and latency by 1, 16 and 64 clients, on SQLite and on PostgreSQL. Each client has an account and a
// session of its own and exchanges each refresh token for the next; the auth service is asked at its own port, over
// connections that are kept. With --base, another binary does the same in the same run, in turns.
//
// Client and server share the machine's cores: "client CPU" is what the load itself took of them for one refresh.

import { Connection } from './lib/http.mjs'
import { drive } from './lib/load.mjs'
import { options } from './lib/options.mjs'
import { allReady, CHEAP_SIGN_IN, signIn, startOrion } from './lib/platform.mjs'
import { atRest, cpuMicroseconds } from './lib/process.mjs'
import { figure, goal, inTurn, medians, ratios, table } from './lib/report.mjs'
import { startServers } from './lib/servers.mjs'
import { startSmtpSink } from './lib/smtp.mjs'

const { rounds, seconds, only, contestants } = options({ rounds: 5, seconds: 5 }, ['sqlite', 'postgres'])
const CLIENTS = [1, 16, 64]

/** A session that refreshes; a refresh that is not answered with a new token ends the benchmark. */
async function session(platform, number) {
  let { refresh_token: token } = await signIn(platform.ports, number, platform.ports.auth)
  return {
    async refresh(connection) {
      const { status, text } = await connection.post('/api/v1/auth/refresh', `{"refresh_token":"${token}"}`)
      const next = status === 200 ? JSON.parse(text).refresh_token : undefined
      if (!next || next === token) throw new Error(`a refresh is answered ${status}: ${text}`)
      token = next
    },
  }
}

/** A platform with as many sessions as there are clients at most, at rest. */
async function prepare({ name, command }, environment) {
  const platform = await startOrion({ command, environment, flags: CHEAP_SIGN_IN })
  await allReady(platform)
  const sessions = []
  for (let number = 0; number < Math.max(...CLIENTS); number += 1) sessions.push(await session(platform, number))
  await atRest(() => cpuMicroseconds(platform.pid))
  return { name, platform, sessions, samples: Object.fromEntries(CLIENTS.map((count) => [count, []])) }
}

/** One round: the clients' connections are open, and each has refreshed once, before anything is measured. */
async function round({ platform, sessions }, count, databaseCpu) {
  const connections = await Promise.all(Array.from({ length: count }, () => Connection.open(platform.ports.auth)))
  await Promise.all(connections.map((connection, at) => sessions[at].refresh(connection)))
  const before = cpuMicroseconds(platform.pid)
  const databaseBefore = databaseCpu()
  const sample = await drive(connections.map((connection, at) => () => sessions[at].refresh(connection)), seconds)
  sample.cpu = (cpuMicroseconds(platform.pid) - before) / sample.count
  sample.database = (databaseCpu() - databaseBefore) / sample.count
  for (const connection of connections) connection.close()
  return sample
}

/** All rounds on one kind of database: both platforms run, and one of them works. */
async function measure(environment, databaseCpu) {
  const runs = []
  for (const contestant of contestants) runs.push(await prepare(contestant, environment()))
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const count of CLIENTS) {
      for (const run of inTurn(runs, turn)) run.samples[count].push(await round(run, count, databaseCpu))
    }
  }
  for (const { platform } of runs) await platform.end()
  return runs
}

const databases = {
  sqlite: () => measure(() => ({}), () => Number.NaN),
  postgres: async () => {
    const servers = startServers(['postgres'])
    const sink = await startSmtpSink()
    return measure(() => ({ ...servers.environment(['postgres']), ORION_MAIL_SMTP_URL: sink.url }), () => servers.cpu('postgres'))
  },
}

const FIELDS = ['rate', 'cpu', 'database', 'own', 'p50', 'p99']
const rows = []
const goals = []
for (const [database, run] of Object.entries(databases)) {
  if (!only(database)) continue
  const runs = await run()
  for (const count of CLIENTS) {
    const results = runs.map(({ samples }) => medians(samples[count]))
    const what = `${database}, ${count} client${count > 1 ? 's' : ''}`
    results.forEach((result, at) => rows.push([`${what}, ${runs[at].name}`, ...FIELDS.map((field) => figure(result[field]))]))
    if (results.length < 2) continue
    const ratio = ratios(...runs.map(({ samples }) => samples[count]))
    rows.push(['    this / base', ...FIELDS.map((field) => figure(ratio[field]))])
    const times = `${figure(ratio.rate)} times`
    if (database === 'sqlite' && count === 16) goals.push([`${what}: 5 times base's refreshes/s`, times, ratio.rate >= 5])
    if (database === 'sqlite' && count === 1) goals.push([`${what}: a third of base's latency (p50)`, `${figure(ratio.p50)} of it`, ratio.p50 <= 1 / 3])
    if (database === 'postgres') goals.push([`${what}: not fewer refreshes/s than base (5 % are noise)`, times, ratio.rate >= 0.95])
  }
}
console.log(`medians of ${rounds} rounds of ${seconds} s, of the ratios too`)
table(['refresh', 'per second', 'CPU us', 'database CPU us', 'client CPU us', 'p50 ms', 'p99 ms'], rows)
for (const each of goals) goal(...each)
