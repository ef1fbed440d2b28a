/** Decisions as what drift measures compare: of a binary model two categories, positive and negative; of a multiclass one a category a class. */
import type { DecisionCounts } from '../records.ts'
import { createCategorical, type CategoricalSummary } from '../sketches/feature.ts'
import type { VersionSummary } from './summary.ts'

const categories: readonly string[] = ['negative', 'positive']

/** Decisions that the fleet acted on, failed predictions aside; null where there are none, or nobody counted. */
export function decisionsOf({ decided, decidedClasses, positiveDecisions }: VersionSummary): DecisionCounts | null {
  if (decided === undefined || decided === 0) return null
  if (decidedClasses === undefined) return { n: decided, positive: positiveDecisions }
  const { names, counts } = decidedClasses
  return { n: decided, positive: 0, classes: Object.fromEntries(names.map((name, i) => [name, counts[i]] as const).filter(([, count]) => count > 0)) }
}

/** @param classes of a multiclass model: the classes with a category of their own, all others going into `other`; its own ones, by name, where none are given */
export function decisionSummary(decisions: DecisionCounts, classes: readonly string[] = classesOf(decisions)): CategoricalSummary {
  const { n, positive } = decisions
  const summary = createCategorical({ kind: 'categorical', categories: decisions.classes === undefined ? categories : classes })
  const counts = decisions.classes === undefined ? [n - positive, positive] : classes.map((name) => Object.hasOwn(decisions.classes!, name) ? decisions.classes![name] : 0)
  summary.n = n
  summary.counts.set(counts)
  summary.other = n - counts.reduce((sum, count) => sum + count, 0)
  return summary
}

/** By name. */
const classesOf = ({ classes }: DecisionCounts): string[] => Object.keys(classes ?? {}).sort()

/** What was decided on the categories of the reference: a class that it never decided is `other`. Null where one of the two is of a binary model and the other is not. */
export const comparableDecisions = (reference: DecisionCounts, decisions: DecisionCounts): CategoricalSummary | null =>
  (reference.classes === undefined) === (decisions.classes === undefined) ? decisionSummary(decisions, classesOf(reference)) : null

/** The class whose share of the decisions changed most; null where none did. */
export function mostMoved({ categories: names, counts, other, n }: CategoricalSummary, current: CategoricalSummary): string | null {
  let [most, found] = [0, null as string | null]
  const look = (name: string, share: number, now: number): void => {
    if (Math.abs(now - share) > most) [most, found] = [Math.abs(now - share), name]
  }
  names.forEach((name, i) => look(name, counts[i] / n, current.counts[i] / current.n))
  look('other', other / n, current.other / current.n)
  return found
}

/** Adds `from` to `into`; either may be nothing yet. Decisions of a binary and of a multiclass model do not add: `into` stays. */
export function addDecisions(into: DecisionCounts | null, from: DecisionCounts | null): DecisionCounts | null {
  if (into === null || from === null) return into ?? from
  const sums = { n: into.n + from.n, positive: into.positive + from.positive }
  if (into.classes === undefined && from.classes === undefined) return sums
  if (into.classes === undefined || from.classes === undefined) return into
  const classes = { ...into.classes }
  for (const [name, count] of Object.entries(from.classes)) classes[name] = (classes[name] ?? 0) + count
  return { ...sums, classes }
}
