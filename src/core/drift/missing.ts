import { assertComparable, driftMeasure } from './measure.ts'
import { compareShares, shareParams } from './shares.ts'

/** How much the share of missing values changed, up or down; `n` counts records. Noise floor from both samples' errors. */
export const missing = driftMeasure({
  name: 'missing',
  summary: 'Change of the share of missing values.',
  source: 'difference of proportions; Wilson 1927',
  params: shareParams(0.05),
  kinds: ['numeric', 'categorical'],
  noise: { of: 'missing' },
  compare(reference, current, params) {
    assertComparable(reference, current)
    return compareShares({ count: reference.missing, of: reference.n }, { count: current.missing, of: current.n }, 2, params)
  },
})
