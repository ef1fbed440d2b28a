import { classAverage } from './class-average.ts'
import { readingParams } from './metric.ts'

/** Mean over classes of the share of its predictions that were right: a rare class weighs as much as a common one. */
export const macroPrecision = classAverage({ ratio: 'precision', weighting: 'macro', params: readingParams })
