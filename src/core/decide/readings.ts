/** From panes to readings: drift of every feature and of the score against the champion's reference, and the champion's metrics, over every window. */
import type { Share } from '../calibration/budget.ts'
import type { FeatureDispersion } from '../calibration/dispersion.ts'
import type { KnownSerial } from '../calibration/pane-scores.ts'
import { commonSerial } from '../calibration/serial.ts'
import { driftOf } from './drift/drift-of.ts'
import { likelyMoved } from './drift/moved.ts'
import { rowReadings } from './drift/row-readings.ts'
import { intervalAt } from '../metrics/at-level.ts'
import type { Outcomes } from '../metrics/outcomes.ts'
import type { PaneSummary } from '../panes/summary.ts'
import { readWindows, type Window } from '../panes/window.ts'
import type { ModelPolicy } from '../policy.ts'
import type { Reading } from '../reading.ts'
import type { DriftSight, PerformanceSight } from '../triggers/trigger.ts'
import { keptCohorts } from './performance/cohort.ts'
import { metricReadings } from './performance/cohorts.ts'
import { serviceReadings, windowedReadings, type MetricGround, type WindowedSight } from './performance/metric-windows.ts'
import { movedOn, referenceOf, referenceRead, type Reference, type ReferenceRead } from './drift/reference.ts'
import { seasonKnown } from './drift/season.ts'
import { segmentSights } from './drift/segment-sights.ts'
import { seasonalDrift, withoutSeason } from './drift/seasonal.ts'
import { readingShare } from './share.ts'
import { panePart, readingsPart } from './state.ts'
import { referenceAt } from './tables.ts'
import { trailingReference } from './drift/trailing.ts'
import type { Turn } from './turn.ts'

/** What a pane says over every window, shortest first. Part `readings/<model>`. */
export interface PaneReadings {
  atMs: number
  champion: string | null
  /** the reference behind drift; null: none yet, so drift is unknown */
  reference: ReferenceRead | null
  drift: DriftSight[]
  performance: PerformanceSight[]
  /** metrics over windows of their own; absent where the policy names none */
  windowed?: WindowedSight[]
  /** panes, sketches and sums of the largest window on another policy or layout: they stay out */
  leftOut: number
}

/** Reads every window that ends with this pane, and keeps what it read. */
export function readPane(turn: Turn, pane: PaneSummary): PaneReadings {
  const { state, parts, model, policy, atMs } = turn
  const champion = state.champion?.version ?? null
  const found = champion === null ? null : referenceAt(parts, model, champion, pane.startMs)
  const share = readingShare(policy, found?.profile ?? null)
  const trailing = found === null ? null : trailingReference(turn, found.entry.version, found.entry.layout)
  const season = found === null ? null : seasonKnown(turn, found.entry.version, found.entry.layout)
  const reference = found === null ? null : movedOn(referenceOf(turn, found.entry.layout, found.profile, pane, share), trailing)
  const readings: PaneReadings = { atMs, champion, drift: [], performance: [], leftOut: 0, reference: found === null ? null : referenceRead(found.entry, trailing, season) }
  const kept = state.panes.map((start) => parts.get<PaneSummary>(panePart(model, start))!)
  const read = (window: Window, against: Reference): DriftSight => driftOf(window, against, policy)
  const sightOver = (window: Window, against: Reference): DriftSight => season === null ? read(window, against)
    : seasonalDrift(turn, season, window, against, kept.filter(({ policyHash }) => policyHash === pane.policyHash), found!.entry.layout, read)
  const selection = { policyHash: pane.policyHash, version: champion, layout: found?.entry.layout ?? null }
  const ground = champion === null ? null : groundOf(turn, pane, kept, champion)
  const segments = found === null ? null : segmentSights(turn, pane, found, share, kept)
  readWindows(kept, policy.time.windows, policy.time.paneMs, pane.endMs, selection, (window) => {
    if (reference !== null) {
      const ofSegments = segments === null ? {} : { segments: segments[readings.drift.length] }
      const sight: DriftSight = { ...sightOver(window, reference), ...ofSegments, ...rowsOf(turn, reference, selection.layout!, kept, window), reference: readings.reference!.kind }
      const moved = readings.drift.length > 0 || season !== null ? [] : likelyMoved(window, reference, policy, sight)
      if (moved.length > 0) sight.moved = moved
      readings.drift.push(season === null ? sight : withoutSeason(sight))
    }
    if (window.outcomes !== null) readings.performance.push(performanceOf(window, policy, share, ground))
    readings.leftOut = window.leftOut
  })
  if (ground !== null && policy.performance.windowed !== undefined) readings.windowed = windowedReadings(ground)
  parts.put(readingsPart(model), readings)
  return readings
}

/** Only where the policy asks for rows. */
function rowsOf({ parts, model, policy }: Turn, { profile, calibration }: Reference, layout: string, kept: readonly PaneSummary[], window: Window): Pick<DriftSight, 'rows'> {
  if ((policy.drift.rows ?? []).length === 0) return {}
  return { rows: rowReadings({ parts, model, policy, profile, layout, share: calibration?.share ?? null, known: knownOf(calibration?.features.features ?? {}) }, kept, window) }
}

function knownOf(features: Readonly<Record<string, FeatureDispersion>>): KnownSerial | null {
  const all = Object.values(features)
  const serial = commonSerial(all.map((each) => each.serial))
  return serial === null ? null : { serial, rows: Math.max(...all.map(({ rows }) => rows)) }
}

function groundOf({ state, parts, policy }: Turn, { policyHash, endMs }: PaneSummary, kept: readonly PaneSummary[], version: string): MetricGround {
  const panes = kept.filter((held) => held.policyHash === policyHash && held.endMs <= endMs)
  return { panes, cohorts: keptCohorts(parts, state), version, policy, endMs }
}

/** Metrics that the policy asks for, and those that its triggers read, these at the level of their share too. */
export function performanceOf(
  { panes, fromMs, toMs, outcomes }: Window, { performance, triggers, labels }: ModelPolicy, share: Share | null, ground: MetricGround | null = null,
): PerformanceSight {
  const judged = triggers.flatMap((trigger) => (trigger.trigger === 'performance' ? [trigger.metric] : []))
  const readings = metricReadings(outcomes!, [...new Set([...performance.metrics, ...judged])].sort(), labels, performance.params)
  const atLevel = share === null ? {} : { atLevel: { chance: share.chance, intervals: intervalsAt(share.chance, [...new Set(judged)].sort(), readings, outcomes!, performance.params) } }
  return { panes, fromMs, toMs, labels: outcomes!.n, readings: { ...readings, ...(ground === null ? {} : serviceReadings(ground, panes)) }, ...atLevel }
}

function intervalsAt(
  chance: number, judged: readonly string[], readings: Readonly<Record<string, Reading>>, outcomes: Outcomes, params: ModelPolicy['performance']['params'] = {},
): Record<string, readonly [number, number]> {
  return Object.fromEntries(judged.flatMap((metric) => {
    const interval = readings[metric] === undefined || readings[metric].value === null ? null : intervalAt(metric, outcomes, chance, params[metric])
    return interval === null ? [] : [[metric, interval] as const]
  }))
}
