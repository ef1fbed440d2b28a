/**
 * When the labels of one class come: counts by the age that their cohort had, kept a cohort and added together over cohorts older than the
 * label horizon. From them the arrival curve F(age), the share of a class's labels that has come by an age.
 */
import { assert } from '../assert.ts'

/** Labels of one actual class (`positive`, `negative`; `value` for regression) by age. A label that was taken back counts −1. */
export interface ClassArrivals {
  /** labels by age bin */
  counts: Float64Array
  /** those whose prediction had a score, and the sum of these scores: what tells whether delay and score go together */
  scored: Float64Array
  scoreSums: Float64Array
  scoreSquareSum: number
}

export interface Arrivals {
  /** upper ends of the age bins, ascending, in ms, each inclusive; what is older than the last counts in the last */
  edgesMs: Float64Array
  classes: Record<string, ClassArrivals>
}

/** What came at one age. */
export interface Arrived {
  count: number
  scored: number
  scoreSum: number
  scoreSquareSum: number
}

/** F of one class. */
export interface ArrivalCurve {
  /** labels behind it */
  n: number
  edgesMs: Float64Array
  /** share that has come by each edge: ascending, the last is 1 */
  shares: Float64Array
}

/** Age bins an octave: within one F is read as a straight line. */
const binsPerOctave = 4

/** Upper ends of age bins on the grid of `stepMs` (labels are seen pane by pane), a quarter of an octave wide from the ninth on, up to `lastMs` or just beyond. */
export function ageEdges(stepMs: number, lastMs: number): Float64Array {
  assert(stepMs > 0 && Number.isFinite(lastMs), `ages need a step above 0, not ${stepMs}, and a last age, not ${lastMs}`)
  const edges: number[] = []
  for (let width = 1, at = 1; ; at += width) {
    edges.push(at * stepMs)
    if (at * stepMs >= lastMs) return Float64Array.from(edges)
    if (at >= 2 * binsPerOctave * width) width *= 2
  }
}

export const createArrivals = (edgesMs: Float64Array): Arrivals => ({ edgesMs, classes: {} })

/** Adds what came of one class at an age. */
export function addArrivals({ edgesMs, classes }: Arrivals, actualClass: string, ageMs: number, { count, scored, scoreSum, scoreSquareSum }: Arrived): void {
  const held = (classes[actualClass] ??= emptyClass(edgesMs.length))
  const bin = ageBin(edgesMs, ageMs)
  held.counts[bin] += count
  held.scored[bin] += scored
  held.scoreSums[bin] += scoreSum
  held.scoreSquareSum += scoreSquareSum
}

/** Adds `from` to `into`; false, and nothing is added, when they are on other age bins. */
export function mergeArrivals(into: Arrivals, from: Arrivals): boolean {
  if (into.edgesMs.length !== from.edgesMs.length || into.edgesMs.some((edge, i) => edge !== from.edgesMs[i])) return false
  for (const [name, arrivals] of Object.entries(from.classes)) {
    const held = (into.classes[name] ??= emptyClass(into.edgesMs.length))
    for (const sums of ['counts', 'scored', 'scoreSums'] as const) for (let i = 0; i < held[sums].length; i++) held[sums][i] += arrivals[sums][i]
    held.scoreSquareSum += arrivals.scoreSquareSum
  }
  return true
}

const emptyClass = (bins: number): ClassArrivals =>
  ({ counts: new Float64Array(bins), scored: new Float64Array(bins), scoreSums: new Float64Array(bins), scoreSquareSum: 0 })

function ageBin(edgesMs: Float64Array, ageMs: number): number {
  let [low, high] = [0, edgesMs.length - 1]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (edgesMs[middle] < ageMs) low = middle + 1
    else high = middle
  }
  return low
}

/** The curve of these labels, which should be all that their cohorts will get; null with fewer than `labelsMin`. Labels taken back never make it fall. */
export function arrivalCurve(edgesMs: Float64Array, arrivals: ClassArrivals | undefined, labelsMin = 50): ArrivalCurve | null {
  const n = arrivals === undefined ? 0 : arrivals.counts.reduce((sum, count) => sum + count, 0)
  if (arrivals === undefined || n < Math.max(1, labelsMin)) return null
  const shares = new Float64Array(edgesMs.length)
  let [come, most] = [0, 0]
  for (let bin = 0; bin < shares.length; bin++) {
    come += arrivals.counts[bin]
    most = Math.max(most, come)
    shares[bin] = Math.min(1, most / n)
  }
  return { n, edgesMs, shares }
}

/** F at an age: 0 at age 0, a straight line within a bin, 1 beyond the last. */
export function shareBy({ edgesMs, shares }: ArrivalCurve, ageMs: number): number {
  if (ageMs <= 0) return 0
  if (ageMs >= edgesMs[edgesMs.length - 1]) return 1
  const bin = ageBin(edgesMs, ageMs)
  const [from, before] = bin === 0 ? [0, 0] : [edgesMs[bin - 1], shares[bin - 1]]
  return before + ((shares[bin] - before) * (ageMs - from)) / (edgesMs[bin] - from)
}
