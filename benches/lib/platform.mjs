// Starts a real ORION in an empty directory for a benchmark, and ends it.

import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { request, until200 } from './http.mjs'
import { freePorts } from './ports.mjs'
import { sleep, start } from './process.mjs'

/** The release binary, built by `./orion bench`. */
export function binary() {
  const path = process.env.ORION_BINARY
  if (!path) throw new Error('ORION_BINARY is not set; run this as ./orion bench <name>')
  return path
}

export const SERVICES = ['gateway', 'auth', 'users', 'notifications', 'admin']
const NAMES = [...SERVICES, 'pages']

/** Hashes as cheap as Argon2 lets them be, and no throttle in the way: for what is measured beside sign-in itself. */
export const CHEAP_SIGN_IN = [
  'auth.argon2_memory_kib=8',
  'auth.argon2_iterations=1',
  'auth.argon2_parallelism=1',
  'auth.hash_queue=1024',
  'auth.login_attempts_per_address_per_minute=0',
  'auth.registrations_per_address_per_minute=0',
]

/** The two secrets that a platform on PostgreSQL cannot make for itself; who starts it again must give it the same. */
export const secrets = () => ({
  ORION_SECRETS_MASTER_KEY: randomBytes(32).toString('hex'),
  ORION_SECRETS_INTERNAL_SECRET: randomBytes(32).toString('hex'),
})

const shown = new Map()

/** Whether a binary has this key; one that is measured beside it may be older. It is asked as it is started, without our own variables. */
function knows(command, flag) {
  if (!shown.has(command)) {
    const { status, stdout, stderr } = spawnSync(command, ['config', 'show'], { env: { PATH: process.env.PATH } })
    if (status !== 0) throw new Error(`${command} does not show its configuration: ${stderr}`)
    shown.set(command, String(stdout))
  }
  return shown.get(command).includes(flag.split('=')[0])
}

async function settings(command, { flags = [], configuration } = {}) {
  const ports = Object.fromEntries((await freePorts(NAMES.length)).map((port, at) => [NAMES[at], port]))
  const set = [...NAMES.map((name) => `listen.${name}_port=${ports[name]}`), 'log.filter=error', ...flags.filter((flag) => knows(command, flag))]
  const words = (directory) => [
    '--data-dir', join(directory, 'data'),
    ...(configuration ? ['--config', configuration] : []),
    ...set.flatMap((flag) => ['--set', flag]),
  ]
  return { ports, words }
}

/**
 * Starts all five services in one process on free ports; `environment` names servers, if any. With `home`, its data is in that
 * directory, which stays when it ends.
 */
export async function startOrion({ command = binary(), environment = {}, home, ...rest } = {}) {
  const { ports, words } = await settings(command, rest)
  const running = start(command, (directory) => ['up', ...words(home ?? directory)], { ...secretsFor(environment), ...environment })
  return { ports, ...running, pids: { 'all five': running.pid } }
}

/** Starts each service in a process of its own, on servers. */
export async function startServices({ command = binary(), environment, ...rest }) {
  const { ports, words } = await settings(command, rest)
  const all = { ...secretsFor(environment), ...environment }
  const migration = start(command, (directory) => ['migrate', 'up', ...words(directory)], all)
  const code = await migration.ended
  if (code !== 0) migration.mustRun()
  await migration.end()
  const running = SERVICES.map((service) => start(command, (directory) => ['serve', service, ...words(directory)], all))
  return {
    ports,
    pids: Object.fromEntries(SERVICES.map((service, at) => [service, running[at].pid])),
    mustRun: () => running.forEach((each) => each.mustRun()),
    end: () => Promise.all(running.map((each) => each.end())),
  }
}

const secretsFor = (environment) => (environment.ORION_DATABASE_URL ? secrets() : {})

/** Waits until all five services say that they are ready. */
export async function allReady(platform) {
  for (const name of ['pages', 'auth', 'users', 'notifications', 'admin']) await until200(platform, platform.ports[name], '/readyz')
}

/** The service's own pages: those of the gateway have a port of their own. */
const pagesOf = (ports, service) => (service === 'gateway' ? ports.pages : ports[service])

/** What services count: a list of { service, name, labels, value }. */
export async function scrape(ports, services = SERVICES) {
  const samples = []
  for (const service of services) {
    const { status, text } = await request('GET', pagesOf(ports, service), '/metrics')
    if (status !== 200) throw new Error(`/metrics of ${service} answers ${status}`)
    for (const [, name, labels = '', value] of text.matchAll(/^(\w+)(?:\{(.*)\})? (\S+)$/gm)) {
      samples.push({ service, name, labels, value: Number(value) })
    }
  }
  return samples
}

/** The sum of a metric's samples, of one service or all, whose labels contain all of the given texts. */
export const total = (samples, name, { service, labels = [] } = {}) =>
  samples
    .filter((sample) => sample.name === name && (!service || sample.service === service) && labels.every((label) => sample.labels.includes(label)))
    .reduce((sum, { value }) => sum + value, 0)

export const PASSWORD = 'correct horse battery staple'
export const account = (number) => ({ email: `bench-${number}@example.com`, password: PASSWORD })

/** Registers an account and signs in for real; gives the tokens. */
export async function signIn(ports, number = 0, port = ports.gateway) {
  const registered = await request('POST', port, '/api/v1/auth/register', { body: account(number) })
  if (registered.status !== 201) throw new Error(`registration answered ${registered.status}: ${registered.text}`)
  // The account is there a moment after the answer.
  let login
  for (let tries = 0; tries < 200 && login?.status !== 200; tries += 1) {
    if (login) await sleep(10)
    login = await request('POST', port, '/api/v1/auth/login', { body: account(number) })
  }
  if (login.status !== 200) throw new Error(`sign-in answered ${login.status}: ${login.text}`)
  return JSON.parse(login.text)
}
