import { assert } from '../assert.ts'
import { chiSquareQuantile } from '../math/chi-square.ts'
import { normalQuantile, normalTail } from '../math/normal.ts'
import { insufficient } from '../reading.ts'
import { number } from '../unit.ts'
import { binnedPair, sum } from './bins.ts'
import { driftMeasure, verdictOf } from './measure.ts'

/** max |p − q| of the shares of two samples over the same bins, and the bin it is in; −1 when they are the same. Both samples hold something. */
export function lInfinityFromCounts(reference: Float64Array, current: Float64Array): { distance: number; bin: number } {
  assert(reference.length === current.length, `L∞ compares the same bins, not ${reference.length} with ${current.length}`)
  const [m, n] = [sum(reference), sum(current)]
  assert(m > 0 && n > 0, 'L∞ needs something in both samples')
  let [distance, bin] = [0, -1]
  for (let b = 0; b < reference.length; b++) {
    const change = Math.abs(reference[b] / m - current[b] / n)
    if (change > distance) [distance, bin] = [change, b]
  }
  return { distance, bin }
}

/**
 * The greatest change of the share of any one bin or category, which is the easiest of distances to explain: "one tenth of the rows changed category".
 * It does not add up many small changes. Noise floor: the change that any of the bins passes by chance, their chances added up (a union bound), hence slightly conservative.
 */
export const lInfinity = driftMeasure({
  name: 'l-infinity',
  summary: 'Greatest change of the share of any one category or bin.',
  source: 'Chebyshev distance; noise by a union bound (Boole) over Wilson 1927',
  params: {
    alarm: number(0.1, 'change of a share beyond which it matters, 0 to 1', { min: 0, max: 1 }),
    floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
    minInstances: number(20, 'values that each sample must hold for a verdict', { min: 1 }),
  },
  kinds: ['numeric', 'categorical'],
  compare(reference, current, { alarm, floorLevel, minInstances }) {
    const pair = binnedPair(reference, current)
    const { n, nReference, bins } = pair
    if (n === 0 || nReference === 0) return insufficient(n, { nReference })
    const { distance: value, bin } = lInfinityFromCounts(pair.reference, pair.current)
    const noiseFloor = bins < 2 ? 0 : greatestNoise(pair.reference, pair.current, floorLevel)
    const thin = Math.min(n, nReference) < minInstances
    return {
      value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm),
      detail: { share: bin < 0 ? null : pair.current[bin] / n, shareReference: bin < 0 ? null : pair.reference[bin] / nReference, bins },
    }
  },
})

/**
 * The change x that some bin passes with a chance of at most 1 − level: Σ over bins of P(|change| > x) = 1 − level, each change normal with the variance of
 * Wilson's pooled share, plus half a count of each sample. Of two bins the changes are one and the same, which counts once.
 */
function greatestNoise(reference: Float64Array, current: Float64Array, level: number): number {
  const [m, n] = [sum(reference), sum(current)]
  const z = normalQuantile((1 + level) / 2)
  const errors = Float64Array.from(reference.length === 2 ? [reference[0]] : reference, (count, b) => {
    const share = (count + current[b] + (z * z) / 2) / (m + n + z * z)
    return Math.sqrt(share * (1 - share) * (1 / m + 1 / n))
  })
  const widest = errors.reduce((a, b) => Math.max(a, b))
  return Math.min(1, widest * levelPoint(errors.map((error) => error / widest), level, z) + (1 / m + 1 / n) / 2)
}

/** The z at which Σ 2·P(Z > z / error) = 1 − level; errors are relative to the widest. By the secant on the logarithm, which is nearly straight in z². */
function levelPoint(errors: Float64Array, level: number, alone: number): number {
  const excess = (square: number): number => Math.log(errors.reduce((total, error) => total + 2 * normalTail(Math.sqrt(square) / error), 0) / (1 - level))
  let [low, high] = [alone * alone, chiSquareQuantile(1 - (1 - level) / errors.length, 1)]
  let [atLow, atHigh] = [excess(low), excess(high)]
  for (let i = 0; i < 4 && atHigh < atLow && Math.abs(atHigh) > 1e-9; i++) {
    const next = Math.max(alone * alone, high - (atHigh * (high - low)) / (atHigh - atLow))
    ;[low, atLow, high, atHigh] = [high, atHigh, next, excess(next)]
  }
  return Math.sqrt(high)
}
