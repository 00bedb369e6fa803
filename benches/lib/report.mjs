// What a benchmark prints.

/** The value below which a share of the samples lies. */
export function percentile(samples, share) {
  const sorted = Float64Array.from(samples).sort()
  return sorted[Math.max(0, Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1))]
}

export const median = (samples) => percentile(samples, 0.5)

/** The median of each field over several samples that have the same fields. */
export const medians = (samples) =>
  Object.fromEntries(Object.keys(samples[0]).map((field) => [field, median(samples.map((sample) => sample[field]))]))

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
