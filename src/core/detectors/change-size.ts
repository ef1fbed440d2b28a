/** How large the changes of a stream were that detectors are held against: the law of the values between two change points, and how far each is from the last. */
import { errorDivergence } from './evaluate.ts'

/** Sums over one stretch between change points. */
interface Stretch {
  n: number
  mean: number
  m2: number
}

export interface ChangeSizes {
  changePoints: readonly number[]
  /** one before each change point, and one after the last */
  stretches: Stretch[]
  /** index into `stretches` of the last value */
  current: number
  /** values seen */
  n: number
  /** whether each was 0 or 1 */
  areErrors: boolean
}

/** The laws on both sides of one change. */
export interface ChangeSize {
  /** means of the values from the change point before it up to it, and from it up to the next; null without values */
  before: number | null
  after: number | null
  /** Kullback–Leibler divergence of the law after from the law before, in nats a value; null where either is unknown or it has no bound */
  divergence: number | null
}

export const startChangeSizes = (changePoints: readonly number[]): ChangeSizes =>
  ({ changePoints, stretches: Array.from({ length: changePoints.length + 1 }, () => ({ n: 0, mean: 0, m2: 0 })), current: 0, n: 0, areErrors: true })

/** Adds the next value of the stream, which is finite. */
export function addToChangeSizes(sizes: ChangeSizes, value: number): void {
  while (sizes.current < sizes.changePoints.length && sizes.changePoints[sizes.current] <= sizes.n) sizes.current += 1
  const stretch = sizes.stretches[sizes.current]
  const delta = value - stretch.mean
  stretch.n += 1
  stretch.mean += delta / stretch.n
  stretch.m2 += delta * (value - stretch.mean)
  sizes.n += 1
  if (value !== 0 && value !== 1) sizes.areErrors = false
}

/**
 * The size of each change. Errors (every value 0 or 1) are held to be Bernoulli, any other values normal, with the mean and variance of their stretch;
 * a rate takes half an error and half a success more, as one of 0 would make every change endless. A stretch counts whole: where a model recovered within it, its mean lies between, the divergence is too small and the bound of the delay too kind.
 */
export function changeSizesOf({ stretches, areErrors }: ChangeSizes): ChangeSize[] {
  return stretches.slice(1).map((after, i) => {
    const before = stretches[i]
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
