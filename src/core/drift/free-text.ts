/** Categorical features whose values hardly ever repeat: ids and free text, of which no distribution can be told. */
import { summaryOf } from '../panes/reference.ts'
import type { FeatureReference } from '../records.ts'
import { presentCount, type FeatureSummary } from '../sketches/feature.ts'

/** fewer values than this say too little of how often they repeat */
const valuesMin = 500
/** share of values outside the categories with a count of their own, and what the most frequent of those may count, as one value in so many or twice at all */
const outsideShareMin = 0.9
const oneIn = 500
/** what can still be told of it */
const tellable: readonly string[] = ['missing', 'type-change']

/**
 * Whether a reference says that its feature is an id or free text: nine tenths of at least 500 values lie outside its categories, which are its most frequent
 * ones, and none of those comes more than twice or once in 500 values. Drift measures would find every pane full of names never seen.
 */
export function isFreeText(reference: FeatureSummary): boolean {
  if (reference.kind !== 'categorical') return false
  const present = presentCount(reference)
  return present >= valuesMin && reference.other + reference.unseen >= outsideShareMin * present
    && reference.counts.every((count) => count <= Math.max(2, present / oneIn))
}

/** Features of a profile that are read as free text, by name. */
export const freeTextOf = (features: Readonly<Record<string, FeatureReference>>): string[] => Object.keys(features).sort().filter((name) => isFreeText(summaryOf(features[name])))

/** Whether a drift measure says something of it all the same. */
export const readsFreeText = (measure: string): boolean => tellable.includes(measure)
