import { assert } from '../assert.ts'
import { chiSquareTail } from '../math/chi-square.ts'
import { insufficient } from '../reading.ts'
import { choice, number } from '../unit.ts'
import { binNoiseFloor } from './bin-noise.ts'
import type { Divergence } from './bin-noise.ts'
import { binnedPair, pooledOf, sum } from './bins.ts'
import { driftMeasure, verdictOf } from './measure.ts'

export type PsiSmoothing = { kind: 'add-half' } | { kind: 'floor'; floor: number }

/**
 * Σ (q − p)·ln(q / p) over the bins given, natural logarithm; p from `reference`, q from `current`; symmetric.
 * `add-half`: p = (count + ½) / (n + B/2) over all B bins given. `floor`: p = max(count / n, floor), not renormalised, as other tools do.
 * Both samples hold something.
 */
export function psiFromCounts(reference: Float64Array, current: Float64Array, smoothing: PsiSmoothing = { kind: 'add-half' }): number {
  assert(reference.length === current.length, `PSI compares the same bins, not ${reference.length} with ${current.length}`)
  const [m, n] = [sum(reference), sum(current)]
  assert(m > 0 && n > 0, 'PSI needs something in both samples')
  const { term } = psiLaw({ smoothing: smoothing.kind, floor: smoothing.kind === 'floor' ? smoothing.floor : 0 }, { reference: m, current: n, bins: reference.length })
  let psi = 0
  for (let b = 0; b < reference.length; b++) psi += term(reference[b] / m, current[b] / n)
  return psi
}

/** One bin's (q − p)·ln(q / p) from its shares of both samples before smoothing. */
function psiLaw({ smoothing, floor }: { smoothing: PsiSmoothing['kind']; floor: number }, { reference, current, bins }: { reference: number; current: number; bins: number }): Divergence {
  const smoothed = (share: number, total: number): number => smoothing === 'floor' ? Math.max(share, floor) : (share * total + 0.5) / (total + bins / 2)
  return {
    curvature: 1,
    term(share, shareCurrent) {
      const [p, q] = [smoothed(share, reference), smoothed(shareCurrent, current)]
      return (q - p) * Math.log(q / p)
    },
  }
}

/**
 * Population stability index over the reference's own bins, every atom or category a bin.
 * Noise floor: both samples redrawn, thin bins by their own law; where every bin is thick PSI ≈ (1/n + 1/m)·χ² with B − 1 degrees of freedom (Yurdakul 2018),
 * by which `pValue` is given.
 * The practical threshold alone would not do: 0.1 is exceeded in 85 % of comparisons of 100 with 100 without drift, and half a sigma scores 0.238 for ever.
 */
export const psi = driftMeasure({
  name: 'psi',
  summary: 'Population stability index over the bins of the reference.',
  source: 'Jeffreys 1946; null law Yurdakul 2018',
  params: {
    alarm: number(0.2, 'PSI beyond which a change matters', { min: 0 }),
    floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
    smoothing: choice(['add-half', 'floor'], 'add-half', 'what an empty bin counts as'),
    floor: number(0.0001, 'least share of a bin, where smoothing is floor', { min: 1e-300, max: 0.5 }),
    minExpectedPerBin: number(10, 'values a bin must expect on average, in the smaller sample, for a verdict', { min: 1 }),
  },
  kinds: ['numeric', 'categorical'],
  noise: { of: 'bins', law: psiLaw, isRoot: false },
  compare(reference, current, { alarm, floorLevel, smoothing, floor, minExpectedPerBin }, calibrated) {
    const pair = binnedPair(reference, current)
    const { n, nReference, bins } = pair
    if (n === 0 || nReference === 0) return insufficient(n, { nReference })
    const value = psiFromCounts(pair.reference, pair.current, { kind: smoothing, floor })
    const inverseSizes = 1 / n + 1 / nReference
    const noiseFloor = calibrated?.noiseFloor ?? binNoiseFloor(psiLaw({ smoothing, floor }, { reference: nReference, current: n, bins }), pooledOf(pair), nReference, n, floorLevel)
    const thin = Math.min(n, nReference) / bins < minExpectedPerBin
    return {
      value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm),
      detail: { pValue: chiSquareTail(value / inverseSizes, bins - 1), bins, smoothing, floor: smoothing === 'floor' ? floor : null },
    }
  },
})
