/** One feature (or the score) over one pane: everything drift measures compare, mergeable, a few kilobytes. */
import { assert } from '../assert.ts'
import { addToDigest, createDigest, mergeDigests, settleDigest } from './digest.ts'
import type { Digest } from './digest.ts'
import { countCategory, createCategoryCounts, mergeCategoryCounts } from './categories.ts'
import type { CategoryCounts } from './categories.ts'
import { assertAscending, binOf, sameNumbers } from './histogram.ts'
import { mergeValueTypes, type ValueTypes } from './value-types.ts'

export interface NumericLayout {
  kind: 'numeric'
  /** inner edges of the bins, ascending: k edges make k + 1 bins */
  edges: Float64Array
  /** heavy values, ascending: each is counted exactly and kept out of the digest and the bins */
  atoms: Float64Array
}

export interface CategoricalLayout {
  kind: 'categorical'
  /** names with a count of their own */
  categories: readonly string[]
  /** further names of the reference, counted together as OTHER; none by default */
  others?: readonly string[]
}

export interface NumericSummary {
  kind: 'numeric'
  /** records seen, missing and non-finite ones included */
  n: number
  missing: number
  nonFinite: number
  edges: Float64Array
  /** finite values by bin, atoms excluded */
  counts: Float64Array
  atoms: Float64Array
  atomCounts: Float64Array
  /** the finite values that are no atoms */
  digest: Digest
  /** of the values as they were sent; absent where nobody counted */
  types?: ValueTypes
}

export interface CategoricalSummary extends CategoryCounts {
  kind: 'categorical'
  /** records seen, missing ones included */
  n: number
  missing: number
  types?: ValueTypes
}

export type FeatureLayout = NumericLayout | CategoricalLayout
export type FeatureSummary = NumericSummary | CategoricalSummary

/** An empty summary; `compression` is the digest's. */
export function createNumeric(layout: NumericLayout, compression = 100): NumericSummary {
  assertAscending(layout.edges, 'the edges of a numeric layout')
  assertAscending(layout.atoms, 'the atoms of a numeric layout')
  return {
    kind: 'numeric', n: 0, missing: 0, nonFinite: 0,
    edges: layout.edges, counts: new Float64Array(layout.edges.length + 1),
    atoms: layout.atoms, atomCounts: new Float64Array(layout.atoms.length),
    digest: createDigest(compression),
  }
}

/** Adds one record's value: NaN stands for a missing one (null in the record), ±Infinity for one that is no finite number. */
export function addNumeric(s: NumericSummary, x: number): void {
  s.n += 1
  if (!Number.isFinite(x)) {
    if (Number.isNaN(x)) s.missing += 1
    else s.nonFinite += 1
    return
  }
  for (let i = 0; i < s.atoms.length; i++) {
    if (s.atoms[i] === x) {
      s.atomCounts[i] += 1
      return
    }
  }
  s.counts[binOf(s.edges, x)] += 1
  addToDigest(s.digest, x)
}

/** An empty summary on a list of categories. */
export function createCategorical(layout: CategoricalLayout): CategoricalSummary {
  return { kind: 'categorical', n: 0, missing: 0, ...createCategoryCounts(layout.categories, layout.others) }
}

/** Adds one record's value; null is a missing one. */
export function addCategory(s: CategoricalSummary, value: string | null): void {
  s.n += 1
  if (value === null) s.missing += 1
  else countCategory(s, value)
}

/** Adds `from` to `into`, leaving `from` alone; both must be on the same layout. */
export const mergeFeature = (into: FeatureSummary, from: FeatureSummary): void => mergeFeatures(into, [from])

/** The same of many, which costs less than one after the other. */
export function mergeFeatures(into: FeatureSummary, froms: readonly FeatureSummary[]): void {
  for (const from of froms) mergeCounts(into, from)
  if (into.kind === 'numeric') mergeDigests(into.digest, (froms as readonly NumericSummary[]).map(({ digest }) => digest))
}

function mergeCounts(into: FeatureSummary, from: FeatureSummary): void {
  if (into.kind === 'numeric' && from.kind === 'numeric') mergeNumericCounts(into, from)
  else {
    assert(into.kind === 'categorical' && from.kind === 'categorical', `a ${from.kind} summary cannot be merged into a ${into.kind} one`)
    mergeCategoryCounts(into, from)
  }
  into.n += from.n
  into.missing += from.missing
  if (from.types === undefined) return
  if (into.types === undefined) into.types = { ...from.types }
  else mergeValueTypes(into.types, from.types)
}

function mergeNumericCounts(into: NumericSummary, from: NumericSummary): void {
  assert(sameNumbers(into.edges, from.edges) && sameNumbers(into.atoms, from.atoms), 'numeric summaries merge only on the same edges and atoms')
  into.nonFinite += from.nonFinite
  for (let i = 0; i < into.counts.length; i++) into.counts[i] += from.counts[i]
  for (let i = 0; i < into.atomCounts.length; i++) into.atomCounts[i] += from.atomCounts[i]
}

/** A copy for sending, without spare room, to which nothing will be added; it shares the layout's lists with the original and reads exactly as that does. */
export function compactFeature<S extends FeatureSummary>(s: S): S {
  const types = s.types === undefined ? {} : { types: { ...s.types } }
  if (s.kind === 'numeric') return { ...s, counts: s.counts.slice(), atomCounts: s.atomCounts.slice(), digest: settleDigest(s.digest), ...types }
  return { ...s, counts: s.counts.slice(), unseenNames: [...s.unseenNames], ...types }
}

/** The number of values that a comparison can use: finite ones, or names. */
export const presentCount = (s: FeatureSummary): number => s.n - s.missing - (s.kind === 'numeric' ? s.nonFinite : 0)
