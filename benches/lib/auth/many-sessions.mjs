// A table with very many sessions, each with its refresh token, as copies of one that is real: whatever columns there are,
// all are filled. Ids are new, and so are people: ten sessions each.

/** How many rows are written at once: ORION runs meanwhile. */
const BATCH = 100_000

/** `run` asks the database of ORION's auth; gives lines. */
export function manySessions(run, isPostgres, count) {
  const columns = (table) => {
    const sql = isPostgres
      ? `SELECT quote_ident(column_name) FROM information_schema.columns WHERE table_schema = current_schema() AND table_name = '${table}' ORDER BY ordinal_position`
      : `SELECT '"' || name || '"' FROM pragma_table_info('${table}')`
    return run(sql).trim().split('\n')
  }
  const copy = (table, made, from, to) => {
    const all = columns(table)
    const values = all.map((column) => made[column.replaceAll('"', '')] ?? `real.${column}`)
    return `INSERT INTO ${table} (${all}) SELECT ${values} FROM (SELECT * FROM ${table} WHERE ${REAL[table]} LIMIT 1) AS real, ${numbers(from, to)}`
  }
  const { id, hash, numbers } = isPostgres ? POSTGRES : SQLITE
  for (let from = 0; from < count; from += BATCH) {
    const to = Math.min(from + BATCH, count) - 1
    run(copy('sessions', { id: id('session', 'number'), user_id: id('user', 'number / 10') }, from, to))
    const token = { id: id('token', 'number'), session_id: id('session', 'number'), user_id: id('user', 'number / 10'), token_hash: hash('number') }
    run(copy('auth_tokens', token, from, to))
  }
  // As it is on a platform that has been running for a while.
  run('ANALYZE')
  if (isPostgres) run('CHECKPOINT')
}

const REAL = { sessions: 'ended_at IS NULL', auth_tokens: "type = 'refresh'" }

/** Ids from a kind and a number, the same for the session and its token: a kind's digit, then the number scattered over the range. */
const KINDS = { session: 1, user: 2, token: 3 }
const scattered = (number) => `((${number}) * 2654435761) % 4294967296`

const POSTGRES = {
  id: (kind, number) => `(md5('${kind}' || (${number})))::uuid`,
  hash: (number) => `md5('hash' || ${number}) || md5('more' || ${number})`,
  numbers: (from, to) => `generate_series(${from}, ${to}) AS series(number)`,
}

const SQLITE = {
  id: (kind, number) => `unhex(printf('%08x%04x7000800000%010x', ${scattered(number)}, ${KINDS[kind]}, ${number}))`,
  hash: (number) => `printf('%08x%056x', ${scattered(number)}, ${number})`,
  numbers: (from, to) => `(WITH RECURSIVE series(number) AS (SELECT ${from} UNION ALL SELECT number + 1 FROM series WHERE number < ${to}) SELECT number FROM series)`,
}
