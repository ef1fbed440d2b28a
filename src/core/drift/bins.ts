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
  let [bins, nReference, n] = [0, 0, 0]
  for (let i = 0; i < p.length; i++) {
    if (p[i] + q[i] <= 0) continue
    p[bins] = p[i]
    q[bins++] = q[i]
    nReference += p[i]
    n += q[i]
  }
  return { reference: p.subarray(0, bins), current: q.subarray(0, bins), nReference, n, bins }
}

/** What each bin holds of both samples. */
export const pooledOf = ({ reference, current }: BinnedPair): Float64Array => reference.map((count, b) => count + current[b])

/** A copy: bins and then atoms, or categories and then OTHER. */
export function binsOf(s: FeatureSummary): Float64Array {
  const more = s.kind === 'numeric' ? s.atomCounts.length : 1
  const bins = new Float64Array(s.counts.length + more)
  bins.set(s.counts)
  if (s.kind === 'numeric') bins.set(s.atomCounts, s.counts.length)
  else bins[s.counts.length] = s.other
  return bins
}

export const sum = (values: Float64Array): number => values.reduce((total, x) => total + x, 0)
