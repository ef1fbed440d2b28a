import { assert } from '../assert.ts'
import { presentCount } from '../sketches/feature.ts'
import { assertComparable, driftMeasure } from './measure.ts'
import { compareShares, shareParams } from './shares.ts'

/**
 * How much the share of names that the reference layout does not know rose, among values that are present. A fall reads 0.
 * The first unseen names are published, sorted.
 */
export const unseen = driftMeasure({
  name: 'unseen',
  summary: 'Rise of the share of category names that the reference does not know.',
  source: 'difference of proportions; Wilson 1927',
  params: shareParams(0.01),
  kinds: ['categorical'],
  noise: { of: 'other' },
  compare(reference, current, params) {
    assertComparable(reference, current)
    assert(reference.kind === 'categorical' && current.kind === 'categorical', 'unseen names exist for categorical summaries only')
    const names = [...current.unseenNames].sort().join(', ')
    return compareShares(
      { count: reference.unseen, of: presentCount(reference) }, { count: current.unseen, of: presentCount(current) }, 1, params, { names: names === '' ? null : names },
    )
  },
})
