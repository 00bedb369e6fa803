// HTTP for benchmarks: single requests, and a connection that costs so little that it is the server that is measured.

import http from 'node:http'
import { connect } from 'node:net'
import { sleep } from './process.mjs'

/** One request over a connection of its own agent; rejects when nobody listens, or nothing comes for 30 s. */
export function request(method, port, path, { body, headers, agent } = {}) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const sent = http.request(
      { host: '127.0.0.1', port, path, method, agent, timeout: 30000, headers: { ...(text && { 'content-type': 'application/json' }), ...headers } },
      (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }))
        response.on('error', reject)
      },
    )
    sent.on('timeout', () => sent.destroy(new Error(`${method} ${path} on port ${port} is not answered`)))
    sent.on('error', reject)
    sent.end(text)
  })
}

/** Waits until the path answers 200, looking every millisecond. Gives up when the program has ended, or time is over. */
export async function until200(running, port, path, { headers, seconds = 60 } = {}) {
  const deadline = Date.now() + seconds * 1000
  let last = 'nobody listens'
  for (;;) {
    running.mustRun()
    if (Date.now() > deadline) throw new Error(`${path} on port ${port} is not ready after ${seconds} s: ${last}`)
    try {
      const { status, text } = await request('GET', port, path, { headers })
      if (status === 200) return
      last = `it answers ${status}: ${text.slice(0, 500)}`
    } catch (error) {
      last = error.message
    }
    await sleep(1)
  }
}

/** A connection that is kept: one request at a time, answers with a length or in chunks. About 20 us of this process's CPU each. */
export class Connection {
  #socket
  #port
  #waiting
  #received = Buffer.alloc(0)

  static async open(port) {
    const connection = new Connection()
    connection.#port = port
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    connection.#socket = socket
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject))
    socket.setTimeout(60000, () => socket.destroy(new Error('no answer in 60 s')))
    socket.on('data', (chunk) => connection.#take(chunk))
    socket.on('error', (error) => connection.#waiting?.reject(error))
    socket.on('close', () => connection.#waiting?.reject(new Error('the server closed the connection')))
    return connection
  }

  /** Posts a JSON text; gives status and text of the answer. */
  post(path, body) {
    return this.send('POST', path, 'content-type: application/json\r\n', body)
  }

  /** Posts fields as a form; `headers` are whole lines. */
  form(path, fields, headers = '') {
    return this.send('POST', path, `content-type: application/x-www-form-urlencoded\r\n${headers}`, String(new URLSearchParams(fields)))
  }

  /** Gets a path; `headers` are whole lines. */
  get(path, headers = '') {
    return this.send('GET', path, headers)
  }

  /** Sends a request with these lines of headers; gives status, head and text of the answer. */
  send(method, path, headers, body) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject }
      const length = body === undefined ? '' : `content-length: ${Buffer.byteLength(body)}\r\n`
      this.#socket.write(`${method} ${path} HTTP/1.1\r\nhost: 127.0.0.1:${this.#port}\r\n${headers}${length}\r\n${body ?? ''}`)
    })
  }

  close() {
    this.#waiting = undefined
    this.#socket.destroy()
  }

  #take(chunk) {
    this.#received = this.#received.length ? Buffer.concat([this.#received, chunk]) : chunk
    const end = this.#received.indexOf('\r\n\r\n')
    if (end < 0) return
    const head = this.#received.toString('latin1', 0, end)
    let body = this.#received.subarray(end + 4)
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1]
    if (length !== undefined) {
      if (body.length < Number(length)) return
    } else if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
      if (!body.subarray(-5).equals(LAST_CHUNK)) return
      body = joined(body)
    } else {
      this.#waiting?.reject(new Error(`an answer without a length:\n${head}`))
      this.#socket.destroy()
      return
    }
    const { resolve } = this.#waiting
    this.#waiting = undefined
    this.#received = Buffer.alloc(0)
    resolve({ status: Number(head.slice(9, 12)), head, text: body.toString('utf8') })
  }
}

/** How an answer in chunks ends, when it has no trailers. */
const LAST_CHUNK = Buffer.from('0\r\n\r\n')

/** The body that came in chunks (RFC 9112, section 7.1). */
function joined(body) {
  const parts = []
  for (let at = 0; ; ) {
    const line = body.indexOf('\r\n', at)
    const length = Number.parseInt(body.toString('latin1', at, line), 16)
    if (!length) return Buffer.concat(parts)
    parts.push(body.subarray(line + 2, line + 2 + length))
    at = line + 4 + length
  }
}
