// What a benchmark needs of npm, as its lock file says.

import { execFileSync } from 'node:child_process'
import { copyFileSync, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** Whether the packages of a folder are installed, now or before; tables must say so when not. */
export function installed(folder, name) {
  const [lock, made] = [join(folder, 'package-lock.json'), join(folder, 'node_modules', '.installed-lock.json')]
  if (existsSync(made) && readFileSync(made, 'utf8') === readFileSync(lock, 'utf8')) return true
  try {
    execFileSync('npm', ['ci', '--no-audit', '--no-fund'], { cwd: folder, stdio: 'inherit', timeout: 600000 })
    copyFileSync(lock, made)
    return true
  } catch (error) {
    console.error(`${name} cannot be installed: ${error.message}`)
    return false
  }
}
