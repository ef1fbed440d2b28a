import { classAverage, fParams } from './class-average.ts'

/** Mean over classes of F1 (of F with another β), each weighing its share of the truths. */
export const weightedF1 = classAverage({ ratio: 'f1', weighting: 'weighted', params: fParams })
