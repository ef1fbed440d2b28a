import { canonicalJson, type Hash } from '../hash.ts'
import type { FeatureReference, NumericReference, Profile } from '../records.ts'

/**
 * Identity of the bins of a profile's features: names, edges, atoms and categories, nothing counted. Two profiles with one layout hash
 * give summaries that merge. 16 hex digits; `none` for a profile without features.
 */
export function layoutHash(profile: Pick<Profile, 'features'>, hash: Hash): string {
  if (Object.keys(profile.features).length === 0) return 'none'
  const bins = Object.fromEntries(Object.entries(profile.features).map(([name, reference]) => [name, binsOf(reference)]))
  return hash(canonicalJson(bins)).slice(0, 16)
}

/** Identity of the bins of a profile's score: those of its sketch and those behind ROC AUC and ECE. `none` when the profile fixes neither. */
export function scoreLayoutHash(profile: Pick<Profile, 'score' | 'scoreEdges'>, hash: Hash): string {
  if (profile.score === null && profile.scoreEdges === null) return 'none'
  return hash(canonicalJson([profile.score === null ? null : numericBins(profile.score), profile.scoreEdges])).slice(0, 16)
}

const binsOf = (reference: FeatureReference): unknown =>
  reference.kind === 'numeric' ? numericBins(reference) : { kind: reference.kind, categories: reference.categories }

const numericBins = ({ kind, edges, atoms }: NumericReference): unknown => ({ kind, edges, atoms })
