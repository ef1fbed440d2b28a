/** Measures a version on a test set, by the same metrics that the program reads live. */
import { addBinary, createBinaryOutcomes, scoreEdges, type BinaryOutcomes } from '../../src/core/metrics/outcomes.ts'
import { readMetric } from '../../src/core/metrics/metric.ts'
import { metrics } from '../../src/core/metrics/table.ts'
import type { Reading } from '../../src/core/reading.ts'
import type { Evaluation } from '../../src/core/records.ts'
import type { ServableModel } from '../../src/main/demo/participants.ts'
import { costPerThousand, latencyP99Ms } from '../serving-fleet/latency.ts'
import type { LabelledRow } from './rows.ts'

/** Fine enough that binning costs ROC AUC nothing that matters. */
const edges = scoreEdges(1000)
/** z of the two-sided 95 % intervals that readings carry. */
const z = 1.959963984540054

export function evaluate(model: ServableModel, rows: readonly LabelledRow[], testSetId: string): Evaluation {
  const readings = readingsOf(model, rows)
  const groups = new Map<string, LabelledRow[]>()
  for (const row of rows) {
    for (const [name, value] of Object.entries(row.segments)) {
      const group = `${name}=${value}`
      groups.set(group, [...(groups.get(group) ?? []), row])
    }
  }
  return {
    testSetId, n: rows.length, metrics: valuesOf(readings), standardErrors: errorsOf(readings),
    subgroups: Object.fromEntries([...groups].map(([group, members]) => [group, valuesOf(readingsOf(model, members))])),
    latencyMsP99: latencyP99Ms(model.operations), costPerThousand: costPerThousand(model.operations),
  }
}

function readingsOf(model: ServableModel, rows: readonly LabelledRow[]): Record<string, Reading> {
  const outcomes: BinaryOutcomes = createBinaryOutcomes(edges)
  for (const row of rows) {
    const score = model.score(row)
    addBinary(outcomes, row.y, score, score >= model.threshold ? 1 : 0)
  }
  const binary = Object.values(metrics).filter(({ needs }) => needs === 'binary')
  return Object.fromEntries(binary.map((metric) => [metric.name, readMetric(metric, outcomes)]))
}

/** What the rows do not support is left out. */
const valuesOf = (readings: Readonly<Record<string, Reading>>): Record<string, number> =>
  Object.fromEntries(Object.entries(readings).flatMap(([name, { value }]) => (value === null ? [] : [[name, value]])))

const errorsOf = (readings: Readonly<Record<string, Reading>>): Record<string, number> =>
  Object.fromEntries(Object.entries(readings).flatMap(([name, { value, interval }]) => (value === null || interval === undefined ? [] : [[name, (interval[1] - interval[0]) / (2 * z)]])))
