// ./orion bench auth [--rounds N] [--seconds S] [--sessions N] [--only sqlite|postgres] [--base BINARY]: signing in and what
// comes after it, beside better-auth and (on SQLite) PocketBase, in one run and in turns. What ORION does goes through its gateway.
//
// - Sign-ins per second by 16 clients, against raw Argon2id hashes with the same parameters on the same cores, by the library that signs in:
//   ORION's is the argon2 crate (benches/argon2id), better-auth's is @node-rs/argon2, which makes more of them.
// - p99 of a refresh, an introspection and `me`, each asked for 80 times a second, while 250 clients sign in at once.
// - Durable rotating refreshes per second by 1, 16 and 64 clients, each with a session of its own. PocketBase's refresh
//   writes nothing, and none of its tokens can be used up.
// - The same with a million sessions in ORION's table.
//
// Argon2id has one cost for all that use it; PocketBase has bcrypt of cost 10. better-auth runs one process per core on
// PostgreSQL and one on SQLite, which has one writer. Client and servers share the machine's cores.

import { Connection } from './lib/http.mjs'
import { betterAuth, betterAuthHashes, startBetterAuth } from './lib/auth/better-auth.mjs'
import { rawHashes } from './lib/auth/hashing.mjs'
import { startOrionAuth } from './lib/auth/orion.mjs'
import { startPocketbaseAuth } from './lib/auth/pocketbase.mjs'
import { drive, pace } from './lib/load.mjs'
import { options } from './lib/options.mjs'
import { NOT_MEASURED, pocketbase } from './lib/pocketbase.mjs'
import { atRest, cpuOfFamily } from './lib/process.mjs'
import { figure, goal, inTurn, medians, ratios, table } from './lib/report.mjs'
import { startServers } from './lib/servers.mjs'
import { startSmtpSink } from './lib/smtp.mjs'

const { rounds, seconds, sessions, only, contestants } = options({ rounds: 3, seconds: 5, sessions: 1_000_000 }, ['sqlite', 'postgres'])
const REFRESHING = [1, 16, 64]
const SIGNING_IN = 16
const CROWD = 250
/** What is asked for while the crowd signs in: each by so many clients, every so many milliseconds. */
const PROBES = ['refresh', 'introspect', 'me']
const PROBING = 4
const EVERY = 50

const raw = rawHashes()

/** Does something with each client's own connection, and one for each. */
async function connected(port, people, work) {
  const connections = await Promise.all(people.map(() => Connection.open(port)))
  try {
    return await work(connections)
  } finally {
    for (const connection of connections) connection.close()
  }
}

/** People of a platform, as many as the crowd and the probes, registered eight at a time. */
async function peopleOf(platform) {
  const people = []
  for (let number = 0; number < CROWD + PROBING * PROBES.length; number += 8) {
    people.push(...await Promise.all(Array.from({ length: 8 }, (_, at) => platform.person(number + at))))
  }
  await atRest(() => cpuOfFamily(platform.pid))
  return people
}

/** So many people do one thing again and again. */
const repeat = ({ platform }, people, what) =>
  connected(platform.port, people, (connections) => drive(people.map((person, at) => () => person[what](connections[at])), seconds))

/** What is asked for while all the others sign in. */
async function inCrowd({ platform, people }) {
  const crowd = people.slice(0, CROWD)
  const probing = PROBES.filter((what) => people[0][what]).map((what, at) => {
    const askers = people.slice(CROWD + at * PROBING, CROWD + (at + 1) * PROBING)
    return [what, askers]
  })
  const all = [...crowd, ...probing.flatMap(([, askers]) => askers)]
  return connected(platform.port, all, async (connections) => {
    const connectionOf = new Map(all.map((person, at) => [person, connections[at]]))
    // An access token may be as old as the run.
    for (const [, askers] of probing) await Promise.all(askers.map((person) => person.refresh(connectionOf.get(person))))
    const signingIn = drive(crowd.map((person) => () => person.signIn(connectionOf.get(person))), seconds)
    const probes = probing.map(([what, askers]) => pace(askers.map((person) => () => person[what](connectionOf.get(person))), seconds, EVERY))
    const sample = { signIns: (await signingIn).rate }
    for (const [at, result] of (await Promise.all(probes)).entries()) {
      sample[`${probing[at][0]} p50`] = result.p50
      sample[`${probing[at][0]} p99`] = result.p99
    }
    return sample
  })
}

