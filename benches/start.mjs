// ./orion bench start [rounds]: from an empty directory to all five services ready, beside PocketBase in the same run.
// Every timed start is followed by a real registration and sign-in; nothing is built beforehand.

import { performance } from 'node:perf_hooks'
import { pocketbase, startPocketbase } from './lib/pocketbase.mjs'
import { allReady, percentile, signIn, startOrion, table, until200 } from './lib/platform.mjs'

const rounds = Number(process.argv[2] ?? 100)

async function orion() {
  const began = performance.now()
  const platform = await startOrion()
  await allReady(platform.ports)
  const took = performance.now() - began
  await signIn(platform.ports)
  await platform.end()
  return took
}

async function peer(command) {
  const began = performance.now()
  const running = await startPocketbase(command)
  await until200(running.port, '/api/health')
  const took = performance.now() - began
  await running.end()
  return took
}

const command = pocketbase()
const samples = { orion: [], pocketbase: [] }
for (let round = 0; round < rounds; round += 1) {
  samples.orion.push(await orion())
  if (command) samples.pocketbase.push(await peer(command))
}
const row = (name, times) => [name, times.length, ...[0.5, 0.9, 0.99].map((share) => percentile(times, share).toFixed(1)), Math.min(...times).toFixed(1)]
table(['start, ms', 'starts', 'p50', 'p90', 'p99', 'min'], [row('orion up (five services)', samples.orion), ...(command ? [row('pocketbase serve', samples.pocketbase)] : [])])
