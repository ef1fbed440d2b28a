/** How wide intervals of live metrics are, by the number of labels. */
import { normalQuantile, normalTail } from '../../src/core/math/normal.ts'
import { readMetric } from '../../src/core/metrics/metric.ts'
import { addBinary, createBinaryOutcomes, quantileScoreEdges } from '../../src/core/metrics/outcomes.ts'
import { metrics } from '../../src/core/metrics/table.ts'
import { normal, seeded, uniform, type Random } from '../../src/core/random.ts'

export const prevalences = [0.01, 0.1, 0.5] as const
export const metricNames = ['recall', 'precision', 'roc-auc'] as const
type MetricName = (typeof metricNames)[number]
/** half the width that is aimed at */
export const halfWidthWanted = 0.05

/** The model: normal scores of either class, AUC .95, cut where recall is .8. */
export const model = { auc: 0.95, recall: 0.8 }
const separation = Math.SQRT2 * normalQuantile(model.auc)
const cut = separation - normalQuantile(model.recall)

/** labels at which intervals are read, 12 a decade */
export const checkpoints: readonly number[] = Array.from({ length: 45 }, (_, i) => Math.round(30 * 10 ** (i / 12)))

export interface LabelJob {
  prevalence: number
  runs: number
  seed: number
}

export interface LabelCurve {
  prevalence: number
  metric: MetricName
  /** median over runs of half the width of the 95 % interval, by checkpoint; null where most runs had none */
  halfWidths: (number | null)[]
  /** the true value, and the share of all intervals, over runs and checkpoints, that held it */
  value: number
  held: number
}

export function labelCurves({ prevalence, runs, seed }: LabelJob): LabelCurve[] {
  const edges = quantileScoreEdges(Array.from({ length: 20_000 }, ((random) => () => drawn(random, prevalence, isPositive(random, prevalence)))(seeded(seed))))
  const read = Array.from({ length: runs }, (_, run) => oneRun(prevalence, edges, seeded(seed + 1 + run)))
  return metricNames.map((metric, m) => {
    const value = truth(metric, prevalence)
    const all = read.flatMap((points) => points[m]).filter((point) => point !== null)
    const halfWidths = checkpoints.map((_, c) => medianOf(read.map((points) => points[m][c]?.half ?? null)))
    return { prevalence, metric, halfWidths, value, held: all.filter(({ low, high }) => low <= value && value <= high).length / all.length }
  })
}

interface Point {
  low: number
  high: number
  half: number
}

function truth(metric: MetricName, prevalence: number): number {
  if (metric === 'roc-auc') return model.auc
  if (metric === 'recall') return model.recall
  const [found, wrong] = [prevalence * model.recall, (1 - prevalence) * normalTail(cut)]
  return found / (found + wrong)
}

const isPositive = (random: Random, prevalence: number): boolean => uniform(random) < prevalence

/** The chance of a positive, given where the case stands on the line that separates the classes. */
function drawn(random: Random, prevalence: number, positive: boolean): number {
  const odds = Math.exp(separation * (normal(random) + (positive ? separation : 0) - separation / 2)) * (prevalence / (1 - prevalence))
  return odds / (1 + odds)
}

/** The score at the cut. */
function thresholdAt(prevalence: number): number {
  const odds = Math.exp(separation * (cut - separation / 2)) * (prevalence / (1 - prevalence))
  return odds / (1 + odds)
}

/** Readings by metric and checkpoint, as labels come in. */
function oneRun(prevalence: number, edges: Float64Array, random: Random): (Point | null)[][] {
  const outcomes = createBinaryOutcomes(edges)
  const threshold = thresholdAt(prevalence)
  const points: (Point | null)[][] = metricNames.map(() => [])
  for (const labels of checkpoints) {
    while (outcomes.n < labels) {
      const positive = isPositive(random, prevalence)
      const score = drawn(random, prevalence, positive)
      addBinary(outcomes, positive ? 1 : 0, score, score >= threshold ? 1 : 0)
    }
    metricNames.forEach((name, m) => {
      const { value, interval } = readMetric(metrics[name], outcomes)
      points[m].push(value === null || interval === undefined ? null : { low: interval[0], high: interval[1], half: (interval[1] - interval[0]) / 2 })
    })
  }
  return points
}

function medianOf(values: readonly (number | null)[]): number | null {
  const held = values.filter((value) => value !== null).sort((a, b) => a - b)
  return held.length * 2 <= values.length ? null : held[Math.floor(held.length / 2)]
}

/** The least number of labels from which half the width stays within what is wanted, between checkpoints by the line through their logarithms; null beyond the last. */
export function labelsFor(halfWidths: readonly (number | null)[], wanted: number): number | null {
  let last = halfWidths.length - 1
  while (last >= 0 && (halfWidths[last] ?? Infinity) <= wanted) last -= 1
  if (last === halfWidths.length - 1) return null
  if (last < 0) return checkpoints[0]
  const [above, below] = [halfWidths[last], halfWidths[last + 1]!]
  if (above === null) return checkpoints[last + 1]
  const share = Math.log(above / wanted) / Math.log(above / below)
  return checkpoints[last] * (checkpoints[last + 1] / checkpoints[last]) ** share
}
