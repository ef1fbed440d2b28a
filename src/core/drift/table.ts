import { cardinality } from './cardinality.ts'
import { chi2 } from './chi2.ts'
import { cramerVonMises } from './cramer-von-mises.ts'
import { domainClassifier } from './domain-classifier.ts'
import { energy } from './energy.ts'
import { hellinger } from './hellinger.ts'
import { js } from './js.ts'
import { ks } from './ks.ts'
import { lInfinity } from './l-infinity.ts'
import { missing } from './missing.ts'
import { nonFinite } from './non-finite.ts'
import { outOfRange } from './out-of-range.ts'
import { psi } from './psi.ts'
import { reconstruction } from './reconstruction.ts'
import { typeChange } from './type-change.ts'
import { typeDrift } from './type-drift.ts'
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
  'type-change': typeDrift,
} as const

/** Their siblings, which compare rows of features together: a policy names them under `drift.rows`. */
export const rowMeasures = {
  reconstruction,
  'domain-classifier': domainClassifier,
} as const

/** Those that compare raw rows or values, as summaries of one feature do not hold all that they read. */
export const sampleMeasures = {
  'type-change': typeChange,
  ...rowMeasures,
} as const

/** All that `steward try drift` knows. */
export const driftUnits = { ...driftMeasures, ...sampleMeasures } as const
