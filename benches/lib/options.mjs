// What all benchmarks understand: --base BINARY, --rounds N, --seconds S, --only NAME.

import { parseArgs } from 'node:util'
import { binary } from './platform.mjs'

/** The options, with defaults for those that the benchmark knows; `names` are those that --only takes. */
export function options(defaults, names = []) {
  const known = { base: { type: 'string' } }
  for (const [name, value] of Object.entries(defaults)) known[name] = { type: 'string', default: String(value) }
  if (names.length) known.only = { type: 'string' }
  const { values } = parseArgs({ options: known })
  for (const name of Object.keys(defaults)) {
    if (!(Number(values[name]) > 0)) throw new Error(`--${name} must be a number above 0, but is ${values[name]}`)
    values[name] = Number(values[name])
  }
  if (values.only && !names.includes(values.only)) throw new Error(`--only must be one of ${names.join(', ')}, but is ${values.only}`)
  const base = values.base ? [{ name: 'base', command: values.base }] : []
  return {
    ...values,
    only: (name) => !values.only || values.only === name,
    /** The binaries under test: with --base the other one first. */
    contestants: [...base, { name: 'this', command: binary() }],
  }
}
