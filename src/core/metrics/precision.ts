import { confusionMetric } from './confusion.ts'

/** TP / (TP + FP): the share of positive decisions that were right; undefined without a positive decision. */
export const precision = confusionMetric({
  name: 'precision',
  summary: 'Share of positive decisions that were right.',
  better: 'higher',
  share: (tp, fp) => [tp, tp + fp],
})
