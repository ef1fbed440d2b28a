/** Worlds whose truth is known: what the tests of estimators draw from. */
import { normal, seeded, uniform, type Random } from '../../../src/core/random.ts'
import type { Reading } from '../../../src/core/reading.ts'

export const logistic = (z: number): number => 1 / (1 + Math.exp(-z))

export interface BinaryWorld {
  /** score shown for a probability */
  warp?: (probability: number) => number
  /** probability of a positive at x */
  probability?: (x: number) => number
  /** mean of x */
  mean?: number
}
export interface BinaryDraw {
  score: number
  decision: 0 | 1
  y: 0 | 1
}

const trained = (x: number): number => logistic(1.5 * x - 1)

/** x is normal with variance 1; the model's score is what it was trained on, P(y | x) at `trained`, warped; the truth follows `probability`. */
export function binaryRows(random: Random, n: number, { warp = (p) => p, probability = trained, mean = 0 }: BinaryWorld = {}): BinaryDraw[] {
  return Array.from({ length: n }, () => {
    const x = mean + normal(random)
    const score = warp(trained(x))
    return { score, decision: score >= 0.5 ? 1 : 0, y: uniform(random) < probability(x) ? 1 : 0 }
  })
}

/** Whether the value lies in the reading's interval. */
export const holds = ({ interval }: Reading, value: number): boolean => interval !== undefined && interval[0] <= value && value <= interval[1]

/** How often `run` is true over seeds. */
export function share(runs: number, run: (random: Random, seed: number) => boolean): number {
  let hits = 0
  for (let seed = 1; seed <= runs; seed++) if (run(seeded(seed * 7919), seed)) hits++
  return hits / runs
}
