// Clients that work at once, and what that costs.

import { performance } from 'node:perf_hooks'
import { percentile } from './report.mjs'

/** Lets each client do its work again and again until the time is over; what has begun is finished. */
export async function drive(clients, seconds) {
  const times = []
  const began = performance.now()
  const until = began + seconds * 1000
  const ownBefore = process.cpuUsage()
  await Promise.all(clients.map(async (client) => {
    while (performance.now() < until) {
      const start = performance.now()
      await client()
      times.push(performance.now() - start)
    }
  }))
  const own = process.cpuUsage(ownBefore)
  const took = (performance.now() - began) / 1000
  return {
    count: times.length,
    seconds: took,
    rate: times.length / took,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99),
    /** CPU time of this process, the load itself, in microseconds for each time. */
    own: (own.user + own.system) / times.length,
  }
}
