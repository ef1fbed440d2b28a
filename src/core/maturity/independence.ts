/** The check behind weights by age: within a class, whether a label comes early or late must not depend on the score. */
import { chiSquareQuantile } from '../math/chi-square.ts'
import { insufficient, type Reading } from '../reading.ts'
import type { ClassArrivals } from './arrivals.ts'

export interface IndependenceBounds {
  /** correlation ratio beyond which weights by age would mislead */
  alarm: number
  /** probability that pure noise stays below the noise floor */
  floorLevel: number
  /** labels with a score that it takes */
  labelsMin: number
}

export const independenceBounds: IndependenceBounds = { alarm: 0.2, floorLevel: 0.999, labelsMin: 100 }

/**
 * The correlation ratio η of score on age within one class, in [0, 1]: the root of the variance between age bins over the whole variance, which sees
 * any dependence of the mean score on age, not only a straight one. Noise floor: n·η² is about χ² with one degree fewer than bins in use.
 * `alarm` beyond floor and bound; `insufficient` with fewer than `labelsMin` scored labels. Scores that are all equal depend on nothing: 0.
 */
export function delayAgainstScore({ scored, scoreSums, scoreSquareSum }: ClassArrivals, { alarm, floorLevel, labelsMin }: IndependenceBounds = independenceBounds): Reading {
  const n = scored.reduce((sum, count) => sum + count, 0)
  if (n < labelsMin || scored.some((count) => count < 0)) return insufficient(Math.max(0, n))
  const total = scoreSums.reduce((sum, part) => sum + part, 0)
  const whole = Math.max(0, scoreSquareSum - (total * total) / n)
  let between = -(total * total) / n
  let bins = 0
  for (let bin = 0; bin < scored.length; bin++) {
    if (scored[bin] === 0) continue
    between += (scoreSums[bin] * scoreSums[bin]) / scored[bin]
    bins += 1
  }
  const value = whole < 1e-9 * n ? 0 : Math.sqrt(Math.min(1, Math.max(0, between) / whole))
  const noiseFloor = Math.min(1, Math.sqrt(chiSquareQuantile(floorLevel, bins - 1) / n))
  return { value, n, noiseFloor, verdict: value <= noiseFloor ? 'ok' : value > alarm ? 'alarm' : 'warning' }
}
