// ./orion bench gateway [--seconds S] [--rounds N] [--base BINARY]: CPU time per request and requests/s of the gateway with
// token check, rate limit, metrics and access log on; beside HAProxy with the same and nginx proxying bare. All in one
// run, in turns, load by wrk, every proxy in front of the same upstream (an nginx that answers from memory).
//
// ORION remembers tokens that it has verified (gateway.token_cache, on each core), HAProxy verifies every request's: so
// there are three loads. One token: after the first requests ORION only looks it up. 10,000 tokens of 64 users, as often as Zipf's law
// says, and 1 % of the requests with a token never sent before: more than the 4,096 that it remembers. Cache off: it
// verifies every request's. All tokens come from real sign-ins and refreshes before the rounds.
// Needs Debian's wrk, nginx and haproxy.

import { execFileSync } from 'node:child_process'
import { request, until200 } from './lib/http.mjs'
import { options } from './lib/options.mjs'
import { allReady, CHEAP_SIGN_IN, signIn, startOrion } from './lib/platform.mjs'
import { freePorts } from './lib/ports.mjs'
import { children, cpuMicroseconds, temporaryDirectory } from './lib/process.mjs'
import { haproxy, mustHave, nginxBare, nginxUpstream, writer } from './lib/proxies.mjs'
import { figure, goal, median, table } from './lib/report.mjs'
import { NEW_EVERY, tokenScript, tokenSource, zipf } from './lib/tokens.mjs'

const { seconds, rounds, contestants } = options({ seconds: 5, rounds: 5 })
const CONNECTIONS = 32
const TOKENS = 10_000
const PATH = '/shop/cart'

mustHave('wrk', 'nginx', 'haproxy')
const directory = temporaryDirectory('gateway-')
const [upstreamPort, nginxPort, haproxyPort] = await freePorts(3)
const upstream = nginxUpstream(directory, upstreamPort)
await until200(upstream, upstreamPort, '/')
const configuration = writer(directory)('orion.toml', `
[[gateway.routes]]
name = "shop"
path = "/shop/*"
upstream = "http://127.0.0.1:${upstreamPort}"
rate_limit = { requests = 100000000, seconds = 1 }
`)

/** A platform with that route; its tokens are good for as long as the benchmark takes. */
async function gateway(name, command, ...flags) {
  const log = ['gateway.access_log=file', `gateway.access_log_file=${directory}/${name}.log`]
  const platform = await startOrion({ command, configuration, flags: [...log, 'auth.access_token_seconds=3600', ...CHEAP_SIGN_IN, ...flags] })
  await allReady(platform)
  const { access_token } = await signIn(platform.ports)
  return { ...platform, port: platform.ports.gateway, token: access_token }
}

const own = contestants.at(-1).command
const platform = await gateway('cached', own)
const cacheless = await gateway('cacheless', own, 'gateway.token_cache=0')
const before = contestants.length > 1 ? await gateway('base', contestants[0].command) : undefined
const set = JSON.parse((await request('GET', platform.port, '/.well-known/jwks.json')).text)
const bare = { ...nginxBare(directory, nginxPort, upstreamPort), port: nginxPort, token: platform.token }
const peer = { ...haproxy(directory, haproxyPort, upstreamPort, set.keys[0]), port: haproxyPort, token: platform.token }

const gather = await tokenSource(platform)
const withTokens = tokenScript(directory, await gather(TOKENS), zipf(TOKENS, 200_000))

const NGINX = 'nginx, bare: no check, no limit, no log'
const ONE = 'ORION, one token: verified once a core, then looked up'
const MANY = 'ORION, 10,000 tokens (Zipf, 1 % new)'
const OFF = 'ORION, token cache off: verified each time'
const PEER = 'HAProxy, one token: signature verified each time; no iss, aud, exp'
const PEER_MANY = 'HAProxy, 10,000 tokens (Zipf, 1 % new): the same'
const runs = [
  { name: NGINX, proxy: bare },
  ...(before ? [{ name: `${ONE} (base)`, proxy: before }] : []),
  { name: ONE, proxy: platform },
  { name: MANY, proxy: platform, many: true },
  { name: OFF, proxy: cacheless },
  { name: PEER, proxy: peer },
  { name: PEER_MANY, proxy: peer, many: true },
]

