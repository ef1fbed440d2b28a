import { classAverage } from './class-average.ts'
import { readingParams } from './metric.ts'

/** Mean over classes of precision, each weighing its share of the truths. */
export const weightedPrecision = classAverage({ ratio: 'precision', weighting: 'weighted', params: readingParams })