/** One round of everything on one platform. */
async function round(run) {
  const refreshes = {}
  for (const count of REFRESHING) refreshes[count] = await repeat(run, run.people.slice(0, count), 'refresh')
  const hashes = run.raw?.(seconds) ?? Number.NaN
  const signIns = await repeat(run, run.people.slice(0, SIGNING_IN), 'signIn')
  await atRest(() => cpuOfFamily(run.platform.pid))
  const crowd = await inCrowd(run)
  await atRest(() => cpuOfFamily(run.platform.pid))
  return { refreshes, signIns: { ...signIns, hashes, share: signIns.rate / hashes }, crowd }
}

/** All that is measured on one kind of database, at work in turns. */
async function measure(environment, withPocketbase) {
  const starts = []
  for (const { name, command } of contestants) {
    starts.push([`orion, ${name}`, raw, () => startOrionAuth(command, environment())])
    starts.push([`orion, ${name}, ${sessions} sessions`, raw, () => startOrionAuth(command, environment(), sessions)])
  }
  if (betterAuth()) starts.push(['better-auth', betterAuthHashes, () => startBetterAuth(environment())])
  const other = withPocketbase && pocketbase()
  if (other) starts.push(['pocketbase', null, () => startPocketbaseAuth(other)])
  const runs = []
  for (const [name, hashes, begin] of starts) {
    const platform = await begin()
    runs.push({ name, raw: hashes, platform, people: await peopleOf(platform), samples: [] })
  }
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const run of inTurn(runs, turn)) run.samples.push(await round(run))
  }
  for (const { platform } of runs) await platform.end()
  return runs
}

const databases = {
  sqlite: () => measure(() => ({}), true),
  postgres: async () => {
    const servers = startServers(['postgres'])
    const sink = await startSmtpSink()
    return measure(() => ({ ...servers.environment(['postgres']), ORION_MAIL_SMTP_URL: sink.url }), false)
  },
}

const rows = { signIns: [], crowd: [], refreshes: [] }
const goals = []
for (const [database, all] of Object.entries(databases)) {
  if (!only(database)) continue
  const runs = await all()
  const samplesOf = ({ samples }, part) => samples.map((sample) => part(sample))
  const named = (name) => runs.find((run) => run.name === name)
  for (const run of runs) {
    const [signIns, crowd] = [medians(samplesOf(run, (sample) => sample.signIns)), medians(samplesOf(run, (sample) => sample.crowd))]
    const name = `${database}, ${run.name}`
    rows.signIns.push([name, ...[signIns.hashes, signIns.rate, signIns.share * 100, signIns.p50, signIns.p99].map(figure)])
    rows.crowd.push([name, figure(crowd.signIns), ...PROBES.flatMap((what) => [figure(crowd[`${what} p50`]), figure(crowd[`${what} p99`])])])
    for (const count of REFRESHING) {
      const { rate, p50, p99, own } = medians(samplesOf(run, (sample) => sample.refreshes[count]))
      rows.refreshes.push([`${name}, ${count} client${count > 1 ? 's' : ''}`, ...[rate, p50, p99, own].map(figure)])
    }
    if (!run.name.startsWith('orion, this')) continue
    goals.push([`${name}: sign-ins at 95 % of raw hashes`, `${figure(signIns.share * 100)} %`, signIns.share >= 0.95])
    for (const what of PROBES) {
      const p99 = crowd[`${what} p99`]
      goals.push([`${name}: ${what} p99 of at most 20 ms while ${CROWD} sign in`, `${figure(p99)} ms`, p99 <= 20])
    }
    const [few, theirs] = [named('orion, this'), named('better-auth')]
    for (const count of REFRESHING) {
      const part = (sample) => ({ rate: sample.refreshes[count].rate })
      const against = (base) => ratios(samplesOf(base, part), samplesOf(run, part)).rate
      const what = `${name}: ${count} refreshing`
      if (run === few && theirs) goals.push([`${what}, 5 times better-auth's rate`, `${figure(against(theirs))} times`, against(theirs) >= 5])
      if (run !== few) goals.push([`${what}, as many as with few sessions (a tenth is let pass)`, `${figure(against(few))} times`, against(few) >= 0.9])
    }
  }
}
console.log(`medians of ${rounds} rounds of ${seconds} s`)
table([`sign-ins, ${SIGNING_IN} clients`, 'raw hashes/s', 'per second', '% of raw', 'p50 ms', 'p99 ms'], rows.signIns)
console.log('')
table([`while ${CROWD} sign in`, 'sign-ins/s', ...PROBES.flatMap((what) => [`${what} p50 ms`, `p99 ms`])], rows.crowd)
console.log('')
table(['refresh', 'per second', 'p50 ms', 'p99 ms', 'client CPU us'], rows.refreshes)
if (only('sqlite') && !pocketbase()) console.log(NOT_MEASURED)
for (const each of goals) goal(...each)