/** Load for a while. Where new tokens are needed, more are there than can be sent. */
async function load({ name, proxy, many }, duration, fresh) {
  const { before: first, after } = many ? withTokens(fresh) : { before: ['-H', `Authorization: Bearer ${proxy.token}`], after: [] }
  const cpu = () => [proxy.pid, ...children(proxy.pid)].reduce((total, each) => total + cpuMicroseconds(each), 0)
  const started = cpu()
  const output = execFileSync('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${duration}`, ...first, `http://127.0.0.1:${proxy.port}${PATH}`, ...after], { stdio: 'pipe', timeout: duration * 1000 + 60000 }).toString()
  const used = cpu() - started
  const requests = Number(/(\d+) requests in/.exec(output)?.[1])
  if (/Non-2xx|Socket errors/.test(output) || !(requests > 0)) throw new Error(`${name} does not answer every request:\n${output}`)
  return { cpu: used / requests, rate: requests / duration }
}

/** How many tokens a load of so many requests/s may need that were never sent. */
const needed = (rate, duration) => Math.ceil((rate * duration * 1.5) / NEW_EVERY) + 100

// A second of each load to warm up, which tells how many tokens a round needs.
let rate = 0
for (const run of runs) {
  const headers = { authorization: `Bearer ${run.proxy.token}` }
  await until200(run.proxy, run.proxy.port, PATH, { headers })
  const warm = await load(run, 1, run.many ? await gather(needed(Math.max(rate, 20_000), 1)) : [])
  run.samples = []
  rate = Math.max(rate, warm.rate)
}
for (let round = 0; round < rounds; round += 1) {
  const fresh = await gather(needed(rate, seconds))
  // Each round begins with another, so that none is always the first.
  const turn = round % runs.length
  for (const run of [...runs.slice(turn), ...runs.slice(0, turn)]) run.samples.push(await load(run, seconds, fresh))
}
for (const running of [peer, bare, platform, cacheless, ...(before ? [before] : []), upstream]) await running.end()

const cpuOf = (name) => median(runs.find((run) => run.name === name).samples.map((sample) => sample.cpu))
console.log(`medians of ${rounds} rounds of ${seconds} s, ${CONNECTIONS} connections; ORION and HAProxy with limit, metrics and access log`)
table(
  ['gateway', 'CPU us/request', 'of nginx', 'of HAProxy', 'requests/s'],
  runs.map(({ name, many, samples }) => {
    const peerCpu = cpuOf(many ? PEER_MANY : PEER)
    const [cpu, perSecond] = ['cpu', 'rate'].map((field) => median(samples.map((sample) => sample[field])))
    return [name, cpu.toFixed(1), figure(cpu / cpuOf(NGINX)), figure(cpu / peerCpu), perSecond.toFixed(0)]
  }),
)
for (const [name, other] of [[ONE, PEER], [MANY, PEER_MANY], [OFF, PEER]]) {
  const ratio = cpuOf(other) / cpuOf(name)
  goal(`${name}: 3 times HAProxy's requests per CPU second`, `${figure(ratio)} times`, ratio >= 3)
}
const ratio = cpuOf(ONE) / cpuOf(NGINX)
goal("one token: at most nginx's CPU per request", `${figure(ratio)} times`, ratio <= 1)
if (before) {
  const change = cpuOf(ONE) / cpuOf(`${ONE} (base)`)
  goal('one token: not more CPU than base (5 % are noise)', `${figure(change)} times`, change <= 1.05)
}
