import { confusionMetric } from './confusion.ts'

/** (TP + TN) / n: the share of decisions that were right. */
export const accuracy = confusionMetric({
  name: 'accuracy',
  summary: 'Share of decisions that were right.',
  better: 'higher',
  share: (tp, fp, fn, tn) => [tp + tn, tp + fp + fn + tn],
})
