import { confusionMetric } from './confusion.ts'

/** TP / (TP + FN): the share of actual positives that were found; undefined without an actual positive. */
export const recall = confusionMetric({
  name: 'recall',
  summary: 'Share of actual positives that were found.',
  better: 'higher',
  share: (tp, _fp, fn) => [tp, tp + fn],
})
