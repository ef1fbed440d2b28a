/** From panes to readings: drift of every feature and of the score against the champion's reference, and the champion's metrics, over every window. */
import { compareOn } from './compare.ts'
import type { PaneSummary } from '../panes/summary.ts'
import { numericSummaryOf, summaryOf } from '../panes/reference.ts'
import { readWindows, type Window } from '../panes/window.ts'
import type { ModelPolicy, UnitUse } from '../policy.ts'
import type { Profile } from '../records.ts'
import type { FeatureSummary } from '../sketches/feature.ts'
import type { DriftReading, DriftSight, PerformanceSight } from '../triggers/trigger.ts'
import { metricReadings } from './cohorts.ts'
import { panePart, readingsPart } from './state.ts'
import { referenceAt } from './tables.ts'
import type { Turn } from './turn.ts'

/** What a pane says over every window, shortest first. Part `readings/<model>`. */
export interface PaneReadings {
  atMs: number
  champion: string | null
  /** the reference behind drift; null: none yet, so drift is unknown */
  reference: { version: string; n: number; isProvisional: boolean } | null
  drift: DriftSight[]
  performance: PerformanceSight[]
  /** panes, sketches and sums of the largest window on another policy or layout: they stay out */
  leftOut: number
}

interface Reference {
  profile: Profile
  features: Record<string, FeatureSummary>
  score: FeatureSummary | null
}

/** Reads every window that ends with this pane, and keeps what it read. */
export function readPane(turn: Turn, pane: PaneSummary): PaneReadings {
  const { state, parts, model, policy, atMs } = turn
  const champion = state.champion?.version ?? null
  const found = champion === null ? null : referenceAt(parts, model, champion, pane.startMs)
  const reference = found === null ? null : unpacked(found.profile)
  const readings: PaneReadings = {
    atMs, champion, drift: [], performance: [], leftOut: 0,
    reference: found === null ? null : { version: found.entry.version, n: found.entry.n, isProvisional: found.entry.isProvisional },
  }
  const kept = state.panes.map((start) => parts.get<PaneSummary>(panePart(model, start))!)
  const selection = { policyHash: pane.policyHash, version: champion, layout: found?.entry.layout ?? null }
  readWindows(kept, policy.time.windows, policy.time.paneMs, pane.endMs, selection, (window) => {
    if (reference !== null) readings.drift.push(driftOf(window, reference, policy))
    if (window.outcomes !== null) readings.performance.push(performanceOf(window, policy))
    readings.leftOut = window.leftOut
  })
  parts.put(readingsPart(model), readings)
  return readings
}

const unpacked = (profile: Profile): Reference => ({
  profile, score: profile.score === null ? null : numericSummaryOf(profile.score),
  features: Object.fromEntries(Object.keys(profile.features).sort().map((name) => [name, summaryOf(profile.features[name])])),
})

function driftOf(window: Window, { profile, features, score }: Reference, policy: ModelPolicy): DriftSight {
  return {
    panes: window.panes, fromMs: window.fromMs, toMs: window.toMs,
    features: Object.keys(features).filter((name) => window.features[name] !== undefined).map((feature) => ({
      feature, importance: profile.features[feature].importance,
      readings: compared(usesFor(policy, feature), features[feature], window.features[feature], policy),
    })),
    score: score === null || window.score === null ? [] : compared(policy.drift.score, score, window.score, policy),
  }
}

/** The measures for all features, with those given for this one by name in place of or beside them. */
function usesFor({ drift }: ModelPolicy, feature: string): readonly UnitUse[] {
  const own = drift.byName[feature] ?? []
  return [...drift.all.filter(({ unit }) => !own.some((use) => use.unit === unit)), ...own]
}

const compared = (uses: readonly UnitUse[], reference: FeatureSummary, current: FeatureSummary, { drift }: ModelPolicy): DriftReading[] =>
  uses.flatMap((use) => {
    const reading = compareOn(use, reference, current)
    return reading === null ? [] : [{ measure: use.unit, reading, severe: drift.severe[use.unit] ?? null }]
  })

/** Metrics that the policy asks for, and those that its triggers read. */
function performanceOf({ panes, fromMs, toMs, outcomes }: Window, { performance, triggers, labels }: ModelPolicy): PerformanceSight {
  const names = [...performance.metrics, ...triggers.flatMap((trigger) => (trigger.trigger === 'performance' ? [trigger.metric] : []))]
  return { panes, fromMs, toMs, labels: outcomes!.n, readings: metricReadings(outcomes!, [...new Set(names)].sort(), labels) }
}
