import { addScored, createScoreCounts, referenceScoreEdges } from '../../src/core/estimation/score-counts.ts'
import { readMetric, type AnyOutcomes, type Metric } from '../../src/core/metrics/metric.ts'
import { addBinary, addRegression, createBinaryOutcomes, createRegressionOutcomes, mergeOutcomes, scoreEdges } from '../../src/core/metrics/outcomes.ts'
import { rowKinds } from '../../src/core/metrics/rows.ts'
import { metricUnits, type MetricRow } from '../../src/core/metrics/streaming.ts'
import { metrics, type MetricName } from '../../src/core/metrics/table.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import { resolveParams } from '../../src/core/unit.ts'
import { whenStarted, type Task } from './per-record.ts'

const records = 10_000
const random = seeded(1)
const scores = Float64Array.from({ length: records }, () => uniform(random))
const actuals = Array.from(scores, (score) => (uniform(random) < score ? 1 : 0))

const binary = createBinaryOutcomes(scoreEdges())
const regression = createRegressionOutcomes()

const add: Task = {
  name: 'add a binary outcome, 200 score bins', records,
  run() {
    for (let i = 0; i < records; i++) addBinary(binary, actuals[i], scores[i], scores[i] >= 0.5 ? 1 : 0)
  },
}

const scored = ([['of equal width', scoreEdges()], ['of equal count', referenceScoreEdges(scores, 200)]] as const).map(([form, edges]): Task => {
  const counts = createScoreCounts(edges)
  return {
    name: `count a score by decision, 200 score bins ${form}`, records,
    run() {
      for (let i = 0; i < records; i++) addScored(counts, scores[i], scores[i] >= 0.5 ? 1 : 0)
    },
  }
})

const addNumeric: Task = {
  name: 'add a regression outcome', records,
  run() {
    for (let i = 0; i < records; i++) addRegression(regression, actuals[i], scores[i])
  },
}

const merge: Task = {
  name: 'merge binary outcomes, 200 score bins', records: 100,
  run() {
    const into = createBinaryOutcomes(binary.scoreEdges)
    for (let i = 0; i < 100; i++) mergeOutcomes(into, binary)
  },
}

const binaryRows = Array.from(scores, (score, i): MetricRow => ({ y: actuals[i], score, t: i }))
const classRows = Array.from(scores, (score, i): MetricRow => ({ y: actuals[i] === 1 ? 'a' : i % 2 === 0 ? 'b' : 'c', scores: { a: score, b: (1 - score) / 2, c: (1 - score) / 2 } }))

function rowsThrough(name: MetricName, form: string, given: Record<string, unknown>, rows: readonly MetricRow[]): Task {
  const unit = metricUnits[name]
  const params = resolveParams(unit, given)
  const state = unit.init(params)
  return {
    name: `add a row to ${name}, ${form}`, records,
    run() {
      for (const row of rows) unit.update(state, row, params)
    },
  }
}

const throughUnits = [
  rowsThrough('roc-auc', 'all rows', {}, binaryRows),
  rowsThrough('roc-auc', 'a window of 1,000', { window: 'count' }, binaryRows),
  rowsThrough('roc-auc', 'faded', { window: 'faded' }, binaryRows),
  rowsThrough('macro-roc-auc', 'three classes', {}, classRows),
]

const rowsOf: Readonly<Record<Metric['needs'], readonly MetricRow[]>> = {
  binary: binaryRows, multiclass: classRows,
  regression: Array.from(scores, (score, i): MetricRow => ({ y: actuals[i], prediction: score })),
  latency: Array.from(scores, (score): MetricRow => ({ latencyMs: 5 - 20 * Math.log(score) })),
  cost: Array.from(scores, (score): MetricRow => ({ cost: score / 1_000 })),
  labelling: Array.from(scores, (score, i): MetricRow => ({ predictedAt: i, observedAt: i % 10 === 0 ? null : i + Math.round(3_600_000 * score) })),
}

/** Ten thousand rows of each kind, as a window of panes holds them. */
export const outcomes = Object.fromEntries(Object.entries(rowsOf).map(([needs, rows]) => [needs, outcomesOf(needs as Metric['needs'], rows)])) as Readonly<Record<Metric['needs'], AnyOutcomes>>

function outcomesOf(needs: Metric['needs'], rows: readonly MetricRow[]): AnyOutcomes {
  const kind = rowKinds[needs]
  const filled = kind.create({ classesMax: 20 })
  const numbers = new Float64Array(kind.width(filled))
  for (const row of rows) if (kind.encode(filled, row, numbers, 0)) kind.add(filled, numbers, 0, 1)
  return filled
}

const adds = (Object.keys(rowsOf) as Metric['needs'][]).filter((needs) => needs !== 'binary' && needs !== 'regression').map((needs): Task => {
  const into = outcomesOf(needs, rowsOf[needs])
  const kind = rowKinds[needs]
  const numbers = new Float64Array(kind.width(into))
  return {
    name: `add a row of ${needs}`, records,
    run() {
      for (const row of rowsOf[needs]) if (kind.encode(into, row, numbers, 0)) kind.add(into, numbers, 0, 1)
    },
  }
})

const reads = (Object.keys(metrics) as MetricName[]).map((unit): Task => {
  const metric = metrics[unit] as unknown as Metric
  return {
    name: `read ${unit}`, records: 10, unit,
    run() {
      for (let i = 0; i < 10; i++) readMetric(metric, outcomes[metric.needs])
    },
  }
})

export const tasks: readonly Task[] = [add, ...scored, addNumeric, ...adds, merge, ...throughUnits, ...reads]

await whenStarted(import.meta.url, tasks)
