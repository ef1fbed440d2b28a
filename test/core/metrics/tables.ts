import { createBinaryOutcomes, scoreBin, type BinaryOutcomes } from '../../../src/core/metrics/outcomes.ts'
import type { Metric } from '../../../src/core/metrics/metric.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { uniform, type Random } from '../../../src/core/random.ts'

/** Outcomes of which only the decisions are known. */
export const confusionOf = (tp: number, fp: number, fn: number, tn: number): BinaryOutcomes => ({
  ...createBinaryOutcomes([]), n: tp + fp + fn + tn, confusion: Float64Array.of(tp, fp, fn, tn),
})

/** Outcomes of which only the scores are known: rows of [score, positives, negatives] on 200 bins of equal width. */
export const scoresOf = (rows: readonly (readonly [score: number, positives: number, negatives: number])[], bins = 200): BinaryOutcomes => {
  const outcomes = createBinaryOutcomes(Float64Array.from({ length: bins - 1 }, (_, i) => (i + 1) / bins))
  for (const [score, positives, negatives] of rows) {
    const bin = scoreBin(outcomes.scoreEdges, score)
    outcomes.positives[bin] += positives
    outcomes.negatives[bin] += negatives
    outcomes.scored += positives + negatives
    outcomes.n += positives + negatives
  }
  return outcomes
}

/** n decisions drawn from four cells. */
export function drawConfusion(random: Random, n: number, shares: readonly [number, number, number, number]): BinaryOutcomes {
  const counts: [number, number, number, number] = [0, 0, 0, 0]
  for (let i = 0; i < n; i++) {
    let [cell, left] = [0, uniform(random)]
    while (cell < 3 && left >= shares[cell]) left -= shares[cell++]
    counts[cell] += 1
  }
  return confusionOf(...counts)
}

/** How often the interval of a metric holds the truth over fresh outcomes; readings without one do not count. */
export function coverageOf(metric: Metric, truth: number, draw: () => BinaryOutcomes, runs: number, given: Readonly<Record<string, unknown>> = {}): number {
  let [covered, read] = [0, 0]
  for (let run = 0; run < runs; run++) {
    const { interval } = readMetric(metric, draw(), given)
    if (interval === undefined) continue
    read += 1
    covered += Number(interval[0] <= truth && truth <= interval[1])
  }
  return covered / read
}
