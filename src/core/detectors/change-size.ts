/** How large the changes of a stream were that detectors are held against: the law of the values between two change points, and how far each is from the last. */
import { errorDivergence } from './evaluate.ts'

/** values after a change that its size is taken from at least, where it was found sooner */
const SEEN_MIN = 200

interface Stretch {
  n: number
  mean: number
  m2: number
}

export interface ChangeSizes {
  changePoints: readonly number[]
  /** of the values up to each change point from the one before */
  before: Stretch[]
  /** of the values from each change point up to the first alarm after it; of SEEN_MIN at least; up to the next change where there was none */
  after: Stretch[]
  /** whether each change was found */
  found: boolean[]
  /** change points passed */
  current: number
  /** values seen */
  n: number
  /** whether each was 0 or 1 */
  areErrors: boolean
}

/** The laws on both sides of one change. */
export interface ChangeSize {
  /** means of the values from the change point before it up to it, and from it until it was found; null without values */
  before: number | null
  after: number | null
  /** Kullback–Leibler divergence of the law after from the law before, in nats a value; null where either is unknown or it has no bound */
  divergence: number | null
}

export const startChangeSizes = (changePoints: readonly number[]): ChangeSizes => ({
  changePoints, before: changePoints.map(emptyStretch), after: changePoints.map(emptyStretch), found: changePoints.map(() => false), current: 0, n: 0, areErrors: true,
})

const emptyStretch = (): Stretch => ({ n: 0, mean: 0, m2: 0 })

/** Adds the next value of the stream, which is finite; `alarmed` says whether the detector raised an alarm at it. */
export function addToChangeSizes(sizes: ChangeSizes, value: number, alarmed: boolean): void {
  const { changePoints, before, after, found } = sizes
  while (sizes.current < changePoints.length && changePoints[sizes.current] <= sizes.n) sizes.current += 1
  if (sizes.current < changePoints.length) addTo(before[sizes.current], value)
  const last = sizes.current - 1
  if (last >= 0) {
    if (!found[last] || after[last].n < SEEN_MIN) addTo(after[last], value)
    found[last] ||= alarmed
  }
  sizes.n += 1
  if (value !== 0 && value !== 1) sizes.areErrors = false
}

function addTo(stretch: Stretch, value: number): void {
  const delta = value - stretch.mean
  stretch.n += 1
  stretch.mean += delta / stretch.n
  stretch.m2 += delta * (value - stretch.mean)
}

/**
 * The size of each change. Errors (every value 0 or 1) are held to be Bernoulli, any other values normal, with the mean and variance of their stretch; a rate
 * takes half an error and half a success more, as one of 0 would make every change endless. What follows an alarm is no part of the change, since a model that
 * is replaced or goes on learning recovers; where the change was missed and the model recovered, its mean lies between and the bound of the delay is too kind.
 */
export function changeSizesOf({ before: allBefore, after: allAfter, areErrors }: ChangeSizes): ChangeSize[] {
  return allBefore.map((before, i) => {
    const after = allAfter[i]
    const meanOf = ({ n, mean }: Stretch): number | null => (n === 0 ? null : mean)
    if (before.n === 0 || after.n === 0) return { before: meanOf(before), after: meanOf(after), divergence: null }
    const divergence = areErrors ? errorDivergence(errorRate(before), errorRate(after)) : normalDivergence(before, after)
    return { before: before.mean, after: after.mean, divergence: Number.isFinite(divergence) ? divergence : null }
  })
}

const errorRate = ({ n, mean }: Stretch): number => (n * mean + 0.5) / (n + 1)

/** Of the normal law with the mean and variance of `after` from that of `before`: ½((m₁ − m₀)²/v₀ + v₁/v₀ − 1 − ln(v₁/v₀)). */
function normalDivergence(before: Stretch, after: Stretch): number {
  const [v0, v1] = [before.m2 / before.n, after.m2 / after.n]
  return ((after.mean - before.mean) ** 2 / v0 + v1 / v0 - 1 - Math.log(v1 / v0)) / 2
}
