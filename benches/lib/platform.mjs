// Starts a real `orion up` in an empty directory for a benchmark, and ends it.

import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms))

/** The release binary, built by `./orion bench`. */
export function binary() {
  const path = process.env.ORION_BINARY
  if (!path) throw new Error('ORION_BINARY is not set; run this as ./orion bench <name>')
  return path
}

/** So many ports that are free at this moment. */
export async function freePorts(count) {
  const servers = await Promise.all(
    Array.from({ length: count }, () => new Promise((resolve) => {
      const server = createServer().listen(0, '127.0.0.1', () => resolve(server))
    })),
  )
  const ports = servers.map((server) => server.address().port)
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))))
  return ports
}

/** One request over a connection of its own agent; rejects when nobody listens. */
export function request(method, port, path, { body, headers, agent } = {}) {
  return new Promise((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body)
    const sent = http.request(
      { host: '127.0.0.1', port, path, method, agent, headers: { ...(text && { 'content-type': 'application/json' }), ...headers } },
      (response) => {
        const chunks = []
        response.on('data', (chunk) => chunks.push(chunk))
        response.on('end', () => resolve({ status: response.statusCode, text: Buffer.concat(chunks).toString() }))
        response.on('error', reject)
      },
    )
    sent.on('error', reject)
    sent.end(text)
  })
}

/** Waits until the path answers 200, looking every millisecond. */
export async function until200(port, path) {
  for (;;) {
    try {
      const { status } = await request('GET', port, path)
      if (status === 200) return
    } catch {
      // Not there yet.
    }
    await sleep(1)
  }
}

/** Starts a program and gives a handle that ends it and removes its directory. */
export function start(command, words, environment = {}) {
  const directory = mkdtempSync(join(tmpdir(), 'orion-bench-'))
  const child = spawn(command, words(directory), { stdio: 'ignore', env: { PATH: process.env.PATH, HOME: directory, ...environment } })
  const ended = new Promise((resolve) => child.once('exit', resolve))
  return {
    pid: child.pid,
    directory,
    async end() {
      child.kill('SIGTERM')
      await Promise.race([ended, sleep(15000).then(() => child.kill('SIGKILL'))])
      await ended
      rmSync(directory, { recursive: true, force: true })
    },
  }
}

const NAMES = ['gateway', 'auth', 'users', 'notifications', 'admin', 'pages']

/** Starts all five services in one process on free ports. */
export async function startOrion(flags = [], configuration) {
  const ports = Object.fromEntries((await freePorts(6)).map((port, at) => [NAMES[at], port]))
  const settings = [...NAMES.map((name) => `listen.${name}_port=${ports[name]}`), 'log.filter=error', ...flags]
  const words = (directory) => [
    'up',
    '--data-dir', join(directory, 'data'),
    ...(configuration ? ['--config', configuration] : []),
    ...settings.flatMap((flag) => ['--set', flag]),
  ]
  return { ports, ...start(binary(), words) }
}

/** Waits until all five services say that they are ready. */
export async function allReady(ports) {
  for (const name of ['pages', 'auth', 'users', 'notifications', 'admin']) await until200(ports[name], '/readyz')
}

export const ACCOUNT = { email: 'bench@example.com', password: 'correct horse battery staple' }

/** Registers an account and signs in for real; gives the tokens. */
export async function signIn(ports) {
  const registered = await request('POST', ports.gateway, '/api/v1/auth/register', { body: ACCOUNT })
  if (registered.status !== 201) throw new Error(`registration answered ${registered.status}: ${registered.text}`)
  const login = await request('POST', ports.gateway, '/api/v1/auth/login', { body: ACCOUNT })
  if (login.status !== 200) throw new Error(`sign-in answered ${login.status}: ${login.text}`)
  return JSON.parse(login.text)
}

/** Resident memory of a process in MiB. */
export function residentMiB(pid) {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  return Number(/VmRSS:\s+(\d+)/.exec(status)[1]) / 1024
}

/** CPU time of a process and its children so far, in microseconds. */
export function cpuMicroseconds(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** The value below which a share of the samples lies. */
export function percentile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]
}

/** Prints rows of a table with aligned columns. */
export function table(header, rows) {
  const cells = [header, ...rows].map((row) => row.map(String))
  const widths = header.map((_, at) => Math.max(...cells.map((row) => row[at].length)))
  for (const row of cells) console.log(row.map((cell, at) => (at ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join('  '))
}
