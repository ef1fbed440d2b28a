import { cardinality } from './cardinality.ts'
import { chi2 } from './chi2.ts'
import { cramerVonMises } from './cramer-von-mises.ts'
import { energy } from './energy.ts'
import { hellinger } from './hellinger.ts'
import { js } from './js.ts'
import { ks } from './ks.ts'
import { lInfinity } from './l-infinity.ts'
import { missing } from './missing.ts'
import { nonFinite } from './non-finite.ts'
import { outOfRange } from './out-of-range.ts'
import { psi } from './psi.ts'
import { unseen } from './unseen.ts'
import { wasserstein } from './wasserstein.ts'

/** The family of drift measures. */
export const driftMeasures = {
  psi,
  ks,
  chi2,
  missing,
  'non-finite': nonFinite,
  unseen,
  js,
  hellinger,
  'l-infinity': lInfinity,
  wasserstein,
  energy,
  'cramer-von-mises': cramerVonMises,
  'out-of-range': outOfRange,
  cardinality,
} as const
