/** Windows are merges of consecutive panes, all ending at the same pane. A pane without data is simply not there. */
import type { Outcomes } from '../metrics/outcomes.ts'
import type { FeatureSummary, NumericSummary } from '../sketches/feature.ts'
import type { DecisionCounts } from '../records.ts'
import { addDecisions, decisionsOf } from './decisions.ts'
import { addFeatureSummaries, addOutcomes, addSummary, clonePlain } from './merge.ts'
import type { PaneSummary } from './summary.ts'

/** What of the panes a reader wants. Panes on other layouts stay out of the sketches, and are counted. */
export interface Selection {
  policyHash: string
  /** the version whose score and outcomes are wanted; null: none */
  version: string | null
  /** feature layout in force; null: features are not wanted */
  layout: string | null
}

export interface Window {
  /** length in panes, with or without data */
  panes: number
  /** stream time [fromMs, toMs) */
  fromMs: number
  toMs: number
  features: Record<string, FeatureSummary>
  score: NumericSummary | null
  decisions: DecisionCounts | null
  outcomes: Outcomes | null
  /** panes, sketches and sums on another policy or layout */
  leftOut: number
}

/**
 * Calls `read` for every length in `lengths`, shortest first, with one growing window: what it is given must not be kept.
 * @param panes by start, ascending; those outside the windows are ignored, and none is changed
 * @param lengths in panes, ascending
 * @param endMs end of the newest pane
 */
export function readWindows(panes: readonly PaneSummary[], lengths: readonly number[], paneMs: number, endMs: number, selection: Selection, read: (window: Window) => void): void {
  const window: Window = { panes: 0, fromMs: endMs, toMs: endMs, features: {}, score: null, decisions: null, outcomes: null, leftOut: 0 }
  let next = panes.length - 1
  while (next >= 0 && panes[next].startMs >= endMs) next--
  for (const length of lengths) {
    window.panes = length
    window.fromMs = endMs - length * paneMs
    for (; next >= 0 && panes[next].startMs >= window.fromMs; next--) addPane(window, panes[next], selection)
    read(window)
  }
}

function addPane(window: Window, pane: PaneSummary, { policyHash, version, layout }: Selection): void {
  if (pane.policyHash !== policyHash) {
    window.leftOut += 1
    return
  }
  if (layout !== null) addFeaturesOf(window, pane, layout)
  const summary = version === null ? undefined : pane.versions[version]
  if (summary === undefined) return
  if (window.score === null) window.score = clonePlain(summary.score)
  else window.leftOut += addSummary(window.score, summary.score)
  window.decisions = addDecisions(window.decisions, decisionsOf(summary))
  if (window.outcomes === null) window.outcomes = clonePlain(summary.outcomes)
  else window.leftOut += addOutcomes(window.outcomes, summary.outcomes)
}

function addFeaturesOf(window: Window, pane: PaneSummary, layout: string): void {
  const set = pane.features.find((held) => held.layout === layout)
  if (set !== undefined) window.leftOut += addFeatureSummaries(window.features, set.features)
  else if (pane.features.length > 0) window.leftOut += 1
}
