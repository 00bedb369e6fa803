// What PostgreSQL does for pages that are too slow: it explains itself by auto_explain, with the values that it was really given.
// SQLite has nothing like it, and the statements are not in its log.

import { request } from '../http.mjs'
import { sleep } from '../process.mjs'

const SETTINGS = ["session_preload_libraries = 'auto_explain'", 'auto_explain.log_min_duration = 0', 'auto_explain.log_analyze = on', 'auto_explain.log_timing = off', 'auto_explain.log_buffers = on']
/** How many pages are explained, and how long a plan may be. */
const [MOST, LINES] = [10, 60]

/** Plans of the statements that each of these pages is, the slowest first. */
export async function plansOf(platform, cells, pathOf) {
  if (platform.database.kind !== 'postgres') return [{ what: 'plans', lines: ['SQLite tells no plans of what others ask; run it on PostgreSQL as well'] }]
  const { ask } = platform.database
  const [database] = ask('SELECT current_database()')
  for (const setting of SETTINGS) ask(`ALTER DATABASE ${database} SET ${setting}`)
  const plans = []
  const authorization = `Bearer ${await platform.token()}`
  // The settings hold for sessions that begin now.
  ask('SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')
  for (const cell of [...cells].sort((one, other) => other.p99 - one.p99).slice(0, MOST)) {
    const [before] = ask(`SELECT length(${LOG})`)
    await answered(platform.ports.users, pathOf(cell.query, cell.cursor), { authorization })
    const lines = slowest(ask(`SELECT substr(${LOG}, ${before} + 1)`)).flat()
    plans.push({ what: `${cell.kind}: ${cell.name}, sorted by ${cell.sort}, page ${cell.page}`, lines: lines.slice(0, LINES) })
  }
  return plans
}

/** What is logged of each statement that took a millisecond or more, the slowest first. */
function slowest(lines) {
  const statements = []
  for (const line of lines) {
    if (/^\d{4}-\d\d-\d\d /.test(line)) statements.push([line])
    else statements.at(-1)?.push(line)
  }
  const took = ([first]) => Number(/duration: ([\d.]+) ms +plan:/.exec(first)?.[1] ?? 0)
  return statements.filter((statement) => took(statement) >= 1).sort((one, other) => took(other) - took(one))
}

/** The first ones meet sessions that were ended. */
async function answered(port, path, headers) {
  for (let tries = 0; ; tries += 1) {
    const { status, text } = await request('GET', port, path, { headers })
    if (status === 200) return
    if (tries === 20) throw new Error(`${path} is answered ${status}: ${text}`)
    await sleep(200)
  }
}

/** Where scripts/servers lets it write. */
const LOG = "pg_read_file(current_setting('data_directory') || '/server.log')"
