// ./orion bench memory [--seconds S] [--base BINARY]: memory idle (12 s after the start, and 20 s after a sign-in) and the
// most of it at 1,000 requests/s, beside PocketBase in the same run. Resident is all that the kernel counts for a process
// (VmRSS); own is what of it no file holds (RssAnon), and what a machine that runs short cannot take back. Each program's file
// is read anew from the disk first, so that none is measured with what the kernel kept of its making.

import http from 'node:http'
import { request, until200 } from './lib/http.mjs'
import { options } from './lib/options.mjs'
import { allReady, signIn, startOrion } from './lib/platform.mjs'
import { NOT_MEASURED, pocketbase, startPocketbase } from './lib/pocketbase.mjs'
import { memoryMiB, readAnew, sleep } from './lib/process.mjs'
import { goal, table } from './lib/report.mjs'

const { seconds, contestants } = options({ seconds: 20 })
const RATE = 1000

/** Sends requests at a fixed rate; gives how many were answered as wanted. */
async function load(port, path, headers) {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 64 })
  let sent = 0
  let good = 0
  const pending = []
  const began = Date.now()
  while (Date.now() - began < seconds * 1000) {
    const due = Math.floor(((Date.now() - began) / 1000) * RATE)
    for (; sent < due; sent += 1) {
      pending.push(request('GET', port, path, { headers, agent }).then(({ status }) => { good += status === 200 ? 1 : 0 }))
    }
    await sleep(2)
  }
  await Promise.allSettled(pending)
  agent.destroy()
  return { rate: good / seconds, good, sent }
}

async function measure(name, running, ready, prepare, port, path) {
  await ready()
  await sleep(12000)
  const fresh = memoryMiB(running.pid)
  const headers = await prepare()
  await sleep(20000)
  const idle = memoryMiB(running.pid)
  const peak = { resident: 0, anonymous: 0 }
  const watch = setInterval(() => {
    const now = memoryMiB(running.pid)
    for (const kind of Object.keys(peak)) peak[kind] = Math.max(peak[kind], now[kind])
  }, 100)
  const { rate, good, sent } = await load(port, path, headers)
  clearInterval(watch)
  await running.end()
  const sizes = [fresh, idle, peak].flatMap(({ resident, anonymous }) => [resident.toFixed(1), anonymous.toFixed(1)])
  return { idle, peak, rate, row: [name, ...sizes, rate.toFixed(0), `${good}/${sent}`] }
}

const rows = []
let own
for (const { name, command } of contestants) {
  readAnew(command)
  const platform = await startOrion({ command, flags: ['gateway.rate_limit_requests=0'] })
  own = await measure(`orion up (five services), ${name}`, platform, () => allReady(platform), async () => {
    const { access_token } = await signIn(platform.ports)
    return { authorization: `Bearer ${access_token}` }
  }, platform.ports.gateway, '/api/v1/users/me')
  rows.push(own.row)
}
const command = pocketbase()
if (command) {
  readAnew(command)
  const peer = await startPocketbase(command)
  rows.push((await measure('pocketbase serve', peer, () => until200(peer, peer.port, '/api/health'), async () => ({}), peer.port, '/api/health')).row)
} else {
  rows.push([NOT_MEASURED, ...Array(8).fill('-')])
}
table(['memory, MiB', 'fresh', 'own', 'idle', 'own', 'under load', 'own', 'requests/s', 'good'], rows)
console.log(`ORION gives back the clean pages of its own file after 5 s of rest: "fresh" and "idle" lack them, "own" never had them.
PocketBase does not; a machine that needs memory would take them from either.`)
goal('at most 30 MiB resident, idle', `${own.idle.resident.toFixed(1)} MiB`, own.idle.resident <= 30)
goal('at most 100 MiB resident at 1,000 requests/s', `${own.peak.resident.toFixed(1)} MiB at ${own.rate.toFixed(0)}`, own.peak.resident <= 100 && own.rate >= 0.99 * RATE)
