import { chi2 } from './chi2.ts'
import { ks } from './ks.ts'
import { missing } from './missing.ts'
import { nonFinite } from './non-finite.ts'
import { psi } from './psi.ts'
import { unseen } from './unseen.ts'

/** The family of drift measures. */
export const driftMeasures = { psi, ks, chi2, missing, 'non-finite': nonFinite, unseen } as const
