import { assertNumeric, driftMeasure } from './measure.ts'
import { compareShares, shareParams } from './shares.ts'

/** How much the share of values that are no finite number rose; `n` counts records. A fall is no fault and reads 0. */
export const nonFinite = driftMeasure({
  name: 'non-finite',
  summary: 'Rise of the share of values that are NaN, infinite or no number at all.',
  source: 'difference of proportions; Wilson 1927',
  params: shareParams(0.01),
  kinds: ['numeric'],
  noise: { of: 'other' },
  compare(reference, current, params) {
    const [p, q] = assertNumeric(reference, current)
    return compareShares({ count: p.nonFinite, of: p.n }, { count: q.nonFinite, of: q.n }, 1, params)
  },
})
