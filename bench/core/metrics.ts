import { addScored, createScoreCounts, referenceScoreEdges } from '../../src/core/estimation/score-counts.ts'
import { readMetric } from '../../src/core/metrics/metric.ts'
import { addBinary, addRegression, createBinaryOutcomes, createRegressionOutcomes, mergeOutcomes, scoreEdges } from '../../src/core/metrics/outcomes.ts'
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

const reads = (Object.keys(metrics) as MetricName[]).filter((name) => metrics[name].needs === 'binary').map((name): Task => ({
  name: `read ${name}`, records: 10,
  run() {
    for (let i = 0; i < 10; i++) readMetric(metrics[name], binary)
  },
}))

export const tasks: readonly Task[] = [add, ...scored, addNumeric, merge, ...throughUnits, ...reads]

await whenStarted(import.meta.url, tasks)
