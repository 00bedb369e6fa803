// Fills tables of ORION's users service, and asks them; nobody else uses them meanwhile. Through the API a hundred thousand people
// would take many minutes, each with their own audit entries and events.
//
// Rows first go into a table of the session's own, with the columns that are given. They are then written with all columns: what
// is not given is as in a row that ORION wrote itself, if one is named, or the column's default.

import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

/** What columns hold that is neither text nor number; all others are plain. */
const IDS = /^id$|_id$/
const BYTES = /^term$/
const COMMAND = { timeout: 600000, maxBuffer: 256 * 1024 * 1024 }

const rowsOf = (text) => text.trim().split('\n').filter(Boolean)

/** The tables of a platform that has ended, in its directory or on the server of its environment. */
export function usersDatabase({ home, environment = {} }) {
  const url = environment.ORION_DATABASE_URL
  return url ? postgres(url) : sqlite(join(home, 'data', 'users.db'))
}

/** The statement that writes what is staged. */
function writing(table, all, given, like) {
  const named = new Set(given)
  const columns = like ? all : given
  const values = columns.map((column) => (named.has(column) ? `staged."${column}"` : `made."${column}"`))
  const from = like ? `staged, (SELECT * FROM ${table} WHERE ${like} LIMIT 1) AS made` : 'staged'
  return `INSERT INTO ${table} (${columns.map((column) => `"${column}"`)}) SELECT ${values} FROM ${from}`
}

const staging = (table, columns) =>
  `CREATE TEMPORARY TABLE staged AS SELECT ${columns.map((column) => `"${column}"`)} FROM ${table} WHERE 1 = 0`

function postgres(url) {
  const psql = (words, input = '') =>
    execFileSync('psql', ['-qXAt', '-v', 'ON_ERROR_STOP=1', ...words, url], {
      ...COMMAND,
      input,
      env: { ...process.env, PGOPTIONS: '-c search_path=users' },
      stdio: ['pipe', 'pipe', 'inherit'],
    }).toString()
  const ask = (sql) => rowsOf(psql(['-c', sql]))
  const cell = (column, value) => {
    if (value === null) return '\\N'
    if (BYTES.test(column)) return `\\\\x${value}`
    return typeof value === 'boolean' ? String(value) : String(value).replace(/[\\\t\n\r]/g, (sign) => `\\${sign}`)
  }
  return {
    kind: 'postgres',
    ask,
    insert(table, columns, rows, like) {
      const all = ask(`SELECT column_name FROM information_schema.columns WHERE table_schema = 'users' AND table_name = '${table}' ORDER BY ordinal_position`)
      const lines = rows.map((row) => row.map((value, at) => cell(columns[at], value)).join('\t'))
      psql([], `${staging(table, columns)};\nCOPY staged FROM STDIN;\n${lines.join('\n')}${lines.length ? '\n' : ''}\\.\n${writing(table, all, columns, like)};\n`)
    },
    /** As it is on a platform that has been running for a while. */
    settle() {
      psql(['-c', 'VACUUM ANALYZE'])
      psql(['-c', 'CHECKPOINT'])
    },
  }
}

function sqlite(path) {
  const python = (job) =>
    execFileSync('python3', ['-c', SQLITE, path], { ...COMMAND, input: JSON.stringify(job), stdio: ['pipe', 'pipe', 'inherit'] }).toString()
  const ask = (sql) => rowsOf(python({ ask: sql }))
  return {
    kind: 'sqlite',
    ask,
    insert(table, columns, rows, like) {
      const all = ask(`SELECT name FROM pragma_table_info('${table}')`)
      const binary = columns.flatMap((column, at) => (IDS.test(column) || BYTES.test(column) ? [at] : []))
      python({ prepare: staging(table, columns), width: columns.length, binary, rows, finish: writing(table, all, columns, like) })
    },
    settle: () => python({ ask: 'ANALYZE' }),
  }
}

/** Does one job beside nobody: asks, and prints the columns of each row, or stages rows and writes them. Ids and terms are bytes. */
const SQLITE = `
import json, sqlite3, sys
job = json.load(sys.stdin)
connection = sqlite3.connect(sys.argv[1], timeout=60, isolation_level=None)
shown = lambda value: value.hex() if isinstance(value, bytes) else "" if value is None else str(value)
if "ask" in job:
    for row in connection.execute(job["ask"]):
        print("|".join(map(shown, row)))
else:
    connection.execute("BEGIN")
    connection.execute(job["prepare"])
    binary = job["binary"]
    def rows():
        for row in job["rows"]:
            for at in binary:
                if row[at] is not None:
                    row[at] = bytes.fromhex(row[at])
            yield row
    connection.executemany("INSERT INTO staged VALUES (" + ",".join("?" * job["width"]) + ")", rows())
    connection.execute(job["finish"])
    connection.execute("COMMIT")
`
