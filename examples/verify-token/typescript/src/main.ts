// A product's own service, which checks ORION's access tokens itself: GET /orders is for whoever brings a good one.

import { createServer } from 'node:http'
import { InvalidToken, Tokens } from './token.js'

/** How it is called, for who calls it otherwise. */
const USAGE = `usage: verify-token [--introspect]
  --introspect  ask ORION by each request whether the token is still good; needs SERVICE_NAME and SERVICE_SECRET
ISSUER, AUDIENCE, LEEWAY_SECONDS and PORT are read as well: see README.md`

function misuse(wrong: string): never {
  console.error(`${wrong}\n${USAGE}`)
  process.exit(2)
}

/** Whether ORION is to be asked. */
function introspects() {
  const words = process.argv.slice(2)
  for (const word of words) {
    if (word === '--help') {
      console.log(USAGE)
      process.exit(0)
    }
    if (word !== '--introspect') misuse(`unknown word: ${word}`)
  }
  return words.length > 0
}

/** This service as ORION knows it: a section [auth.services.NAME] of its configuration. */
function service() {
  if (!introspects()) return undefined
  const { SERVICE_NAME: name, SERVICE_SECRET: secret } = process.env
  if (!name || !secret) misuse('--introspect needs SERVICE_NAME and SERVICE_SECRET')
  return { name, secret }
}

/** Read with care: with a leeway that is no number, or a huge one, nothing would ever expire. */
function number(name: string, text: string, most: number) {
  const fits = /^\d{1,9}$/.test(text) && Number(text) <= most
  return fits ? Number(text) : misuse(`${name} must be a whole number of at most ${most}, not ${text}`)
}

const { ISSUER = 'http://localhost:3000', AUDIENCE = 'orion', LEEWAY_SECONDS = '60', PORT = '8080' } = process.env
const shop = service()
const leeway = number('LEEWAY_SECONDS', LEEWAY_SECONDS, 600)
const port = number('PORT', PORT, 65_535)
const tokens = new Tokens({ issuer: ISSUER, audience: AUDIENCE, leeway }, shop)

createServer(async (request, response) => {
  if (request.method !== 'GET' || request.url !== '/orders') return response.writeHead(404).end()
  // RFC 6750
  const token = /^bearer +(\S+) *$/i.exec(request.headers.authorization ?? '')?.[1]
  if (!token) return response.writeHead(401, { 'www-authenticate': 'Bearer realm="shop"' }).end()
  try {
    const { sub, roles } = await tokens.check(token)
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ of: sub, roles, orders: [] }))
  } catch (error) {
    if (error instanceof InvalidToken) {
      const challenge = `Bearer realm="shop", error="invalid_token", error_description="${error.message}"`
      response.writeHead(401, { 'www-authenticate': challenge }).end()
    } else {
      // ORION cannot be asked now: nobody is let in unchecked.
      console.error(error)
      response.writeHead(503, { 'retry-after': '5' }).end()
    }
  }
}).listen(port, '127.0.0.1')
