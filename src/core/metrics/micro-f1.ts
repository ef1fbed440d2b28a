import { microAverage } from './class-average.ts'

/** F1 over all classes together: with one class an outcome the share of right predictions. */
export const microF1 = microAverage('f1')
