// PostgreSQL, Redis and RabbitMQ for a benchmark: those that the environment names, or Debian's packages through
// scripts/servers. PostgreSQL is durable here, unlike in tests: what a benchmark calls done has reached the disk.

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cpuOfFamily, whenDone } from './process.mjs'

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'scripts', 'servers')
const SERVERS = {
  postgres: { variable: 'ORION_DATABASE_URL', pid: 'postgres/data/postmaster.pid' },
  redis: { variable: 'ORION_REDIS_URL', pid: 'redis/pid' },
  rabbitmq: { variable: 'ORION_AMQP_URL', pid: 'rabbitmq/pid' },
}

/** Starts those that the environment does not name. They end with the benchmark. */
export function startServers(needs) {
  const missing = needs.filter((need) => !process.env[SERVERS[need].variable])
  const addresses = Object.fromEntries(needs.map((need) => [need, process.env[SERVERS[need].variable]]))
  const pids = {}
  if (missing.length) {
    const directory = mkdtempSync(join(tmpdir(), 'orion-bench-servers-'))
    whenDone(() => {
      execFileSync(SCRIPT, ['stop', directory], { stdio: 'ignore', timeout: 60000 })
      rmSync(directory, { recursive: true, force: true })
    })
    const environment = { ...process.env, ORION_SERVERS_DURABLE: 'yes' }
    const options = { stdio: ['ignore', 'pipe', 'inherit'], timeout: 180000, env: environment }
    const lines = execFileSync(SCRIPT, ['start', directory, ...missing], options).toString()
    for (const need of missing) {
      addresses[need] = new RegExp(`^export ${SERVERS[need].variable}=(.*)$`, 'm').exec(lines)[1]
      pids[need] = pidIn(join(directory, SERVERS[need].pid))
    }
  }
  return {
    /** What tells a platform of these servers: a database, queues and keys of its own. */
    environment(chosen) {
      const name = `bench_${randomBytes(6).toString('hex')}`
      const variables = chosen.map((need) => [SERVERS[need].variable, need === 'postgres' ? createDatabase(addresses.postgres, name) : addresses[need]])
      return { ...Object.fromEntries(variables), ORION_NAMESPACE: name }
    },
    /** CPU time of a server so far, in microseconds; not a number for one that was not started here. */
    cpu: (need) => (pids[need] ? cpuOfFamily(pids[need]) : Number.NaN),
  }
}

/** In a container the number of the process is not known. */
function pidIn(file) {
  try {
    return Number(readFileSync(file, 'utf8').split('\n')[0])
  } catch {
    return undefined
  }
}

/** Makes an empty database on the server, and gives its URL. It is dropped at the end. */
function createDatabase(url, name) {
  const { hostname, port, username, password, pathname } = new URL(url)
  const environment = {
    PATH: process.env.PATH,
    PGHOST: hostname,
    PGPORT: port || '5432',
    PGUSER: decodeURIComponent(username),
    PGPASSWORD: decodeURIComponent(password),
    PGDATABASE: decodeURIComponent(pathname.slice(1)) || 'postgres',
  }
  const ask = (sql) => execFileSync('psql', ['-qX', '-c', sql], { stdio: ['ignore', 'ignore', 'inherit'], timeout: 60000, env: environment })
  ask(`CREATE DATABASE ${name}`)
  if (process.env.ORION_DATABASE_URL) whenDone(() => ask(`DROP DATABASE ${name} WITH (FORCE)`))
  const made = new URL(url)
  made.pathname = `/${name}`
  return made.href
}
