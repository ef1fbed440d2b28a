/** The decision rate as what drift measures compare: two categories, positive and negative. */
import type { DecisionCounts } from '../records.ts'
import { createCategorical, type CategoricalSummary } from '../sketches/feature.ts'
import type { VersionSummary } from './summary.ts'

const categories: readonly string[] = ['negative', 'positive']

/** Decisions that the fleet acted on, failed predictions aside; null where there are none, or nobody counted. */
export const decisionsOf = ({ decided, positiveDecisions }: VersionSummary): DecisionCounts | null =>
  decided === undefined || decided === 0 ? null : { n: decided, positive: positiveDecisions }

export function decisionSummary({ n, positive }: DecisionCounts): CategoricalSummary {
  const summary = createCategorical({ kind: 'categorical', categories })
  summary.n = n
  summary.counts.set([n - positive, positive])
  return summary
}

/** Adds `from` to `into`; either may be nothing yet. */
export const addDecisions = (into: DecisionCounts | null, from: DecisionCounts | null): DecisionCounts | null =>
  into === null || from === null ? into ?? from : { n: into.n + from.n, positive: into.positive + from.positive }
