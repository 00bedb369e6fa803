// node server.mjs DATABASE: better-auth as a benchmark has it: e-mail and password, rotating refresh tokens by its OAuth provider, access tokens that
// are JWTs, no throttle. Its settings come from the environment, and none of them is slower than it needs to be: the client
// and the resource are kept in memory, no ID token is asked for, SQLite writes its log ahead. On PostgreSQL it runs one process per core.
//
// It prints a line of JSON with the client's id and secret once it listens.

import cluster from 'node:cluster'
import { randomBytes } from 'node:crypto'
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { hash, verify } from '@node-rs/argon2'
import { oauthProvider } from '@better-auth/oauth-provider'
import { betterAuth } from 'better-auth'
import { getMigrations } from 'better-auth/db/migration'
import { toNodeHandler } from 'better-auth/node'
import { jwt } from 'better-auth/plugins'
import Database from 'better-sqlite3'
import pg from 'pg'

const { PORT, ARGON2, SECRET, CLIENT_ID } = process.env
const DATABASE = process.argv[2]
const isPostgres = DATABASE.startsWith('postgres')
const processes = isPostgres ? availableParallelism() : 1
const origin = `http://127.0.0.1:${PORT}`
const resource = `${origin}/shop`
/** 2 is Argon2id. */
const hashing = { algorithm: 2, ...JSON.parse(ARGON2) }

function database() {
  if (isPostgres) return new pg.Pool({ connectionString: DATABASE, max: 10 })
  const file = new Database(DATABASE)
  // What is answered has reached the disk, as with ORION.
  file.pragma('journal_mode = WAL')
  file.pragma('synchronous = FULL')
  return file
}

const auth = betterAuth({
  baseURL: origin,
  secret: SECRET,
  database: database(),
  rateLimit: { enabled: false },
  // The JWT plugin's own endpoint of this name gives way to the provider's.
  disabledPaths: ['/token'],
  emailAndPassword: {
    enabled: true,
    password: { hash: (password) => hash(password, hashing), verify: ({ hash: stored, password }) => verify(stored, password) },
  },
  plugins: [
    jwt(),
    oauthProvider({
      loginPage: '/sign-in',
      consentPage: '/consent',
      scopes: ['openid', 'profile', 'email', 'offline_access'],
      resources: [resource],
      enforcePerClientResources: false,
      accessTokenExpiresIn: 300,
      cachedTrustedClients: new Set(CLIENT_ID ? [CLIENT_ID] : []),
      cachedResources: new Set([resource]),
      silenceWarnings: { oauthAuthServerConfig: true, openidConfig: true },
    }),
  ],
})

/** Node listens when the migrations are done and there is a client. */
async function prepare() {
  const { runMigrations } = await getMigrations(auth.options)
  await runMigrations()
  // A client belongs to somebody who is signed in.
  const owner = { email: 'owner@example.com', password: randomBytes(16).toString('hex'), name: 'Owner' }
  const signedUp = await auth.api.signUpEmail({ body: owner, returnHeaders: true })
  const cookie = signedUp.headers.getSetCookie().map((each) => each.split(';')[0]).join('; ')
  const { client_id, client_secret } = await auth.api.adminCreateOAuthClient({
    headers: new Headers({ cookie }),
    body: {
      client_name: 'Bench',
      redirect_uris: ['https://shop.example/back'],
      scope: 'profile offline_access',
      grant_types: ['authorization_code', 'refresh_token'],
      token_endpoint_auth_method: 'client_secret_post',
      skip_consent: true,
    },
  })
  return { client_id, client_secret }
}

if (cluster.isPrimary) {
  const client = await prepare()
  let listening = 0
  cluster.on('listening', () => {
    listening += 1
    if (listening === processes) console.log(JSON.stringify({ ...client, resource }))
  })
  cluster.on('exit', () => process.exit(1))
  for (let number = 0; number < processes; number += 1) cluster.fork({ CLIENT_ID: client.client_id })
} else {
  createServer(toNodeHandler(auth)).listen(Number(PORT), '127.0.0.1')
}
