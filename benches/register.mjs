// ./orion bench register [--base BINARY] [--rounds N] [--seconds S] [--only embedded|postgres|production]: registrations
// per second by 8 clients, mails per second meanwhile and once registrations have stopped, how long the last mail takes,
// and the CPU time of one registration with all that follows it: events, notifications, mail, audit. On the three mixes,
// each time on an empty platform; with --base, another binary does the same in the same run, in turns. Hashes are as
// cheap as they can be. CPU time counts from the first registration until all is at rest, idle work included.
//
// Then, what each follower costs: for each service, what one registration made it do (counted from /metrics), and its CPU
// time, which the kernel tells where each service runs in a process of its own. On the embedded mix all are one process,
// and its CPU time is shared out by a model: each service's share of the statements. Where the kernel tells too, a
// service's share of the whole was up to 7 % of the whole away from that. What is measured on all mixes is the CPU time
// between the last registration and the last mail, for each mail that went out then.

import { performance } from 'node:perf_hooks'
import { Connection } from './lib/http.mjs'
import { drive } from './lib/load.mjs'
import { options } from './lib/options.mjs'
import { account, allReady, CHEAP_SIGN_IN, scrape, SERVICES, startOrion, startServices, total } from './lib/platform.mjs'
import { atRest, cpuMicroseconds, sleep } from './lib/process.mjs'
import { figure, goal, inTurn, medians, ratios, table } from './lib/report.mjs'
import { startServers } from './lib/servers.mjs'
import { startSmtpSink } from './lib/smtp.mjs'

const MIXES = { embedded: [], postgres: ['postgres'], production: ['postgres', 'redis', 'rabbitmq'] }
const { rounds, seconds, only, contestants } = options({ rounds: 3, seconds: 5 }, Object.keys(MIXES))
const CLIENTS = 8
/** Mails that are not out by then, in seconds, never will be. */
const PATIENCE = 300
const chosen = Object.entries(MIXES).filter(([mix]) => only(mix))
const needs = [...new Set(chosen.flatMap(([, servers]) => servers))]
const servers = startServers(needs)
const sink = await startSmtpSink()

/** Mails that have gone out, as notifications counts them: captured ones too. */
async function mailsOut(ports) {
  const samples = await scrape(ports, ['notifications'])
  return total(samples, 'notifications_sent_total', { labels: ['type="email"'] })
}

/** Waits until so many mails are out; gives the seconds that it took. */
async function untilMails(platform, wanted) {
  const began = performance.now()
  for (;;) {
    platform.mustRun()
    const mails = await mailsOut(platform.ports)
    const took = (performance.now() - began) / 1000
    if (mails >= wanted) return took
    if (took > PATIENCE) throw new Error(`${mails} of ${wanted} mails are out after ${PATIENCE} s`)
    await sleep(100)
  }
}

/** Registers for a while, and waits for all that follows. */
async function run(mix, platform) {
  await allReady(platform)
  const pids = Object.values(platform.pids)
  const own = () => pids.reduce((sum, pid) => sum + cpuMicroseconds(pid), 0)
  const all = () => ({ own: own(), each: pids.map(cpuMicroseconds), ...Object.fromEntries(needs.map((need) => [need, servers.cpu(need)])) })
  await atRest(own)
  const connections = await Promise.all(Array.from({ length: CLIENTS }, () => Connection.open(platform.ports.auth)))
  let number = 0
  const clients = connections.map((connection) => async () => {
    const body = JSON.stringify({ ...account(number++), display_name: 'Bench' })
    const { status, text } = await connection.post('/api/v1/auth/register', body)
    if (status !== 201) throw new Error(`a registration is answered ${status}: ${text}`)
  })
  const counted = await scrape(platform.ports)
  const mailsTaken = sink.mails
  const before = all()
  const load = await drive(clients, seconds)
  const ownMeanwhile = own()
  const mailsMeanwhile = await mailsOut(platform.ports)
  const after = await untilMails(platform, load.count)
  const ownMailed = own()
  await atRest(own, PATIENCE)
  const end = all()
  for (const connection of connections) connection.close()
  if (MIXES[mix].length && sink.mails - mailsTaken !== load.count) {
    throw new Error(`${load.count} registrations, but the mail server has ${sink.mails - mailsTaken} mails`)
  }
  const each = (microseconds) => microseconds / 1000 / load.count
  const later = load.count - mailsMeanwhile
  const sample = {
    rate: load.rate,
    meanwhile: mailsMeanwhile / load.seconds,
    // Few mails, or a short time, say nothing.
    later: later >= 50 ? later / after : Number.NaN,
    after,
    cpu: each(end.own - before.own),
    mail: later >= 50 ? (ownMailed - ownMeanwhile) / 1000 / later : Number.NaN,
    p50: load.p50,
    p99: load.p99,
  }
  for (const need of needs) sample[need] = MIXES[mix].includes(need) ? each(end[need] - before[need]) : Number.NaN
  const services = Object.fromEntries(Object.keys(platform.pids).map((name, at) => [name, each(end.each[at] - before.each[at])]))
  return { sample, services, work: perRegistration(counted, await scrape(platform.ports), load.count) }
}

