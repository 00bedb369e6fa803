// What PostgreSQL does for pages that are too slow: it explains itself by auto_explain, with the values that it was really given.
// SQLite has nothing like it, and the statements are not in its log.

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
  // The settings hold for sessions that begin now.
  ask('SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()')
  const { request } = await import('../http.mjs')
  const authorization = `Bearer ${await platform.token()}`
  for (const cell of [...cells].sort((one, other) => other.p99 - one.p99).slice(0, MOST)) {
    const [before] = ask(`SELECT length(${LOG})`)
    // The first may meet a session that was ended.
    for (let tries = 0; tries < 3; tries += 1) {
      if ((await request('GET', platform.ports.users, pathOf(cell.query, cell.cursor), { headers: { authorization } })).status === 200) break
    }
    const lines = ask(`SELECT substr(${LOG}, ${before} + 1)`).filter((line) => !/^\d{4}-.*(?<!plan:)$/.test(line))
    plans.push({ what: `${cell.kind}: ${cell.name}, sorted by ${cell.sort}, page ${cell.page}`, lines: lines.slice(0, LINES) })
  }
  return plans
}

/** Where scripts/servers lets it write. */
const LOG = "pg_read_file(current_setting('data_directory') || '/server.log')"
