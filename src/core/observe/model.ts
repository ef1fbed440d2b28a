/** What an observe task knows of one model between panes: its dictionaries and which policy and layouts hold when. Plain data. */
import type { ModelPolicy } from '../policy.ts'
import type { FeatureReference, NumericReference, Profile } from '../records.ts'

/** Part `model/<name>`. */
export interface ModelState {
  /** its number in chunks, by order of first sight */
  number: number
  versions: string[]
  /** sets of segment keys (`region=eu`), joined by `|`, which is `\\|` within one, as seen on predictions */
  segmentSets: string[]
  /** distinct segment keys admitted so far */
  segmentKeys: string[]
  /** class names by their code; absent where the model never had classes */
  classes?: string[]
  /** numeric features in the order of learner slots */
  slots: string[]
  /** sequence number of the oldest live entry */
  pendingHead: number
  /** sequence number up to which missing labels were taken for negatives; absent where the policy never did */
  assumedTo?: number
  /** start of the newest pane: the policy in force there holds until the next one opens; −∞ before the first */
  paneStartMs: number
}

export const newModelState = (number: number): ModelState => ({
  number, versions: [], segmentSets: [], segmentKeys: [], slots: [], pendingHead: 0, paneStartMs: -Infinity,
})

/** Part `policy/<name>`: ascending by `fromMs`. */
export interface PolicyInForce {
  fromMs: number
  policy: ModelPolicy
}

/** The bins of one profile: what observe needs of it. Part `layout/<name>`: ascending by `fromMs`. */
export interface LayoutInForce {
  fromMs: number
  version: string
  hash: string
  features: Record<string, FeatureLayoutSpec>
  /** hash over the score's bins alone */
  scoreHash: string
  score: NumericLayoutSpec | null
  scoreEdges: number[] | null
}

export interface NumericLayoutSpec {
  kind: 'numeric'
  edges: number[]
  atoms: number[]
}
export interface CategoricalLayoutSpec {
  kind: 'categorical'
  categories: string[]
}
export type FeatureLayoutSpec = NumericLayoutSpec | CategoricalLayoutSpec

/** The layout that a profile fixes. */
export function layoutOf(profile: Profile, fromMs: number, hashes: { layout: string; score: string }): LayoutInForce {
  const features = Object.fromEntries(Object.keys(profile.features).sort().map((name) => [name, specOf(profile.features[name])]))
  return {
    fromMs, version: profile.version, hash: hashes.layout, features, scoreHash: hashes.score,
    score: profile.score === null ? null : numericSpecOf(profile.score), scoreEdges: profile.scoreEdges,
  }
}

function specOf(reference: FeatureReference): FeatureLayoutSpec {
  return reference.kind === 'numeric' ? numericSpecOf(reference) : { kind: 'categorical', categories: [...reference.categories] }
}

const numericSpecOf = (reference: NumericReference): NumericLayoutSpec => ({ kind: 'numeric', edges: [...reference.edges], atoms: [...reference.atoms] })

/** Inserts in order of `fromMs`; the same content (`same`) is not inserted twice. Returns whether anything changed. */
export function insertInForce<T extends { fromMs: number }>(list: T[], item: T, same: (held: T) => boolean): boolean {
  if (list.some(same)) return false
  const at = list.findIndex((held) => held.fromMs > item.fromMs)
  list.splice(at === -1 ? list.length : at, 0, item)
  return true
}

/** The entry in force at `atMs`: the last that begins at or before it. */
export function inForce<T extends { fromMs: number }>(list: readonly T[], atMs: number): T | null {
  let found: T | null = null
  for (const item of list) if (item.fromMs <= atMs) found = item
  return found
}

/** The last `count` distinct layouts that began at or before `atMs`, newest last. */
export function layoutsInForce(list: readonly LayoutInForce[], atMs: number, count: number): LayoutInForce[] {
  const distinct: LayoutInForce[] = []
  for (const item of [...list].reverse()) {
    if (item.fromMs <= atMs && distinct.length < count && !distinct.some((held) => held.hash === item.hash)) distinct.unshift(item)
  }
  return distinct
}
