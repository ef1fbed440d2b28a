import { microAverage } from './class-average.ts'

/** Recall over all classes together: with one class an outcome the share of right predictions. */
export const microRecall = microAverage('recall')
