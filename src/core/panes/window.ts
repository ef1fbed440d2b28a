/** Windows are merges of consecutive panes, all ending at the same pane. A pane without data is simply not there. */
import type { Outcomes } from '../metrics/outcomes.ts'
import type { FeatureSummary, NumericSummary } from '../sketches/feature.ts'
import type { DecisionCounts } from '../records.ts'
import { addDecisions, decisionsOf } from './decisions.ts'
import { addOutcomes, addSummaries, clonePlain } from './merge.ts'
import type { PaneSummary, VersionSummary } from './summary.ts'

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
    const from = next
    while (next >= 0 && panes[next].startMs >= window.fromMs) next--
    addPanes(window, panes.slice(next + 1, from + 1).reverse(), selection)
    read(window)
  }
}

/** @param panes newest first */
function addPanes(window: Window, panes: readonly PaneSummary[], { policyHash, version, layout }: Selection): void {
  const fitting = panes.filter((pane) => pane.policyHash === policyHash)
  window.leftOut += panes.length - fitting.length
  if (layout !== null) addFeaturesOf(window, fitting, layout)
  if (version !== null) addVersionOf(window, fitting.flatMap(({ versions }) => versions[version] ?? []))
}

function addVersionOf(window: Window, summaries: readonly VersionSummary[]): void {
  if (summaries.length === 0) return
  const scores = summaries.map(({ score }) => score)
  const isFirst = window.score === null
  window.score ??= clonePlain(scores[0])
  window.leftOut += addSummaries(window.score, isFirst ? scores.slice(1) : scores)
  for (const summary of summaries) {
    window.decisions = addDecisions(window.decisions, decisionsOf(summary))
    if (window.outcomes === null) window.outcomes = clonePlain(summary.outcomes)
    else window.leftOut += addOutcomes(window.outcomes, summary.outcomes)
  }
}

/** All of one feature at once: that is where the time of a long window goes. */
function addFeaturesOf(window: Window, panes: readonly PaneSummary[], layout: string): void {
  const sets = panes.map(({ features }) => features.find((held) => held.layout === layout))
  window.leftOut += panes.filter(({ features }, i) => sets[i] === undefined && features.length > 0).length
  const byName = new Map<string, FeatureSummary[]>()
  for (const set of sets) {
    if (set !== undefined) for (const [name, summary] of Object.entries(set.features)) seenAs(byName, name).push(summary)
  }
  for (const [name, summaries] of byName) {
    const isFirst = window.features[name] === undefined
    window.features[name] ??= clonePlain(summaries[0])
    window.leftOut += addSummaries(window.features[name], isFirst ? summaries.slice(1) : summaries)
  }
}

function seenAs(byName: Map<string, FeatureSummary[]>, name: string): FeatureSummary[] {
  const held = byName.get(name)
  if (held !== undefined) return held
  const begun: FeatureSummary[] = []
  byName.set(name, begun)
  return begun
}
