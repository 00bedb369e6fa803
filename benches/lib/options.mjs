// What all benchmarks understand: --base BINARY, --rounds N, --seconds S, --only NAME.

import { parseArgs } from 'node:util'
import { binary } from './platform.mjs'

/**
 * The options, with defaults for those that the benchmark knows; `names` are those that --only takes, `parts` those that --part
 * takes, and `switches` are on or off.
 */
export function options(defaults, names = [], { parts = [], switches = [] } = {}) {
  const known = { base: { type: 'string' } }
  for (const [name, value] of Object.entries(defaults)) known[name] = { type: 'string', default: String(value) }
  const choices = Object.entries({ only: names, part: parts }).filter(([, all]) => all.length)
  for (const [name] of choices) known[name] = { type: 'string' }
  for (const name of switches) known[name] = { type: 'boolean', default: false }
  const { values } = parseArgs({ options: known })
  for (const name of Object.keys(defaults)) {
    if (!(Number(values[name]) > 0)) throw new Error(`--${name} must be a number above 0, but is ${values[name]}`)
    values[name] = Number(values[name])
  }
  for (const [name, all] of choices) {
    if (values[name] && !all.includes(values[name])) throw new Error(`--${name} must be one of ${all.join(', ')}, but is ${values[name]}`)
  }
  const base = values.base ? [{ name: 'base', command: values.base }] : []
  return {
    ...values,
    only: (name) => !values.only || values.only === name,
    part: (name) => !values.part || values.part === name,
    /** The binaries under test: with --base the other one first. */
    contestants: [...base, { name: 'this', command: binary() }],
  }
}
