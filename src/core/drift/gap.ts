/** The gap between two distribution functions as measures on the axis of the feature read it: winsorised, in units of the reference's own spread. */
import { presentCount } from '../sketches/feature.ts'
import type { FeatureSummary } from '../sketches/feature.ts'
import { number } from '../unit.ts'
import { addBridgeWeight, createBridgeWeights } from './bridge-noise.ts'
import type { BridgeWeights } from './bridge-noise.ts'
import { curveOf, curvePair, referenceQuantile } from './curve.ts'
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
  const curves = curvePair(curveOf(p, nReference), curveOf(q, n))
  const [ownLow, ownHigh] = [referenceQuantile(curves, Math.max(trim, Number.MIN_VALUE)), referenceQuantile(curves, 1 - trim)]
  const [low, high] = trim === 0 ? [curves.places[0], curves.places[curves.places.length - 1]] : [ownLow, ownHigh]
  const length = halfLength(low, high)
  const quartiles = halfLength(referenceQuantile(curves, 0.25), referenceQuantile(curves, 0.75))
  return { n, nReference, length, scale: quartiles > 0 ? quartiles : halfLength(ownLow, ownHigh), ...integrals(curves, low, high, length, nReference / (n + nReference)) }
}

const halfLength = (low: number, high: number): number => high / 2 - low / 2

function integrals(curves: CurvePair, low: number, high: number, length: number, weight: number): { absolute: number; square: number; bridge: BridgeWeights } {
  const { places, belowReference, upToReference, belowCurrent, upToCurrent } = curves
  const bridge = createBridgeWeights()
  let [absolute, square] = [0, 0]
  for (let i = 0; i + 1 < places.length; i++) {
    const [left, right] = [Math.max(low, places[i]), Math.min(high, places[i + 1])]
    const width = halfLength(left, right)
    if (!(width > 0)) continue
    const whole = halfLength(places[i], places[i + 1])
    const [start, end] = [halfLength(places[i], left) / whole, halfLength(places[i], right) / whole]
    const [p, q] = [[upToReference[i], belowReference[i + 1]], [upToCurrent[i], belowCurrent[i + 1]]]
    const gapAt = (t: number): number => (p[0] - q[0]) * (1 - t) + (p[1] - q[1]) * t
    const [from, to] = [gapAt(start), gapAt(end)]
    absolute += width * meanAbsolute(from, to)
    square += width * ((from * from + from * to + to * to) / 3)
    const middle = (start + end) / 2
    addBridgeWeight(bridge, weight * (p[0] * (1 - middle) + p[1] * middle) + (1 - weight) * (q[0] * (1 - middle) + q[1] * middle), width / length)
  }
  return { absolute, square, bridge }
}

/** The mean of |x| along a straight line. */
function meanAbsolute(from: number, to: number): number {
  if (from * to >= 0) return Math.abs(from + to) / 2
  return (from * from + to * to) / (2 * (Math.abs(from) + Math.abs(to)))
}

/** A quotient of lengths, held to the numbers that there are. */
export const heldRatio = (length: number, scale: number): number => Math.min(Number.MAX_VALUE, length / scale)
