/** What types the values of a field have: the least that a summary must carry for a change of type to be seen. */
import type { RawValue } from './sample-measure.ts'

/** Counts, which add up when merged. */
export interface TypeCounts {
  /** values seen, missing ones included */
  n: number
  missing: number
  boolean: number
  /** numbers without a fraction, and those with one: 3.0 is whole, as a value and in every encoding that keeps no more than the value */
  whole: number
  fraction: number
  text: number
  /** of `text`, those that read as a number */
  numerals: number
}

export const createTypeCounts = (): TypeCounts => ({ n: 0, missing: 0, boolean: 0, whole: 0, fraction: 0, text: 0, numerals: 0 })

/** Counts one value; null and NaN are missing, ±Infinity is a number with nothing to say about fractions and counts as whole. */
export function countType(counts: TypeCounts, value: RawValue): void {
  counts.n += 1
  if (value === null || Number.isNaN(value)) counts.missing += 1
  else if (typeof value === 'boolean') counts.boolean += 1
  else if (typeof value === 'number') counts[Number.isFinite(value) && !Number.isInteger(value) ? 'fraction' : 'whole'] += 1
  else {
    counts.text += 1
    if (value.trim() !== '' && Number.isFinite(Number(value))) counts.numerals += 1
  }
}

export function typeCountsOf(values: readonly RawValue[]): TypeCounts {
  const counts = createTypeCounts()
  for (const value of values) countType(counts, value)
  return counts
}

/** Adds `from` to `into`, leaving `from` alone. */
export function mergeTypeCounts(into: TypeCounts, from: TypeCounts): void {
  for (const key of Object.keys(into) as (keyof TypeCounts)[]) into[key] += from[key]
}
