import { classAverage } from './class-average.ts'
import { readingParams } from './metric.ts'

/** Mean over classes of the share of its truths that were found: balanced accuracy. A rare class weighs as much as a common one. */
export const macroRecall = classAverage({ ratio: 'recall', weighting: 'macro', params: readingParams })
