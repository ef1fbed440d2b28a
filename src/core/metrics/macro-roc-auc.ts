import { insufficient } from '../reading.ts'
import type { MulticlassOutcomes } from './class-outcomes.ts'
import { byClassParams, type MulticlassMetric, type ReadingParams, type TabledReading } from './metric.ts'
import { concordanceOf, aucReading } from './roc-auc.ts'

/**
 * Mean over classes of the ROC AUC of the class's own probability against all other outcomes, each class weighing the same. A class with fewer than `nMin`
 * outcomes in it or outside it takes no part (`detail.classesUndefined`); OTHER has no probability of its own and counts as outside of every class.
 * Each AUC is read from 200 score bins and at most its `bound` from the exact one; `detail.bound` is their mean. The interval is the mean of the classes' own: the
 * standard error of a mean is at most the mean of the standard errors, however the classes depend on each other, so it is conservative. `rows` has each class.
 */
export const macroRocAuc: MulticlassMetric<typeof byClassParams> = {
  name: 'macro-roc-auc',
  summary: 'Mean over classes of the one-vs-rest ROC AUC, with the AUC of each.',
  source: 'Hand & Till 2001; interval Newcombe 2006, method 5',
  needs: 'multiclass',
  reads: 'score',
  better: 'higher',
  range: [0, 1],
  params: byClassParams,
  read(outcomes, params) {
    const all = byClass(outcomes, params)
    const taken = all.filter(({ value }) => value !== null)
    const mean = (of: (one: Row) => number): number => taken.reduce((sum, one) => sum + of(one), 0) / taken.length
    const detail = { classes: taken.length, classesUndefined: all.length - taken.length, bound: taken.length === 0 ? null : mean(({ bound }) => bound!) }
    if (taken.length === 0) return { ...insufficient(outcomes.scored), detail }
    const interval = [mean(({ low }) => low!), mean(({ high }) => high!)] as const
    return { value: mean(({ value }) => value!), n: outcomes.scored, interval, verdict: 'ok', detail, rows: all.map((row) => ({ ...row })) }
  },
}

interface Row {
  class: string
  value: number | null
  n: number
  low: number | null
  high: number | null
  bound: number | null
}

function byClass({ classes, positives, negatives, scored }: MulticlassOutcomes, params: ReadingParams): Row[] {
  const rows = classes.map((name, code): Row => {
    if (code >= positives.length) return { class: name, value: null, n: 0, low: null, high: null, bound: null } // met where there were no probabilities
    const { concordant, tied, counts } = concordanceOf(positives[code], negatives[code])
    const { value, interval, detail }: TabledReading = aucReading(concordant, tied / 2, counts, scored, params)
    return { class: name, value, n: counts.positives, low: interval?.[0] ?? null, high: interval?.[1] ?? null, bound: detail!.bound as number | null }
  })
  return rows.sort((a, b) => (a.class < b.class ? -1 : 1))
}
