// ./orion bench memory [seconds]: resident memory idle (12 s after the start, and 20 s after a sign-in) and the most of it at
// 1,000 requests/s, beside PocketBase in the same run.

import http from 'node:http'
import { pocketbase, startPocketbase } from './lib/pocketbase.mjs'
import { allReady, request, residentMiB, signIn, sleep, startOrion, table, until200 } from './lib/platform.mjs'

const seconds = Number(process.argv[2] ?? 20)
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
  const fresh = residentMiB(running.pid)
  const headers = await prepare()
  await sleep(20000)
  const idle = residentMiB(running.pid)
  let peak = 0
  const watch = setInterval(() => { peak = Math.max(peak, residentMiB(running.pid)) }, 100)
  const { rate, good, sent } = await load(port, path, headers)
  clearInterval(watch)
  await running.end()
  return [name, fresh.toFixed(1), idle.toFixed(1), peak.toFixed(1), rate.toFixed(0), `${good}/${sent}`]
}

const rows = []
const platform = await startOrion(['gateway.rate_limit_requests=0'])
rows.push(await measure('orion up (five services)', platform, () => allReady(platform.ports), async () => {
  const { access_token } = await signIn(platform.ports)
  return { authorization: `Bearer ${access_token}` }
}, platform.ports.gateway, '/api/v1/users/me'))
const command = pocketbase()
if (command) {
  const peer = await startPocketbase(command)
  rows.push(await measure('pocketbase serve', peer, () => until200(peer.port, '/api/health'), async () => ({}), peer.port, '/api/health'))
}
table(['resident memory, MiB', 'fresh', 'idle', 'under load', 'requests/s', 'good'], rows)
