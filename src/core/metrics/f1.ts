import { confusionMetric } from './confusion.ts'

/**
 * 2 TP / (2 TP + FP + FN), the harmonic mean of precision and recall; undefined when nothing is or was called positive.
 * F1 = 2J / (1 + J) rises with Jaccard's J = TP / (TP + FP + FN), which is a proportion: J's Wilson interval is carried over, and n is its trials.
 */
export const f1 = confusionMetric({
  name: 'f1',
  summary: 'Harmonic mean of precision and recall.',
  better: 'higher',
  share: (tp, fp, fn) => [tp, tp + fp + fn],
  of: (jaccard) => (2 * jaccard) / (1 + jaccard),
})
