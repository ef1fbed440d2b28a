import { classAverage } from './class-average.ts'
import { readingParams } from './metric.ts'

/** Mean over classes of recall, each weighing its share of the truths: the share of right predictions, by another way. */
export const weightedRecall = classAverage({ ratio: 'recall', weighting: 'weighted', params: readingParams })
