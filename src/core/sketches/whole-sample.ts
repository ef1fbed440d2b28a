/** A whole sample of one feature at once: sorted once, for its layout, its counts and its digest. */
import { digestOfSorted } from './digest.ts'
import { createNumeric, type NumericSummary } from './feature.ts'
import { finiteOf, layoutOfSorted, type LayoutOptions } from './layout.ts'
import { sortAscending } from './sort.ts'

/**
 * What `numericLayoutOf` and `addNumeric` value by value make of a sample, in a third of the time. The digest is folded once where there it is folded again and again:
 * it reads within the same error, not to the last bit.
 * @param values in any order, NaN for a missing one, ±Infinity for one that is no finite number; left alone
 */
export function numericSummaryOfSample(values: Float64Array, options: LayoutOptions = {}, compression = 100): NumericSummary {
  const finite = sortAscending(finiteOf(values))
  const { layout, rest } = layoutOfSorted(finite, options)
  const summary = createNumeric(layout, compression)
  summary.n = values.length
  summary.missing = values.reduce((count, x) => count + Number(Number.isNaN(x)), 0)
  summary.nonFinite = values.length - summary.missing - finite.length
  let below = 0
  layout.edges.forEach((edge, bin) => {
    const end = firstAtLeast(rest, edge, below)
    summary.counts[bin] = end - below
    below = end
  })
  summary.counts[layout.edges.length] = rest.length - below
  layout.atoms.forEach((atom, i) => {
    const start = firstAtLeast(finite, atom, 0)
    let end = start
    while (finite[end] === atom) end++
    summary.atomCounts[i] = end - start
  })
  summary.digest = digestOfSorted(rest, compression)
  return summary
}

/** The place of the first of ascending values that is not below x, from `low` on. */
function firstAtLeast(values: Float64Array, x: number, low: number): number {
  let high = values.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (values[middle] < x) low = middle + 1
    else high = middle
  }
  return low
}
