/** How much of a change of distribution came at one instant. */
import type { FeatureSummary } from '../sketches/feature.ts'

/**
 * The part, of the way from the reference to what has been since an instant, that was made at that instant: 1 where nothing had moved before it, about 0 where all
 * had. Measured on the values in those bins that hold more since then than in the reference. Null where there is nothing to compare, no bin gained, or bins differ.
 * @param before the panes right before the instant; none: the reference
 * @param since the panes since, one or more
 */
export function stepPart(reference: FeatureSummary, before: readonly FeatureSummary[], since: readonly FeatureSummary[]): number | null {
  const [p, was, is] = [binsOf(reference), before.length === 0 ? binsOf(reference) : summed(before), summed(since)]
  if (was === null || is === null || p.length !== is.length || p.length !== was.length) return null
  const [all, now, then] = [total(p), total(is), total(was)]
  if (all === 0 || now === 0 || then === 0) return null
  const inGained = (counts: readonly number[]): number => counts.reduce((sum, count, i) => sum + (is[i] / now > p[i] / all ? count : 0), 0)
  const way = inGained(is) / now - inGained(p) / all
  return way > 0 ? (inGained(is) / now - inGained(was) / then) / way : null
}

/** Names beyond the categories are one bin: of a reference they are its others, of a pane what it has not seen. */
const binsOf = (summary: FeatureSummary): number[] =>
  summary.kind === 'numeric' ? [...summary.counts, ...summary.atomCounts] : [...summary.counts, summary.other + summary.unseen]

function summed(summaries: readonly FeatureSummary[]): number[] | null {
  const [first, ...rest] = summaries.map(binsOf)
  return first === undefined || rest.some(({ length }) => length !== first.length) ? null : first.map((count, i) => rest.reduce((sum, bins) => sum + bins[i], count))
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0)
