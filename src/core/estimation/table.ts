import { cbpe } from './cbpe.ts'
import { cbpeMulticlass } from './cbpe-multiclass.ts'
import { dle } from './dle.ts'

/** The family of estimators of performance without labels, by name. */
export const estimators = { cbpe, 'cbpe-multiclass': cbpeMulticlass, dle }

export type EstimatorName = keyof typeof estimators
