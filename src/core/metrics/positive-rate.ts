import { confusionMetric } from './confusion.ts'

/** (TP + FP) / n: the share of decisions that were positive, among those whose truth is known. */
export const positiveRate = confusionMetric({
  name: 'positive-rate',
  summary: 'Share of decisions that were positive, among those whose truth is known.',
  better: 'neither',
  share: (tp, fp, fn, tn) => [tp + fp, tp + fp + fn + tn],
})
