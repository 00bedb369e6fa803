// better-auth as sign-ins are measured: a Node server of its own (benches/better-auth), installed once.

import { execFileSync } from 'node:child_process'
import { createHash, randomBytes } from 'node:crypto'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { Connection } from '../http.mjs'
import { installed } from '../npm.mjs'
import { PASSWORD } from '../platform.mjs'
import { freePorts } from '../ports.mjs'
import { sleep, start } from '../process.mjs'
import { ARGON2ID } from './hashing.mjs'

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'better-auth')
const BACK = 'https://shop.example/back'

/** Whether it is installed, now or before; tables must say so when not. */
export const betterAuth = () => installed(SOURCE, 'better-auth')

/** How many hashes a second all cores make with its library, at the cost that ORION has, when they do nothing else. */
export function betterAuthHashes(seconds) {
  const environment = { ...process.env, ARGON2: JSON.stringify(ARGON2ID) }
  return Number(execFileSync('node', [join(SOURCE, 'hashes.mjs'), String(Math.ceil(seconds))], { env: environment }))
}

/** Starts it on a SQLite file, or on the PostgreSQL that the environment names. */
export async function startBetterAuth(environment = {}) {
  const [port] = await freePorts(1)
  const database = (directory) => environment.ORION_DATABASE_URL ?? join(directory, 'better-auth.sqlite')
  const running = start('node', (directory) => [join(SOURCE, 'server.mjs'), database(directory)], {
    PORT: String(port),
    ARGON2: JSON.stringify(ARGON2ID),
    SECRET: randomBytes(32).toString('hex'),
    NODE_ENV: 'production',
  })
  while (!running.printed()) {
    running.mustRun()
    await sleep(100)
  }
  const client = JSON.parse(running.printed())
  return { ...running, port, person: (number) => person(port, client, number) }
}

/** Registers somebody, and has tokens given to a client in their name (RFC 6749 with PKCE). */
async function person(port, client, number) {
  const [email, origin] = [`bench-${number}@example.com`, `http://127.0.0.1:${port}`]
  const connection = await Connection.open(port)
  const account = JSON.stringify({ email, password: PASSWORD, name: 'Bench' })
  const signedUp = await connection.send('POST', '/api/auth/sign-up/email', jsonFrom(origin), account)
  const cookie = cookieOf(take(signedUp, 'an account').head)
  const verifier = randomBytes(32).toString('base64url')
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: client.client_id,
    redirect_uri: BACK,
    scope: 'profile offline_access',
    state: randomBytes(16).toString('hex'),
    code_challenge: createHash('sha256').update(verifier).digest('base64url'),
    code_challenge_method: 'S256',
    resource: client.resource,
  })
  const authorised = await connection.get(`/api/auth/oauth2/authorize?${asked}`, `accept: application/json\r\ncookie: ${cookie}\r\n`)
  const code = new URL(take(authorised, 'an authorisation').url).searchParams.get('code')
  const exchange = { grant_type: 'authorization_code', code, redirect_uri: BACK, code_verifier: verifier, resource: client.resource }
  const tokens = take(await connection.form('/api/auth/oauth2/token', { ...proof(client), ...exchange }), 'a code')
  connection.close()
  return someone(client, origin, email, cookie, tokens)
}

function take({ status, text, head }, what) {
  if (status !== 200) throw new Error(`${what} is answered ${status}: ${text}`)
  return { ...JSON.parse(text), head }
}

const jsonFrom = (origin) => `content-type: application/json\r\norigin: ${origin}\r\n`

/** What the next request sends back of the cookies that an answer sets. */
const cookieOf = (head) => [...head.matchAll(/\r\nset-cookie: *([^;\r]*)/gi)].map(([, cookie]) => cookie).join('; ')

const proof = ({ client_id, client_secret }) => ({ client_id, client_secret })

function someone(client, origin, email, firstCookie, { access_token, refresh_token }) {
  let [cookie, access, refresh] = [firstCookie, access_token, refresh_token]
  const credentials = JSON.stringify({ email, password: PASSWORD })
  return {
    async signIn(connection) {
      cookie = cookieOf(take(await connection.send('POST', '/api/auth/sign-in/email', jsonFrom(origin), credentials), 'a sign-in').head)
    },
    async refresh(connection) {
      const fields = { ...proof(client), grant_type: 'refresh_token', refresh_token: refresh }
      const given = take(await connection.form('/api/auth/oauth2/token', fields), 'a refresh')
      if (!given.refresh_token || given.refresh_token === refresh) throw new Error('a refresh gives no new token')
      access = given.access_token
      refresh = given.refresh_token
    },
    async introspect(connection) {
      const { active } = take(await connection.form('/api/auth/oauth2/introspect', { ...proof(client), token: access }), 'an introspection')
      if (!active) throw new Error('a good token is said to be none')
    },
    async me(connection) {
      const { session } = take(await connection.get('/api/auth/get-session', `cookie: ${cookie}\r\n`), 'me')
      if (!session) throw new Error('nobody is signed in')
    },
  }
}
