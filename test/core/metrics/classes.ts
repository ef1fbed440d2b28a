import { addMulticlass, codeOf, createMulticlassOutcomes, type MulticlassOutcomes } from '../../../src/core/metrics/class-outcomes.ts'
import { rowKinds, type MetricRow } from '../../../src/core/metrics/rows.ts'

/** Outcomes of truths and predictions, [truth, prediction, times] each. */
export function decided(rows: readonly (readonly [truth: string, prediction: string, times?: number])[], classesMax = 10): MulticlassOutcomes {
  const outcomes = createMulticlassOutcomes(classesMax)
  const scores = new Float64Array(0)
  for (const [y, predicted, times = 1] of rows) {
    const [truth, code] = [codeOf(outcomes, y), codeOf(outcomes, predicted)]
    const prediction = truth === classesMax && code === classesMax && y !== predicted ? classesMax + 1 : code
    addMulticlass(outcomes, { truth, prediction, truthScore: -1, scores, scoresAt: 0 }, times)
  }
  return outcomes
}

/** Outcomes of rows, as `steward try` would have them. */
export function classesOf(rows: readonly MetricRow[], classesMax = 10): MulticlassOutcomes {
  const kind = rowKinds.multiclass
  const outcomes = kind.create({ classesMax }) as MulticlassOutcomes
  const numbers = new Float64Array(kind.width(outcomes))
  for (const row of rows) if (kind.encode(outcomes, row, numbers, 0)) kind.add(outcomes, numbers, 0, 1)
  return outcomes
}
