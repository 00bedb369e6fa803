// A package of PyPI, installed once into the user's cache.

import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'

/** The folder that has it; installs it when it is missing. Undefined where it cannot be had: tables must say so. */
export function packageOf(name, version) {
  const home = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'orion', `${name}-${version}`)
  if (existsSync(home)) return home
  mkdirSync(dirname(home), { recursive: true })
  // Moved into place only when it is whole: an installation that failed is tried again the next time.
  const fresh = mkdtempSync(`${home}-`)
  try {
    const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--root-user-action', 'ignore', '--no-deps', '--target', fresh, `${name}==${version}`]
    execFileSync('python3', pip, { stdio: 'inherit', timeout: 300000 })
    renameSync(fresh, home)
    return home
  } catch (error) {
    console.error(`${name} cannot be installed: ${error.message}`)
    rmSync(fresh, { recursive: true, force: true })
  }
}
