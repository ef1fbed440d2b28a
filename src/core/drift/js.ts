import { assert } from '../assert.ts'
import { sum } from './bins.ts'
import type { Divergence } from './bin-noise.ts'
import { compareDivergence, divergenceOf, divergenceParams, rootNoise } from './divergence.ts'
import { driftMeasure } from './measure.ts'

/** Halves of p·log₂(p / mean) + q·log₂(q / mean); an empty share counts nothing. */
const jensenShannon: Divergence = {
  term(p, q) {
    if (p === q) return 0
    const mean = (p + q) / 2
    return ((p > 0 ? p * Math.log2(p / mean) : 0) + (q > 0 ? q * Math.log2(q / mean) : 0)) / 2
  },
  curvature: 1 / (8 * Math.LN2),
}

/** Jensen–Shannon distance √JSD of the shares of two samples over the same bins, in [0, 1] with logarithms to base 2; in base b it is this · √(ln 2 / ln b). Both hold something. */
export function jensenShannonFromCounts(reference: Float64Array, current: Float64Array): number {
  assert(reference.length === current.length, `the Jensen–Shannon distance compares the same bins, not ${reference.length} with ${current.length}`)
  const [nReference, n] = [sum(reference), sum(current)]
  assert(nReference > 0 && n > 0, 'the Jensen–Shannon distance needs something in both samples')
  return Math.sqrt(divergenceOf(jensenShannon, { reference, current, nReference, n, bins: reference.length }))
}

/**
 * Jensen–Shannon distance over the reference's own bins, every atom or category a bin; 0 the same, 1 nothing in common. A metric, finite without smoothing:
 * an emptied bin costs what it held and no more. For small changes JS² ≈ PSI / (8 ln 2), so that .19 stands where PSI has .2.
 * Noise floor: the pooled sample dealt out again in bins of these sizes, thin ones included.
 */
export const js = driftMeasure({
  name: 'js',
  summary: 'Jensen–Shannon distance (base 2) over the bins of the reference.',
  source: 'Lin 1991; metric by Endres & Schindelin 2003',
  params: divergenceParams(0.19),
  kinds: ['numeric', 'categorical'],
  noise: rootNoise(jensenShannon),
  compare: (reference, current, params, calibrated) => compareDivergence(jensenShannon, reference, current, params, calibrated),
})
