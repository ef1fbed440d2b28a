import { rightShare } from './class-average.ts'
import { confusionMetric } from './confusion.ts'
import type { BinaryMetric } from './metric.ts'

/** (TP + TN) / n: the share of decisions that were right, of two classes or of several. */
export const accuracy: BinaryMetric = {
  ...confusionMetric({
    name: 'accuracy',
    summary: 'Share of decisions that were right.',
    better: 'higher',
    share: (tp, fp, fn, tn) => [tp + tn, tp + fp + fn + tn],
  }),
  readClasses: rightShare,
}
