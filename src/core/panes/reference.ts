/** A profile's references ⇄ the summaries that drift measures compare. */
import type { CategoricalReference, FeatureReference, NumericReference } from '../records.ts'
import { digestCentroids, digestFromCentroids } from '../sketches/digest.ts'
import type { CategoricalSummary, FeatureSummary, NumericSummary } from '../sketches/feature.ts'
import type { ValueTypes } from '../sketches/value-types.ts'

/** The summary of the sample behind a reference; an empty one for a reference that fixes only the layout. */
export const summaryOf = (reference: FeatureReference): FeatureSummary =>
  reference.kind === 'numeric' ? numericSummaryOf(reference) : categoricalSummaryOf(reference)

export function numericSummaryOf({ n, missing, nonFinite, edges, counts, atoms, atomCounts, digest, types }: NumericReference): NumericSummary {
  return {
    kind: 'numeric', n, missing, nonFinite,
    edges: Float64Array.from(edges), counts: countsOf(counts, edges.length + 1),
    atoms: Float64Array.from(atoms), atomCounts: countsOf(atomCounts, atoms.length),
    digest: digestFromCentroids(digest), ...typesOf(types),
  }
}

/** `other` of a reference are values outside its categories: what a summary on its layout counts as unseen. */
function categoricalSummaryOf({ n, missing, categories, counts, other, types }: CategoricalReference): CategoricalSummary {
  return { kind: 'categorical', n, missing, categories: [...categories], others: [], counts: countsOf(counts, categories.length), other: 0, unseen: other, unseenNames: [], ...typesOf(types) }
}

/** A copy; nothing where types were not counted, so that such a reference keeps the content, and the hash, that it had before they could be. */
const typesOf = (types: ValueTypes | undefined): { types?: ValueTypes } => types === undefined ? {} : { types: { ...types } }

const countsOf = (counts: readonly number[], length: number): Float64Array => counts.length === 0 ? new Float64Array(length) : Float64Array.from(counts)

/** Freezes a summary as a reference. */
export const referenceOf = (summary: FeatureSummary, importance: number | null): FeatureReference =>
  summary.kind === 'numeric' ? numericReferenceOf(summary, importance) : categoricalReferenceOf(summary, importance)

export function numericReferenceOf(summary: NumericSummary, importance: number | null): NumericReference {
  const { n, missing, nonFinite, edges, counts, atoms, atomCounts, digest, types } = summary
  return {
    kind: 'numeric', edges: Array.from(edges), counts: Array.from(counts), atoms: Array.from(atoms), atomCounts: Array.from(atomCounts),
    digest: digestCentroids(digest), n, missing, nonFinite, importance, ...typesOf(types),
  }
}

function categoricalReferenceOf({ n, missing, categories, counts, other, unseen, types }: CategoricalSummary, importance: number | null): CategoricalReference {
  return { kind: 'categorical', categories: [...categories], counts: Array.from(counts), other: other + unseen, n, missing, importance, ...typesOf(types) }
}
