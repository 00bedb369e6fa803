// Clients that work at once, and what that costs.

import { performance } from 'node:perf_hooks'
import { sleep } from './process.mjs'
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

/**
 * Lets each client do its work once every so many milliseconds until the time is over; gives p50 and p99. A time begins when
 * the work was due: what a slow answer holds up counts as slow as well.
 */
export async function pace(clients, seconds, every) {
  const times = []
  const until = performance.now() + seconds * 1000
  await Promise.all(clients.map(async (client, number) => {
    let due = performance.now() + (every * number) / clients.length
    while (due < until) {
      const early = due - performance.now()
      if (early > 0) await sleep(early)
      // A timer that rings late is no slowness of the server.
      const began = early > 0 ? performance.now() : due
      await client()
      times.push(performance.now() - began)
      due += every
    }
  }))
  return { count: times.length, p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}
