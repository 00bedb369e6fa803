// A product's own service, which checks ORION's access tokens itself: GET /orders is for whoever brings a good one.

import { createServer } from 'node:http'
import { InvalidToken, Tokens } from './token.js'

const { ISSUER = 'http://localhost:3000', AUDIENCE = 'orion', LEEWAY_SECONDS = '60', PORT = '8080' } = process.env

/** This service as ORION knows it: a section [auth.services.NAME] of its configuration. */
function service() {
  if (!process.argv.includes('--introspect')) return undefined
  const { SERVICE_NAME: name, SERVICE_SECRET: secret } = process.env
  if (!name || !secret) throw new Error('--introspect needs SERVICE_NAME and SERVICE_SECRET')
  return { name, secret }
}

const tokens = new Tokens({ issuer: ISSUER, audience: AUDIENCE, leeway: Number(LEEWAY_SECONDS) }, service())

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
      response.writeHead(401, { 'www-authenticate': 'Bearer realm="shop", error="invalid_token"' }).end()
    } else {
      // ORION cannot be asked now: nobody is let in unchecked.
      console.error(error)
      response.writeHead(503, { 'retry-after': '5' }).end()
    }
  }
}).listen(Number(PORT), '127.0.0.1')
