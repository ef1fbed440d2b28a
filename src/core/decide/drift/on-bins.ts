/** What of a pane goes into a reference that live panes make: the champion's features and score, as long as they are counted on the same bins. */
import type { FeaturesSummary, PaneSummary, VersionSummary } from '../../panes/summary.ts'
import { referenceAt } from '../tables.ts'
import type { Turn } from '../turn.ts'

export interface OnBins {
  version: string
  /** in force, or the provisional one that is being counted */
  layout: string
  /** at least one of the two is there */
  features: FeaturesSummary | undefined
  seen: VersionSummary | undefined
}

/** Null where there is no champion, nothing is laid for it, or the pane holds nothing of it. */
export function onBins({ state, parts, model }: Turn, pane: PaneSummary): OnBins | null {
  const version = state.champion?.version
  if (version === undefined) return null
  const layout = referenceAt(parts, model, version, pane.startMs)?.entry.layout ?? state.provisional?.layout
  if (layout === undefined || layout === null) return null
  const features = pane.features.find((set) => set.layout === layout)
  const seen = pane.versions[version]?.score.n > 0 ? pane.versions[version] : undefined
  return features === undefined && seen === undefined ? null : { version, layout, features, seen }
}

/** Whether what was gathered under a key is on these bins still; scores have a layout of their own, null while none was seen. */
export const isOnSameBins = (held: { key: string; scoreLayout: string | null }, key: string, scoreLayout: string | null): boolean =>
  held.key === key && (scoreLayout === null || held.scoreLayout === null || held.scoreLayout === scoreLayout)