/** What each service did for one registration, as it counts it. */
function perRegistration(before, after, count) {
  return SERVICES.map((service) => {
    const grown = (name, ...labels) => (total(after, name, { service, labels }) - total(before, name, { service, labels })) / count
    const reads = grown('db_queries_total', 'operation="select"')
    const writes = ['insert', 'update', 'delete'].reduce((sum, operation) => sum + grown('db_queries_total', `operation="${operation}"`), 0)
    const work = {
      requests: grown('http_requests_total') - grown('http_requests_total', 'route="/metrics"'),
      published: grown('message_queue_published_total'),
      consumed: grown('message_queue_consumed_total'),
      mails: grown('notifications_sent_total', 'type="email"'),
      reads,
      writes,
      other: grown('db_queries_total') - reads - writes,
    }
    return { service, work: Object.values(work), statements: reads + writes + work.other }
  })
}

/** One run on an empty platform. */
async function once(mix, { command }, starting) {
  const environment = MIXES[mix].length ? { ...servers.environment(MIXES[mix]), ORION_MAIL_SMTP_URL: sink.url } : {}
  const platform = await starting({ command, environment, flags: CHEAP_SIGN_IN })
  const result = await run(mix, platform)
  await platform.end()
  return result
}

const FIELDS = ['rate', 'meanwhile', 'later', 'after', 'p50', 'p99', 'cpu', ...needs, 'mail']
const HEADER = ['registrations/s', 'mails/s meanwhile', 'mails/s after', 'last mail after s', 'p50 ms', 'p99 ms', 'CPU ms', ...needs.map((need) => `${need} CPU ms`), 'CPU ms of a mail after']
const rows = []
const follow = []
const goals = []
for (const [mix] of chosen) {
  const runs = contestants.map((contestant) => ({ contestant, samples: [], work: [] }))
  for (let turn = 0; turn < rounds; turn += 1) {
    for (const each of inTurn(runs, turn)) {
      const { sample, work } = await once(mix, each.contestant, startOrion)
      each.samples.push(sample)
      each.work = work
    }
  }
  for (const { contestant, samples, work } of runs) {
    const split = MIXES[mix].length ? (await once(mix, contestant, startServices)).services : {}
    const all = work.reduce((sum, { statements }) => sum + statements, 0)
    for (const { service, work: counts, statements } of work) {
      const modelled = (medians(samples).cpu * statements) / all
      follow.push([`${mix}, ${service}, ${contestant.name}`, ...[...counts, split[service]].map(figure), `~${figure(modelled)}`])
    }
  }
  const results = runs.map(({ samples }) => medians(samples))
  results.forEach((result, at) => rows.push([`${mix}, ${runs[at].contestant.name}`, ...FIELDS.map((field) => figure(result[field]))]))
  if (results.length < 2) continue
  const own = results[1]
  const ratio = ratios(...runs.map(({ samples }) => samples))
  rows.push(['    this / base', ...FIELDS.map((field) => figure(ratio[field]))])
  goals.push([`${mix}: a quarter of base's CPU for a registration`, `${figure(ratio.cpu)} of it`, ratio.cpu <= 0.25])
  goals.push([`${mix}: mails keep up with registrations (5 % are noise)`, `${figure(own.meanwhile)} mails/s with ${figure(own.rate)} registrations/s`, own.meanwhile >= 0.95 * own.rate])
}
console.log(`medians of ${rounds} rounds, of the ratios too: ${CLIENTS} clients register for ${seconds} s on an empty platform`)
table(['register', ...HEADER], rows)
console.log('\nwhat one registration makes each service do; its CPU time from a run with each in a process of its own, and by its share of the statements')
table(['', 'requests', 'events out', 'events in', 'mails', 'reads', 'writes', 'other SQL', 'CPU ms', 'by model'], follow)
for (const each of goals) goal(...each)
