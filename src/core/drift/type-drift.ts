import { insufficient } from '../reading.ts'
import { typedCount, type ValueTypes } from '../sketches/value-types.ts'
import { assertComparable, driftMeasure } from './measure.ts'
import { shareParams } from './shares.ts'
import { compareTypes } from './type-change.ts'
import type { TypeCounts } from './type-counts.ts'

/**
 * `type-change` from the types that panes count: the same reading as its sibling on raw values (`type-change.ts`), which `steward try` uses. `n` counts values
 * whose type is known. `insufficient` where one side did not count types, as a table of text cannot tell a name from a boolean; `lacks` says which.
 * `numerals` is known where numbers were expected.
 */
export const typeDrift = driftMeasure({
  name: 'type-change',
  summary: 'Share of values whose type is another than in the reference.',
  source: 'total variation distance; difference of proportions, Wilson 1927',
  params: shareParams(0.01),
  kinds: ['numeric', 'categorical'],
  noise: { of: 'types' },
  compare(reference, current, params) {
    assertComparable(reference, current)
    const [before, now] = [reference.types, current.types]
    if (before === undefined || now === undefined) return insufficient(0, { nReference: 0, detail: { lacks: before === undefined ? 'reference' : 'panes' } })
    return compareTypes(countsOf(before), countsOf(now), params)
  },
})

const countsOf = (types: ValueTypes): TypeCounts => ({ ...types, n: typedCount(types), missing: 0 })
