// node hashes.mjs SECONDS: how many Argon2id hashes a second all cores make with the library that better-auth has here, when they do
// nothing else. Its parameters come from the environment.

import { availableParallelism } from 'node:os'
import { hash } from '@node-rs/argon2'

/** 2 is Argon2id. */
const hashing = { algorithm: 2, ...JSON.parse(process.env.ARGON2) }
const began = performance.now()
const until = began + Number(process.argv[2]) * 1000
let hashes = 0

/** One after the other, each on a thread of its own. What has begun is finished. */
async function hashOn() {
  while (performance.now() < until) {
    await hash('correct horse battery staple', hashing)
    hashes += 1
  }
}

await Promise.all(Array.from({ length: availableParallelism() }, hashOn))
console.log(hashes / ((performance.now() - began) / 1000))
