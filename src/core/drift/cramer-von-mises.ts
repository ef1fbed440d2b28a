import { assert } from '../assert.ts'
import { insufficient } from '../reading.ts'
import { presentCount } from '../sketches/feature.ts'
import { number } from '../unit.ts'
import { addBridgeWeight, createBridgeWeights, squareNoise } from './bridge-noise.ts'
import type { BridgeWeights } from './bridge-noise.ts'
import { cramerVonMisesPValue } from './cramer-von-mises-law.ts'
import { curveOf, curvePair } from './curve.ts'
import type { CurvePair } from './curve.ts'
import { assertNumeric, driftMeasure, verdictOf } from './measure.ts'

/**
 * T of two raw samples by Anderson's formula on midranks, and its asymptotic p, as scipy's `cramervonmises_2samp` gives them. Without ties
 * T = nm/(n + m)² · Σ (F − G)² over all values; with ties it is larger: two samples of one constant read 0.69, p = .013. Both hold at least two values, all finite.
 */
export function cramerVonMisesTest(a: Float64Array, b: Float64Array): { statistic: number; pValue: number } {
  assert(Math.min(a.length, b.length) > 1, 'a Cramér–von Mises test needs at least two values on each side')
  const [x, y] = [a.slice().sort(), b.slice().sort()]
  const [n, m] = [x.length, y.length]
  const rankSquares = n * rankExcess(x, y) + m * rankExcess(y, x)
  const statistic = rankSquares / (n * m * (n + m)) - (4 * n * m - 1) / (6 * (n + m))
  return { statistic, pValue: cramerVonMisesPValue(statistic, n, m) }
}

/** Σ (midrank in the pooled sample − rank in the own one)², both ascending. */
function rankExcess(own: Float64Array, other: Float64Array): number {
  let [total, start, below, upTo] = [0, 0, 0, 0]
  while (start < own.length) {
    let end = start
    while (end < own.length && own[end] === own[start]) end++
    while (below < other.length && other[below] < own[start]) below++
    while (upTo < other.length && other[upTo] <= own[start]) upTo++
    const midrank = start + below + (end - start + upTo - below + 1) / 2
    for (let i = start; i < end; i++) total += (midrank - (i + 1)) ** 2
    start = end
  }
  return total
}

/**
 * The root mean square of F − G over the values of both samples, each sample weighing half: like KS D in [0, 1], but of the whole curves rather than of one place.
 * Unlike T it does not change with the sizes of the samples. `statistic` is T = nm/(n + m) · ∫(F − G)² over the pooled values, and `pValue` its classical one,
 * both as if nothing were tied: with ties the floor is the one to trust. A value that both samples share counts once, so that equal samples read 0.
 * Noise floor: a χ² with the first three moments of ∫(Brownian bridge)² over the values there are, ties and atoms included, both samples redrawn.
 */
export const cramerVonMises = driftMeasure({
  name: 'cramer-von-mises',
  summary: 'Root mean square difference of two distribution functions.',
  source: 'Anderson 1962; null law Smirnov 1936, its moments by Imhof 1961',
  params: {
    alarm: number(0.06, 'root mean square difference beyond which a change matters', { min: 0, max: 1 }),
    floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
    minInstances: number(20, 'finite values that each sample must hold for a verdict', { min: 1 }),
  },
  kinds: ['numeric'],
  compare(reference, current, { alarm, floorLevel, minInstances }) {
    const [p, q] = assertNumeric(reference, current)
    const [n, nReference] = [presentCount(q), presentCount(p)]
    if (n === 0 || nReference === 0) return insufficient(n, { nReference })
    const { overReference, overCurrent, bridge } = squaresOf(curvePair(curveOf(p), curveOf(q)), nReference / (n + nReference))
    const value = Math.sqrt((overReference + overCurrent) / 2)
    const noiseFloor = Math.min(1, Math.sqrt(squareNoise(bridge, floorLevel) * (1 / n + 1 / nReference)))
    const thin = Math.min(n, nReference) < minInstances || noiseFloor >= 1
    const statistic = (n * nReference * (nReference * overReference + n * overCurrent)) / (n + nReference) ** 2
    return {
      value, n, nReference, noiseFloor, verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm),
      detail: { statistic, pValue: cramerVonMisesPValue(statistic, n, nReference) },
    }
  },
})

/** ∫(F − G)² over the values of either sample: at a step what is left after it, in between along straight lines. */
function squaresOf(curves: CurvePair, weight: number): { overReference: number; overCurrent: number; bridge: BridgeWeights } {
  const { places, belowReference, upToReference, belowCurrent, upToCurrent } = curves
  const bridge = createBridgeWeights()
  let [overReference, overCurrent] = [0, 0]
  const add = (square: number, inReference: number, inCurrent: number, share: number) => {
    overReference += square * inReference
    overCurrent += square * inCurrent
    addBridgeWeight(bridge, share, (inReference + inCurrent) / 2)
  }
  for (let i = 0; i < places.length; i++) {
    const after = upToReference[i] - upToCurrent[i]
    const share = weight * upToReference[i] + (1 - weight) * upToCurrent[i]
    add(after * after, upToReference[i] - belowReference[i], upToCurrent[i] - belowCurrent[i], share)
    if (i + 1 === places.length) break
    const next = belowReference[i + 1] - belowCurrent[i + 1]
    const nextShare = weight * belowReference[i + 1] + (1 - weight) * belowCurrent[i + 1]
    add((after * after + after * next + next * next) / 3, belowReference[i + 1] - upToReference[i], belowCurrent[i + 1] - upToCurrent[i], (share + nextShare) / 2)
  }
  return { overReference, overCurrent, bridge }
}
