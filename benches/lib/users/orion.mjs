// ORION with a full users service: begun empty, its first administrator made as people do it, ended, its tables filled, and begun
// again. Passwords are hashed at the least cost, for sign-in is not what is measured here.

import { mkdirSync } from 'node:fs'
import { request } from '../http.mjs'
import { allReady, CHEAP_SIGN_IN, PASSWORD, secrets, startOrion } from '../platform.mjs'
import { sleep, temporaryDirectory } from '../process.mjs'
import { usersDatabase } from './database.mjs'

const FLAGS = [...CHEAP_SIGN_IN, 'gateway.rate_limit_requests=0']
export const ADMINISTRATOR = 'root@example.com'

/** Starts it with what `fill` writes into its tables; gives also who signs in as the administrator. */
export async function startFilled(command, environment, fill) {
  const home = temporaryDirectory('users-')
  mkdirSync(home, { recursive: true })
  const kept = environment.ORION_DATABASE_URL ? { ...environment, ...secrets() } : environment
  const begin = async () => {
    const platform = await startOrion({ command, environment: kept, flags: FLAGS, home })
    await allReady(platform)
    return platform
  }
  const first = await begin()
  await makeAdministrator(first)
  await first.end()
  const database = usersDatabase({ home, environment: kept })
  await fill(database)
  const platform = await begin()
  return { ...platform, database, token: () => token(platform.ports, ADMINISTRATOR) }
}

/** By the link that a new platform prints. */
async function makeAdministrator(platform) {
  // It is printed a moment after all are ready.
  let link
  for (let tries = 0; tries < 200 && !link; tries += 1) {
    if (tries) await sleep(50)
    platform.mustRun()
    link = /\/setup#(\S+)/.exec(platform.printed())?.[1]
  }
  if (!link) throw new Error(`no link for the first administrator is printed:\n${platform.printed()}`)
  const body = { token: link, email: ADMINISTRATOR, password: PASSWORD, display_name: 'Root' }
  const made = await request('POST', platform.ports.admin, '/console/setup', { body, headers: { 'x-orion-csrf': '1', origin: `http://localhost:${platform.ports.admin}` } })
  if (made.status !== 201) throw new Error(`the first administrator is answered ${made.status}: ${made.text}`)
}

/** A fresh access token, good for five minutes. */
export async function token(ports, email) {
  const { status, text } = await request('POST', ports.gateway, '/api/v1/auth/login', { body: { email, password: PASSWORD } })
  if (status !== 200) throw new Error(`a sign-in is answered ${status}: ${text}`)
  return JSON.parse(text).access_token
}

/** The lines of headers of whoever has a token, with a body of JSON. */
export const headersOf = (token) => `authorization: Bearer ${token}\r\ncontent-type: application/json\r\n`
