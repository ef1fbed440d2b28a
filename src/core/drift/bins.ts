import type { FeatureSummary } from '../sketches/feature.ts'
import { assertComparable } from './measure.ts'

/** Counts of two samples over the same bins, and their totals. */
export interface BinnedPair {
  reference: Float64Array
  current: Float64Array
  nReference: number
  n: number
  /** bins kept */
  bins: number
}

/**
 * The bins in which either sample has something: edge bins and atoms of a numeric feature, categories and OTHER of a categorical one.
 * Missing, non-finite and unseen values are judged as shares of their own and are in none of them.
 */
export function binnedPair(reference: FeatureSummary, current: FeatureSummary): BinnedPair {
  assertComparable(reference, current)
  const [p, q] = [binsOf(reference), binsOf(current)]
  const filled = (_: number, i: number): boolean => p[i] + q[i] > 0
  const [keptReference, keptCurrent] = [Float64Array.from(p.filter(filled)), Float64Array.from(q.filter(filled))]
  return { reference: keptReference, current: keptCurrent, nReference: sum(keptReference), n: sum(keptCurrent), bins: keptReference.length }
}

/** What each bin holds of both samples. */
export const pooledOf = ({ reference, current }: BinnedPair): Float64Array => reference.map((count, b) => count + current[b])

export const binsOf = (s: FeatureSummary): number[] => s.kind === 'numeric' ? [...s.counts, ...s.atomCounts] : [...s.counts, s.other]

export const sum = (values: Float64Array): number => values.reduce((total, x) => total + x, 0)
