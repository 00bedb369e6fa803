// node server.mjs DIRECTORY: casbin behind the smallest HTTP server that answers questions in JSON, one process per core. It knows no
// callers. It prints a line once all processes listen.

import cluster from 'node:cluster'
import { createServer } from 'node:http'
import { availableParallelism } from 'node:os'
import { decider } from './enforcer.mjs'

if (cluster.isPrimary) {
  const workers = Array.from({ length: availableParallelism() }, () => cluster.fork())
  await Promise.all(workers.map((worker) => new Promise((resolve) => worker.once('listening', resolve))))
  console.log('listening')
  process.on('SIGTERM', () => {
    for (const worker of workers) worker.kill()
    process.exit(0)
  })
} else {
  const decide = await decider(process.argv[2])
  createServer((asked, answer) => {
    const chunks = []
    asked.on('data', (chunk) => chunks.push(chunk))
    asked.on('end', () => {
      const text = JSON.stringify({ items: decide(JSON.parse(Buffer.concat(chunks).toString())) })
      answer.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }).end(text)
    })
  }).listen(Number(process.env.PORT), '127.0.0.1')
}
