import { classAverage, fParams } from './class-average.ts'

/** Mean over classes of F1 (of F with another β): a rare class weighs as much as a common one. It is not the F of macro precision and macro recall. */
export const macroF1 = classAverage({ ratio: 'f1', weighting: 'macro', params: fParams })
