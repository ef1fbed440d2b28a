/** Two numeric summaries as distribution functions over common places: what the measures of order and distance are computed from. */
import { sortedCentroids } from '../sketches/digest.ts'
import { viewOf } from '../sketches/digest-view.ts'
import type { DigestView } from '../sketches/digest-view.ts'
import { presentCount } from '../sketches/feature.ts'
import type { NumericSummary } from '../sketches/feature.ts'

/**
 * The distribution function of the finite values of one summary: the digest's curve with the atoms counted exactly beside it.
 * Straight between its places; exact while the digest still holds every value.
 */
export interface Curve {
  /** where it bends or steps, strictly ascending */
  places: Float64Array
  /** shares of all finite values below each place, and up to and including it */
  below: Float64Array
  upTo: Float64Array
}

const emptyView: DigestView = { values: new Float64Array(0), valueAt: () => 0, ranksOf: () => ({ below: 0, upTo: 0 }) }

export function curveOf(s: NumericSummary): Curve {
  const total = presentCount(s)
  const view = s.digest.n === 0 ? emptyView : viewOf(sortedCentroids(s.digest), s.digest)
  const places = union(view.values, s.atoms)
  const [below, upTo] = [new Float64Array(places.length), new Float64Array(places.length)]
  let [atom, atomsBelow] = [0, 0]
  for (let i = 0; i < places.length; i++) {
    const ranks = view.ranksOf(places[i])
    below[i] = (ranks.below + atomsBelow) / total
    if (atom < s.atoms.length && s.atoms[atom] === places[i]) atomsBelow += s.atomCounts[atom++]
    upTo[i] = (ranks.upTo + atomsBelow) / total
  }
  return { places, below, upTo }
}

/** The distinct numbers of two ascending lists, ascending. */
function union(a: Float64Array, b: Float64Array): Float64Array {
  const all = new Float64Array(a.length + b.length)
  let [i, j, count] = [0, 0, 0]
  while (i < a.length || j < b.length) {
    const next = j === b.length || (i < a.length && a[i] <= b[j]) ? a[i++] : b[j++]
    if (count === 0 || all[count - 1] !== next) all[count++] = next
  }
  return all.subarray(0, count)
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
  const places = union(reference.places, current.places)
  const [p, q] = [at(places, reference), at(places, current)]
  return { places, belowReference: p.below, upToReference: p.upTo, belowCurrent: q.below, upToCurrent: q.upTo }
}

/** The shares of a curve at ascending places, its own among them. */
function at(places: Float64Array, curve: Curve): { below: Float64Array; upTo: Float64Array } {
  const [below, upTo] = [new Float64Array(places.length), new Float64Array(places.length)]
  let next = 0
  for (let i = 0; i < places.length; i++) {
    if (next < curve.places.length && curve.places[next] === places[i]) {
      below[i] = curve.below[next]
      upTo[i] = curve.upTo[next++]
    } else below[i] = upTo[i] = between(curve, next, places[i])
  }
  return { below, upTo }
}

/** The shares of a curve below x, and up to and including it. */
export function shareAt(curve: Curve, x: number): { below: number; upTo: number } {
  let next = 0
  while (next < curve.places.length && curve.places[next] < x) next++
  if (curve.places[next] === x) return { below: curve.below[next], upTo: curve.upTo[next] }
  const share = between(curve, next, x)
  return { below: share, upTo: share }
}

/** The share of a curve at x, which lies before its place `next` and after the one before that. */
function between({ places, below, upTo }: Curve, next: number, x: number): number {
  if (next === 0) return 0
  if (next === places.length) return 1
  const [from, to] = [upTo[next - 1], below[next]]
  const width = places[next] / 2 - places[next - 1] / 2
  if (from === to || width === 0) return from // neighbours among the least of numbers have the same half
  const t = (x / 2 - places[next - 1] / 2) / width
  return Math.min(to, Math.max(from, from * (1 - t) + to * t))
}

/** The least value of the reference at which its share reaches q in (0, 1]; between values of the digest in proportion. */
export function curveQuantile({ places, below, upTo }: Curve, q: number): number {
  const wanted = q * (1 - 1e-12) // k values of n are a share of k / n even where q · n falls just above k
  let next = 0
  while (next < places.length - 1 && upTo[next] < wanted) next++
  if (next === 0 || below[next] < wanted) return places[next]
  const t = (wanted - upTo[next - 1]) / (below[next] - upTo[next - 1])
  return Math.min(places[next], Math.max(places[next - 1], places[next - 1] * (1 - t) + places[next] * t))
}
