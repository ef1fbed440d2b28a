import { microAverage } from './class-average.ts'

/** Precision over all classes together: with one class an outcome the share of right predictions. */
export const microPrecision = microAverage('precision')
