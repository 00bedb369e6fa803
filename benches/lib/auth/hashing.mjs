// What a password costs, the same for all that can be told.

import { execFileSync } from 'node:child_process'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** ORION's defaults, which are those of OWASP's cheat sheet. */
export const ARGON2ID = { memoryCost: 19456, timeCost: 2, parallelism: 1 }

const SOURCE = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'argon2id')

/** Builds the program that does nothing but hash; gives a function that says how many hashes a second all cores make. */
export function rawHashes() {
  const folder = join(process.env.CARGO_TARGET_DIR ?? join(SOURCE, 'target'), 'argon2id')
  const manifest = join(SOURCE, 'Cargo.toml')
  execFileSync('cargo', ['build', '--quiet', '--release', '--locked', '--manifest-path', manifest, '--target-dir', folder], { stdio: 'inherit' })
  const words = Object.values(ARGON2ID).map(String)
  return (seconds) => Number(execFileSync(join(folder, 'release', 'orion-bench-argon2id'), [...words, String(Math.ceil(seconds))]))
}
