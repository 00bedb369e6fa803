// ./orion bench start [--rounds N] [--base BINARY]: from an empty directory to all five services ready, beside PocketBase
// in the same run. Every timed start is followed by a real registration and sign-in; nothing is built beforehand.

import { performance } from 'node:perf_hooks'
import { until200 } from './lib/http.mjs'
import { options } from './lib/options.mjs'
import { allReady, signIn, startOrion } from './lib/platform.mjs'
import { NOT_MEASURED, pocketbase, startPocketbase } from './lib/pocketbase.mjs'
import { goal, percentile, table } from './lib/report.mjs'

const { rounds, contestants } = options({ rounds: 100 })

async function orion(command) {
  const began = performance.now()
  const platform = await startOrion({ command })
  await allReady(platform)
  const took = performance.now() - began
  await signIn(platform.ports)
  await platform.end()
  return took
}

async function peer(command) {
  const began = performance.now()
  const running = await startPocketbase(command)
  await until200(running, running.port, '/api/health')
  const took = performance.now() - began
  await running.end()
  return took
}

const runs = contestants.map(({ name, command }) => ({ name: `orion up (five services), ${name}`, start: () => orion(command), times: [] }))
const own = runs.at(-1)
const command = pocketbase()
const other = command && { name: 'pocketbase serve', start: () => peer(command), times: [] }
if (other) runs.push(other)
for (let round = 0; round < rounds; round += 1) {
  for (const run of runs) run.times.push(await run.start())
}
const row = ({ name, times }) => [name, times.length, ...[0.5, 0.9, 0.99].map((share) => percentile(times, share).toFixed(1)), Math.min(...times).toFixed(1)]
const rows = runs.map(row)
if (!other) rows.push([NOT_MEASURED, ...Array(5).fill('-')])
table(['start, ms', 'starts', 'p50', 'p90', 'p99', 'min'], rows)

const p99 = percentile(own.times, 0.99)
goal('p99 of at most 50 ms', `${p99.toFixed(1)} ms`, p99 <= 50)
const theirs = other ? percentile(other.times, 0.99) : Number.NaN
goal("p99 sooner than PocketBase's", other ? `${p99.toFixed(1)} ms against ${theirs.toFixed(1)}` : 'not measured', p99 < theirs)
