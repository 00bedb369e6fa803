// ORION as sign-ins are measured: through its gateway, with passwords at their full price and no throttle.

import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { allReady, PASSWORD, signIn, startOrion } from '../platform.mjs'
import { ARGON2ID } from './hashing.mjs'
import { manySessions } from './many-sessions.mjs'

const SECRET = randomBytes(32).toString('hex')
const SERVICE = `authorization: Basic ${Buffer.from(`shop:${SECRET}`).toString('base64')}\r\n`
const FLAGS = [
  `auth.argon2_memory_kib=${ARGON2ID.memoryCost}`,
  `auth.argon2_iterations=${ARGON2ID.timeCost}`,
  `auth.argon2_parallelism=${ARGON2ID.parallelism}`,
  // Everybody waits for their turn, as with the others; by default who comes when 64 wait is told to come again.
  'auth.hash_queue=1024',
  'auth.login_attempts_per_address_per_minute=0',
  'auth.registrations_per_address_per_minute=0',
  'gateway.rate_limit_requests=0',
]

/** Starts it on SQLite, or on the PostgreSQL that the environment names; with so many sessions in its table. */
export async function startOrionAuth(command, environment = {}, sessions = 0) {
  const platform = await startOrion({ command, environment: { ...environment, ORION_AUTH_SERVICES_SHOP_SECRET: SECRET }, flags: FLAGS })
  await allReady(platform)
  const { ports } = platform
  if (sessions) {
    await signIn(ports, 100_000)
    const run = environment.ORION_DATABASE_URL
      ? (sql) => execFileSync('psql', ['-qXAt', '-v', 'ON_ERROR_STOP=1', environment.ORION_DATABASE_URL, '-c', sql], { timeout: 600000, env: { ...process.env, PGOPTIONS: '-c search_path=auth' } }).toString()
      : (sql) => execFileSync('python3', ['-c', SQLITE, join(platform.directory, 'data', 'auth.db'), sql], { timeout: 600000 }).toString()
    manySessions(run, Boolean(environment.ORION_DATABASE_URL), sessions)
  }
  return {
    ...platform,
    port: ports.gateway,
    /** Somebody who is registered and signed in. */
    async person(number) {
      const { access_token, refresh_token } = await signIn(ports, number)
      return someone(number, { access_token, refresh_token })
    },
  }
}

/** What somebody does over a connection. */
function someone(number, tokens) {
  const credentials = { email: `bench-${number}@example.com`, password: PASSWORD }
  // Kept from the first sign-in on, as a browser keeps its cookies.
  let device_token
  const take = ({ status, text }, what) => {
    if (status !== 200) throw new Error(`${what} is answered ${status}: ${text}`)
    return JSON.parse(text)
  }
  return {
    async signIn(connection) {
      const signedIn = take(await connection.post('/api/v1/auth/login', JSON.stringify({ ...credentials, device_token })), 'a sign-in')
      const { access_token, refresh_token } = signedIn
      if (!signedIn.device_token && !device_token) throw new Error('a sign-in names no device')
      device_token = signedIn.device_token ?? device_token
      Object.assign(tokens, { access_token, refresh_token })
    },
    async refresh(connection) {
      const before = tokens.refresh_token
      const { access_token, refresh_token } = take(await connection.post('/api/v1/auth/refresh', JSON.stringify({ refresh_token: before })), 'a refresh')
      if (refresh_token === before) throw new Error('a refresh gives the same token')
      Object.assign(tokens, { access_token, refresh_token })
    },
    async introspect(connection) {
      const { active } = take(await connection.form('/oauth/introspect', { token: tokens.access_token }, SERVICE), 'an introspection')
      if (!active) throw new Error('a good token is said to be none')
    },
    async me(connection) {
      take(await connection.get('/api/v1/users/me', `authorization: Bearer ${tokens.access_token}\r\n`), 'me')
    },
  }
}

/** Runs SQL beside ORION; gives the first column of what it answers, a line each. */
const SQLITE = `
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
# Older SQLites have none.
connection.create_function("unhex", 1, bytes.fromhex)
for row in connection.execute(sys.argv[2]):
    print(row[0])
`
