// nginx and HAProxy, as the gateway's upstream and as its peers.

import { execFileSync } from 'node:child_process'
import { createPublicKey } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { start } from './process.mjs'

const cores = availableParallelism()

/** Ends the benchmark when one of the programs is missing. */
export function mustHave(...tools) {
  for (const tool of tools) {
    try {
      execFileSync('sh', ['-c', `command -v ${tool} || test -x /usr/sbin/${tool}`], { stdio: 'ignore' })
    } catch {
      console.error(`${tool} is missing: apt-get install wrk nginx-light haproxy`)
      process.exit(1)
    }
  }
}

/** Writes a file into a directory; gives its path. */
export function writer(directory) {
  return (name, text) => {
    const path = join(directory, name)
    writeFileSync(path, text)
    return path
  }
}

const run = (words) => start('sh', () => ['-c', `PATH=$PATH:/usr/sbin exec ${words}`])

function nginx(directory, name, workers, server, upstream = '') {
  const configuration = writer(directory)(name, `
daemon off; worker_processes ${workers}; pid ${directory}/${name}.pid; error_log /dev/null;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 100000000; ${upstream} server { ${server} } }
`)
  return run(`nginx -c ${configuration}`)
}

/** An nginx that answers every request from memory. */
export const nginxUpstream = (directory, port) =>
  nginx(directory, 'upstream.conf', 1, `listen 127.0.0.1:${port}; location / { return 200 "hello from the shop\\n"; }`)

/** An nginx that passes everything on, without a look at it. */
export const nginxBare = (directory, port, upstream) =>
  nginx(
    directory,
    'bare.conf',
    cores,
    `listen 127.0.0.1:${port} reuseport; location / { proxy_pass http://up; proxy_http_version 1.1; proxy_set_header Connection ""; }`,
    `upstream up { server 127.0.0.1:${upstream}; keepalive 64; keepalive_requests 100000000; }`,
  )

/** An HAProxy with token check, limit, metrics and access log. It verifies the signature of every request's token. */
export function haproxy(directory, port, upstream, jwk) {
  const file = writer(directory)
  const key = file('key.pem', createPublicKey({ key: jwk, format: 'jwk' }).export({ type: 'spki', format: 'pem' }))
  const configuration = file('haproxy.cfg', `
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
  bind 127.0.0.1:${port}
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
  server up 127.0.0.1:${upstream}
`)
  return run(`haproxy -db -f ${configuration} >${directory}/haproxy.log`)
}
