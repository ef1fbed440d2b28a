/** Two numeric summaries as distribution functions over common places: what the measures of order and distance are computed from. */
import { sortedCentroids } from '../sketches/digest.ts'
import { viewOf } from '../sketches/digest-view.ts'
import type { DigestView } from '../sketches/digest-view.ts'
import { presentCount } from '../sketches/feature.ts'
import type { NumericSummary } from '../sketches/feature.ts'

/** The distribution function of the finite values of one summary: the digest's curve with the atoms counted exactly beside it. */
export interface Curve {
  /** places where it may bend or step; not in order */
  places: readonly number[]
  /** shares of all finite values below x, and up to and including x */
  shares(x: number): { below: number; upTo: number }
}

/** Exact while the digest still holds every value. */
export function curveOf(s: NumericSummary, total = presentCount(s)): Curve {
  const view: DigestView = s.digest.n === 0
    ? { values: new Float64Array(0), valueAt: () => 0, ranksOf: () => ({ below: 0, upTo: 0 }) }
    : viewOf(sortedCentroids(s.digest), s.digest)
  return {
    places: [...view.values, ...s.atoms],
    shares(x) {
      const ranks = view.ranksOf(x)
      let [below, upTo] = [ranks.below, ranks.upTo]
      for (let i = 0; i < s.atoms.length && s.atoms[i] <= x; i++) {
        upTo += s.atomCounts[i]
        if (s.atoms[i] < x) below += s.atomCounts[i]
      }
      return { below: below / total, upTo: upTo / total }
    },
  }
}

/** Both curves at every place where either bends or steps; straight in between. */
export interface CurvePair {
  /** strictly ascending */
  places: Float64Array
  belowReference: Float64Array
  upToReference: Float64Array
  belowCurrent: Float64Array
  upToCurrent: Float64Array
}

export function curvePair(reference: Curve, current: Curve): CurvePair {
  const places = Float64Array.from([...reference.places, ...current.places]).sort().filter((x, i, all) => i === 0 || x !== all[i - 1])
  const [p, q] = [sharesAt(reference, places), sharesAt(current, places)]
  return { places, belowReference: p.below, upToReference: p.upTo, belowCurrent: q.below, upToCurrent: q.upTo }
}

function sharesAt(curve: Curve, places: Float64Array): { below: Float64Array; upTo: Float64Array } {
  const [below, upTo] = [new Float64Array(places.length), new Float64Array(places.length)]
  for (let i = 0; i < places.length; i++) {
    const shares = curve.shares(places[i])
    below[i] = shares.below
    upTo[i] = shares.upTo
  }
  return { below, upTo }
}

/** The least value of the reference at which its share reaches q in (0, 1]; between values of the digest in proportion. */
export function referenceQuantile({ places, belowReference, upToReference }: CurvePair, q: number): number {
  const wanted = q * (1 - 1e-12) // k values of n are a share of k / n even where q · n falls just above k
  let at = 0
  while (at < places.length - 1 && upToReference[at] < wanted) at++
  if (at === 0 || belowReference[at] < wanted) return places[at]
  const t = (wanted - upToReference[at - 1]) / (belowReference[at] - upToReference[at - 1])
  return Math.min(places[at], Math.max(places[at - 1], places[at - 1] * (1 - t) + places[at] * t))
}
