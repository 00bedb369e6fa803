// The same data in every run: chance from a seed, and ids from what they count.

/** A source of numbers from 0 up to 1 (mulberry32). */
export function chance(seed) {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  /** A whole number below a limit. */
  next.below = (limit) => Math.floor(next() * limit)
  next.of = (all) => all[next.below(all.length)]
  /** Different ones of a list, at most all of it. */
  next.some = (all, count) => {
    const rest = [...all]
    return Array.from({ length: Math.min(count, rest.length) }, () => rest.splice(next.below(rest.length), 1)[0])
  }
  return next
}

const KINDS = ['user', 'role', 'role_permission', 'user_role', 'user_permission']

/** The id of a thing of some kind that was made at a moment (a UUID of version 7), as 32 hexadecimal digits. */
export const idOf = (kind, number, at) =>
  `${at.toString(16).padStart(12, '0')}7${KINDS.indexOf(kind).toString(16).padStart(3, '0')}8000${number.toString(16).padStart(12, '0')}`

/** Such an id as it stands in addresses and answers. */
export const dashed = (id) => id.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** A moment as both databases take it, to the microsecond. */
export const moment = (at) => new Date(at).toISOString().replace('Z', '000Z')
