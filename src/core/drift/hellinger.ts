import { assert } from '../assert.ts'
import { sum } from './bins.ts'
import type { Divergence } from './bin-noise.ts'
import { compareDivergence, divergenceOf, divergenceParams, rootNoise } from './divergence.ts'
import { driftMeasure } from './measure.ts'

/** ½(√p − √q)², which sums to 1 − Σ√(pq) without its cancellation. */
const squaredHellinger: Divergence = { term: (p, q) => (Math.sqrt(p) - Math.sqrt(q)) ** 2 / 2, curvature: 1 / 8 }

/** √(1 − Σ√(pq)) of the shares of two samples over the same bins, in [0, 1]. Both hold something. */
export function hellingerFromCounts(reference: Float64Array, current: Float64Array): number {
  assert(reference.length === current.length, `the Hellinger distance compares the same bins, not ${reference.length} with ${current.length}`)
  const [nReference, n] = [sum(reference), sum(current)]
  assert(nReference > 0 && n > 0, 'the Hellinger distance needs something in both samples')
  return Math.sqrt(divergenceOf(squaredHellinger, { reference, current, nReference, n, bins: reference.length }))
}

/**
 * Hellinger distance over the reference's own bins, every atom or category a bin; 0 the same, 1 nothing in common. Finite without smoothing.
 * For small changes H² ≈ PSI / 8, so that .16 stands where PSI has .2; it weighs rare bins more than the Jensen–Shannon distance does.
 * Noise floor: the pooled sample dealt out again in bins of these sizes, thin ones included.
 */
export const hellinger = driftMeasure({
  name: 'hellinger',
  summary: 'Hellinger distance over the bins of the reference.',
  source: 'Hellinger 1909',
  params: divergenceParams(0.16),
  kinds: ['numeric', 'categorical'],
  noise: rootNoise(squaredHellinger),
  compare: (reference, current, params, calibrated) => compareDivergence(squaredHellinger, reference, current, params, calibrated),
})
