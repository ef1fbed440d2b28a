/** The gap between two distribution functions as measures on the axis of the feature read it: winsorised, in units of the reference's own spread. */
import { presentCount } from '../sketches/feature.ts'
import type { FeatureSummary } from '../sketches/feature.ts'
import { number } from '../unit.ts'
import { addBridgeWeight, createBridgeWeights } from './bridge-noise.ts'
import type { BridgeWeights } from './bridge-noise.ts'
import { curveOf, curvePair, curveQuantile } from './curve.ts'
import type { CurvePair } from './curve.ts'
import { assertNumeric } from './measure.ts'

export const gapParams = (alarm: number, what: string) => ({
  alarm: number(alarm, `${what} beyond which a change matters`, { min: 0 }),
  floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
  minInstances: number(20, 'finite values that each sample must hold for a verdict', { min: 1 }),
  trim: number(0.001, 'share of the reference at either end that both samples are winsorised at; 0 for nothing', { min: 0, max: 0.25 }),
})

/** Lengths are halves of those on the axis, so that the distance of the two ends of the range of a double is still a number. */
export interface Gap {
  n: number
  nReference: number
  /** ∫|F − G| dx and ∫(F − G)² dx over the winsorised range */
  absolute: number
  square: number
  /** the range; of `trim` 0 that of both samples */
  length: number
  /** the reference's interquartile range; where that is 0 the range of the reference, winsorised; 0 when that is 0 too */
  scale: number
  /** where the range lies by share of the pooled sample: weights sum to 1 */
  bridge: BridgeWeights
}

/** Without a finite value on either side there is no length and no scale. */
export function gapOf(reference: FeatureSummary, current: FeatureSummary, trim: number): Gap {
  const [p, q] = assertNumeric(reference, current)
  const [n, nReference] = [presentCount(q), presentCount(p)]
  if (n === 0 || nReference === 0) return { n, nReference, absolute: 0, square: 0, length: 0, scale: 0, bridge: createBridgeWeights() }
  const [before, now] = [curveOf(p), curveOf(q)]
  const [ownLow, ownHigh] = [curveQuantile(before, Math.max(trim, Number.MIN_VALUE)), curveQuantile(before, 1 - trim)]
  const curves = curvePair(before, now)
  const [low, high] = trim === 0 ? [curves.places[0], curves.places[curves.places.length - 1]] : [ownLow, ownHigh]
  const length = halfLength(low, high)
  const quartiles = halfLength(curveQuantile(before, 0.25), curveQuantile(before, 0.75))
  return { n, nReference, length, scale: quartiles > 0 ? quartiles : halfLength(ownLow, ownHigh), ...integrals(curves, low, high, nReference / (n + nReference)) }
}

const halfLength = (low: number, high: number): number => high / 2 - low / 2

function integrals(curves: CurvePair, low: number, high: number, weight: number): { absolute: number; square: number; bridge: BridgeWeights } {
  const { places, belowReference, upToReference, belowCurrent, upToCurrent } = curves
  const bridge = createBridgeWeights()
  const length = halfLength(low, high)
  let [absolute, square] = [0, 0]
  for (let i = 0; i + 1 < places.length; i++) {
    const left = Math.max(low, places[i])
    const right = Math.min(high, places[i + 1])
    const width = halfLength(left, right)
    if (!(width > 0)) continue
    const whole = halfLength(places[i], places[i + 1])
    const start = halfLength(places[i], left) / whole
    const end = halfLength(places[i], right) / whole
    const gap = upToReference[i] - upToCurrent[i]
    const slope = belowReference[i + 1] - belowCurrent[i + 1] - gap
    const from = gap + slope * start
    const to = gap + slope * end
    absolute += width * meanAbsolute(from, to)
    square += width * ((from * from + from * to + to * to) / 3)
    const middle = (start + end) / 2
    const share = weight * lerp(upToReference[i], belowReference[i + 1], middle) + (1 - weight) * lerp(upToCurrent[i], belowCurrent[i + 1], middle)
    addBridgeWeight(bridge, share, width / length)
  }
  return { absolute, square, bridge }
}

const lerp = (from: number, to: number, t: number): number => from * (1 - t) + to * t

/** The mean of |x| along a straight line. */
function meanAbsolute(from: number, to: number): number {
  if (from * to >= 0) return Math.abs(from + to) / 2
  return (from * from + to * to) / (2 * (Math.abs(from) + Math.abs(to)))
}

/** A quotient of lengths, held to the numbers that there are. */
export const heldRatio = (length: number, scale: number): number => Math.min(Number.MAX_VALUE, length / scale)
