import { assert } from '../assert.ts'
import { chiSquareTail } from '../math/chi-square.ts'
import { insufficient } from '../reading.ts'
import { number } from '../unit.ts'
import { binNoiseFloor } from './bin-noise.ts'
import type { Divergence } from './bin-noise.ts'
import { binnedPair, pooledOf, sum } from './bins.ts'
import { driftMeasure, verdictOf } from './measure.ts'

/** Pearson's χ² of homogeneity of two samples over the same bins, without continuity correction; bins empty in both are left out. */
export function chiSquareFromCounts(reference: Float64Array, current: Float64Array): { statistic: number; df: number; pValue: number } {
  assert(reference.length === current.length, `χ² compares the same bins, not ${reference.length} with ${current.length}`)
  const [m, n] = [sum(reference), sum(current)]
  assert(m > 0 && n > 0, 'χ² needs something in both samples')
  let [statistic, bins] = [0, 0]
  for (let b = 0; b < reference.length; b++) {
    const pooled = reference[b] + current[b]
    if (pooled === 0) continue
    bins += 1
    statistic += (m * n * (reference[b] / m - current[b] / n) ** 2) / pooled
  }
  return { statistic, df: bins - 1, pValue: chiSquareTail(statistic, bins - 1) }
}

/** One bin's (p − q)² / pooled share. */
const squaredEffect = (_params: unknown, { reference, current }: { reference: number; current: number }): Divergence => ({
  curvature: 1,
  term: (p, q) => p === q ? 0 : ((p - q) ** 2 * (reference + current)) / (p * reference + q * current),
})

/**
 * How far the shares of the bins moved, as Cohen's effect size w = √(χ²·(1/n + 1/m)) = √Σ (p − q)²/pooled: 0.1 is small, 0.3 medium, 0.5 large.
 * Unlike χ² and Cramér's V it does not change with the sizes of the samples as long as the shares stay; for small changes w² ≈ PSI.
 * Noise floor: √((1/n + 1/m)·χ² quantile), both samples redrawn; thin bins by their own law.
 */
export const chi2 = driftMeasure({
  name: 'chi2',
  summary: 'Effect size of a χ² test of homogeneity over categories or bins.',
  source: 'Pearson 1900; effect size Cohen 1988',
  params: {
    alarm: number(0.3, 'effect size w beyond which a change matters', { min: 0 }),
    floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
    minExpectedPerBin: number(10, 'values a bin must expect on average, in the smaller sample, for a verdict', { min: 1 }),
  },
  kinds: ['numeric', 'categorical'],
  noise: { of: 'bins', law: squaredEffect, isRoot: true },
  compare(reference, current, { alarm, floorLevel, minExpectedPerBin }, calibrated) {
    const pair = binnedPair(reference, current)
    const { n, nReference, bins } = pair
    if (n === 0 || nReference === 0) return insufficient(n, { nReference })
    const { statistic, df, pValue } = chiSquareFromCounts(pair.reference, pair.current)
    const inverseSizes = 1 / n + 1 / nReference
    const value = Math.sqrt(statistic * inverseSizes)
    const noiseFloor = calibrated?.noiseFloor ?? Math.sqrt(binNoiseFloor(squaredEffect(null, { reference: nReference, current: n }), pooledOf(pair), nReference, n, floorLevel))
    const thin = Math.min(n, nReference) / bins < minExpectedPerBin
    return {
      value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm),
      detail: { statistic, pValue, df, bins, cramersV: Math.sqrt(statistic / (n + nReference)) },
    }
  },
})
