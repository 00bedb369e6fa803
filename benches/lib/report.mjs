// What a benchmark prints.

/** The value below which a share of the samples lies. */
export function percentile(samples, share) {
  const sorted = Float64Array.from(samples).sort()
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1))]
}

/** The middle one, or the mean of the middle two. */
export function median(samples) {
  const sorted = Float64Array.from(samples).sort()
  return (sorted[(sorted.length - 1) >> 1] + sorted[sorted.length >> 1]) / 2
}

/** The median of each field over several samples that have the same fields. */
export const medians = (samples) =>
  Object.fromEntries(Object.keys(samples[0]).map((field) => [field, median(samples.map((sample) => sample[field]))]))

/** The median of each field's ratio, round by round: the two ran one after the other, so that slow changes of the machine cancel. */
export const ratios = (base, own) =>
  medians(own.map((sample, at) => Object.fromEntries(Object.keys(sample).map((field) => [field, sample[field] / base[at][field]]))))

/** Those that take turns, in this round's order: each is the first as often as the other. */
export const inTurn = (runs, round) => (round % 2 ? [...runs].reverse() : runs)

/** A number with about three digits that matter; a dash where there is none. */
export function figure(value) {
  if (value === undefined || !Number.isFinite(value)) return '-'
  // No "-0.00".
  return (Math.abs(value) < 0.005 ? 0 : value).toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2)
}

/** Prints rows of a table with aligned columns. */
export function table(header, rows) {
  const cells = [header, ...rows].map((row) => row.map(String))
  const widths = header.map((_, at) => Math.max(...cells.map((row) => row[at].length)))
  for (const row of cells) console.log(row.map((cell, at) => (at ? cell.padStart(widths[at]) : cell.padEnd(widths[at]))).join('  '))
}

/** Prints whether a goal is reached. */
export function goal(text, value, reached) {
  console.log(`${reached ? 'reached' : 'MISSED '}  ${text}: ${value}`)
}
