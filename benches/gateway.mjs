// ./orion bench gateway [seconds] [rounds]: CPU time per request and requests/s of the gateway with ES256 check, rate
// limit, metrics and access log on; beside HAProxy doing the same work and nginx proxying bare. All in one run,
// interleaved, load by wrk, every proxy in front of the same upstream (an nginx that answers from memory).
// Needs Debian's wrk, nginx and haproxy.

import { execFileSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { allReady, cpuMicroseconds, freePorts, percentile, request, signIn, start, startOrion, table, until200 } from './lib/platform.mjs'

const seconds = Number(process.argv[2] ?? 5)
const rounds = Number(process.argv[3] ?? 5)
const CONNECTIONS = 32
const cores = availableParallelism()

for (const tool of ['wrk', 'nginx', 'haproxy']) {
  try {
    execFileSync('sh', ['-c', `command -v ${tool} || test -x /usr/sbin/${tool}`], { stdio: 'ignore' })
  } catch {
    console.error(`${tool} is missing: apt-get install wrk nginx-light haproxy`)
    process.exit(1)
  }
}

const directory = mkdtempSync(join(tmpdir(), 'orion-bench-gateway-'))
const [upstreamPort, nginxPort, haproxyPort] = await freePorts(3)
const file = (name, text) => {
  const path = join(directory, name)
  writeFileSync(path, text)
  return path
}

const nginx = (name, workers, server, upstream = '') => file(name, `
daemon off; worker_processes ${workers}; pid ${directory}/${name}.pid; error_log /dev/null;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; ${upstream} server { ${server} } }
`)
const tool = (name, words) => start('sh', () => ['-c', `PATH=$PATH:/usr/sbin exec ${name} ${words}`])
const upstream = tool('nginx', `-c ${nginx('upstream.conf', 1, `listen 127.0.0.1:${upstreamPort}; location / { return 200 "hello from the shop\\n"; }`)}`)
await until200(upstreamPort, '/')

const platform = await startOrion(
  ['gateway.access_log=file', `gateway.access_log_file=${directory}/access.log`],
  file('orion.toml', `
[[gateway.routes]]
name = "shop"
path = "/shop/*"
upstream = "http://127.0.0.1:${upstreamPort}"
rate_limit = { requests = 100000000, seconds = 1 }
`),
)
await allReady(platform.ports)
const { access_token } = await signIn(platform.ports)
const set = JSON.parse((await request('GET', platform.ports.gateway, '/.well-known/jwks.json')).text)
const key = file('key.pem', createPublicKey({ key: set.keys[0], format: 'jwk' }).export({ type: 'spki', format: 'pem' }))

const bare = tool('nginx', `-c ${nginx('bare.conf', cores, `listen 127.0.0.1:${nginxPort} reuseport; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; }`, `upstream up { server 127.0.0.1:${upstreamPort}; keepalive 64; keepalive_requests 100000000; }`)}`)
const haproxy = tool('haproxy', `-db -f ${file('haproxy.cfg', `
global
  nbthread ${cores}
  maxconn 4096
  log stdout format raw local0
defaults
  mode http
  log global
  option httplog
  timeout client 30s
  timeout server 30s
  timeout connect 2s
frontend edge
  bind 127.0.0.1:${haproxyPort}
  http-request use-service prometheus-exporter if { path /metrics }
  stick-table type ip size 100k expire 60s store http_req_rate(1s)
  http-request track-sc0 src
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt 100000000 }
  http-request set-var(txn.bearer) http_auth_bearer
  http-request set-var(txn.alg) var(txn.bearer),jwt_header_query('$.alg')
  http-request deny deny_status 401 unless { var(txn.alg) -m str ES256 }
  http-request deny deny_status 401 unless { var(txn.bearer),jwt_verify(txn.alg,"${key}") 1 }
  default_backend shop
backend shop
  server up 127.0.0.1:${upstreamPort}
`)}`)

const headers = { authorization: `Bearer ${access_token}` }
const children = (pid) => readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
const cpu = (pid) => [pid, ...children(pid)].reduce((total, each) => total + cpuMicroseconds(each), 0)

async function ready(port, path) {
  for (;;) {
    try {
      const { status } = await request('GET', port, path, { headers })
      if (status === 200) return
      throw new Error(`port ${port} answers ${status}`)
    } catch (error) {
      if (error.code !== 'ECONNREFUSED') throw error
    }
  }
}

const peers = [
  { name: 'nginx, bare', pid: bare.pid, port: nginxPort, samples: [] },
  { name: 'ORION: ES256, limit, metrics, log', pid: platform.pid, port: platform.ports.gateway, samples: [] },
  { name: 'HAProxy: ES256, limit, metrics, log', pid: haproxy.pid, port: haproxyPort, samples: [] },
]
for (const peer of peers) await ready(peer.port, '/shop/cart')
for (let round = 0; round < rounds; round += 1) {
  for (const peer of peers) {
    const before = cpu(peer.pid)
    const output = execFileSync('wrk', ['-t1', `-c${CONNECTIONS}`, `-d${seconds}`, '-H', `Authorization: Bearer ${access_token}`, `http://127.0.0.1:${peer.port}/shop/cart`]).toString()
    const used = cpu(peer.pid) - before
    const requests = Number(/(\d+) requests in/.exec(output)[1])
    if (/Non-2xx/.test(output)) throw new Error(`${peer.name} refused requests:\n${output}`)
    peer.samples.push({ cpu: used / requests, rate: requests / seconds })
  }
}
for (const running of [haproxy, bare, platform, upstream]) await running.end()
rmSync(directory, { recursive: true, force: true })

const median = (values) => percentile(values, 0.5)
const base = median(peers[0].samples.map((sample) => sample.cpu))
table(
  ['gateway', 'CPU us/request', 'of nginx', 'requests/s'],
  peers.map(({ name, samples }) => {
    const each = median(samples.map((sample) => sample.cpu))
    return [name, each.toFixed(1), (each / base).toFixed(2), median(samples.map((sample) => sample.rate)).toFixed(0)]
  }),
)
