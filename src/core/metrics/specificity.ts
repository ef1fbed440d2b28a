import { confusionMetric } from './confusion.ts'

/** TN / (TN + FP): the share of actual negatives that were left alone; undefined without an actual negative. */
export const specificity = confusionMetric({
  name: 'specificity',
  summary: 'Share of actual negatives that were left alone.',
  better: 'higher',
  share: (_tp, fp, _fn, tn) => [tn, tn + fp],
})
