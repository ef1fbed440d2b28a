/** From panes to readings: drift of every feature and of the score against the champion's reference, and the champion's metrics, over every window. */
import type { Share } from '../calibration/budget.ts'
import type { FeatureDispersion } from '../calibration/dispersion.ts'
import type { Calibration } from '../calibration/level.ts'
import type { KnownSerial } from '../calibration/pane-scores.ts'
import { commonSerial } from '../calibration/serial.ts'
import { compareOn, usesFor } from './compare.ts'
import { decisionDispersion, featureDispersion, scoreDispersion, type Dispersion } from './dispersion.ts'
import { rowReadings } from './row-readings.ts'
import { intervalAt } from '../metrics/at-level.ts'
import type { Outcomes } from '../metrics/outcomes.ts'
import type { PaneSummary } from '../panes/summary.ts'
import { decisionSummary } from '../panes/decisions.ts'
import { numericSummaryOf, summaryOf } from '../panes/reference.ts'
import { readWindows, type Window } from '../panes/window.ts'
import type { ModelPolicy, ReferenceKind, UnitUse } from '../policy.ts'
import type { Reading } from '../reading.ts'
import type { Profile } from '../records.ts'
import type { FeatureSummary } from '../sketches/feature.ts'
import type { DriftReading, DriftSight, PerformanceSight } from '../triggers/trigger.ts'
import { keptCohorts } from './cohort.ts'
import { metricReadings } from './cohorts.ts'
import { serviceReadings, windowedReadings, type MetricGround, type WindowedSight } from './metric-windows.ts'
import { seasonKnown, type SeasonKnown } from './season.ts'
import { seasonalDrift } from './seasonal.ts'
import { readingShare } from './share.ts'
import { panePart, readingsPart } from './state.ts'
import { referenceAt, type ProfileEntry } from './tables.ts'
import { trailingReference, type TrailingReference } from './trailing.ts'
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

/** Which reference a pane was read against. */
export interface ReferenceRead {
  /** whose bins, and whose profile where `kind` is `frozen` */
  version: string
  /** inferences behind it */
  n: number
  /** the profile was made from the first live panes */
  isProvisional: boolean
  kind: ReferenceKind
  /** the one that the policy asks for and the profile stands in for, with its panes so far and those it needs; null where there is none */
  waitsFor: { kind: ReferenceKind; panes: number; wanted: number } | null
}

/** A profile as what drift measures compare with. */
export interface Reference {
  profile: Profile
  features: Record<string, FeatureSummary>
  score: FeatureSummary | null
  /** of the decision rate */
  decision: FeatureSummary | null
  /** what panes tell of it; null where readings are not calibrated */
  calibration: { share: Share; features: Dispersion; score: Dispersion; decision: Dispersion } | null
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
  readWindows(kept, policy.time.windows, policy.time.paneMs, pane.endMs, selection, (window) => {
    if (reference !== null) {
      readings.drift.push({ ...sightOver(window, reference), ...rowsOf(turn, reference, selection.layout!, kept, window), reference: readings.reference!.kind })
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

function referenceOf({ parts, model }: Turn, layout: string, profile: Profile, pane: PaneSummary, share: Share | null): Reference {
  const scoreLayout = pane.versions[profile.version]?.scoreLayout ?? ''
  return {
    ...unpacked(profile),
    calibration: share === null ? null : {
      share, features: featureDispersion(parts, model, layout), score: scoreDispersion(parts, model, profile.version, scoreLayout), decision: decisionDispersion(parts, model, profile.version),
    },
  }
}

function referenceRead({ version, n, isProvisional }: ProfileEntry, trailing: TrailingReference | null, season: SeasonKnown | null): ReferenceRead {
  if (season !== null && season.found !== null) return { version, n: season.found.rows, isProvisional, kind: 'seasonal', waitsFor: null }
  if (season !== null) return { version, n, isProvisional, kind: 'frozen', waitsFor: { kind: 'seasonal', panes: season.panes, wanted: season.wanted } }
  if (trailing === null) return { version, n, isProvisional, kind: 'frozen', waitsFor: null }
  const { kind, panes, wanted, records } = trailing
  return panes >= wanted ? { version, n: records, isProvisional, kind, waitsFor: null } : { version, n, isProvisional, kind: 'frozen', waitsFor: { kind, panes, wanted } }
}

/** The same bins, importances and levels over other counts; a feature that none of the panes held is still compared with the profile. */
function movedOn(reference: Reference, trailing: TrailingReference | null): Reference {
  if (trailing === null || trailing.panes < trailing.wanted) return reference
  return { ...reference, features: { ...reference.features, ...pick(trailing.features, Object.keys(reference.features)) }, score: trailing.score ?? reference.score }
}

const pick = <T>(from: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> =>
  Object.fromEntries(names.filter((name) => from[name] !== undefined).map((name) => [name, from[name]]))

/** What was unpacked is kept beside its profile, which never changes, so that what is kept beside the summaries lasts too. */
const unpackedOf = new WeakMap<Profile, Omit<Reference, 'calibration'>>()

export function unpacked(profile: Profile): Omit<Reference, 'calibration'> {
  let found = unpackedOf.get(profile)
  if (found === undefined) {
    found = {
      profile, score: profile.score === null ? null : numericSummaryOf(profile.score), decision: profile.decisions === undefined ? null : decisionSummary(profile.decisions),
      features: Object.fromEntries(Object.keys(profile.features).sort().map((name) => [name, summaryOf(profile.features[name])])),
    }
    unpackedOf.set(profile, found)
  }
  return found
}

/** Drift of every feature, of the score and of the decision rate over one window. */
export function driftOf(window: Window, { profile, features, score, decision, calibration }: Reference, policy: ModelPolicy): DriftSight {
  const calibrated = (of: 'features' | 'score' | 'decision', name: string): Calibration | null => calibration === null ? null : {
    share: calibration.share, dispersion: calibration[of].features?.[name] ?? null, gathered: calibration[of].panes, wanted: policy.profile.referencePanes, windowPanes: window.panes,
  }
  return {
    panes: window.panes, fromMs: window.fromMs, toMs: window.toMs,
    features: Object.keys(features).filter((name) => window.features[name] !== undefined).map((feature) => ({
      feature, importance: profile.features[feature].importance,
      readings: compared(usesFor(policy, feature), features[feature], window.features[feature], policy, calibrated('features', feature)),
    })),
    score: score === null || window.score === null ? [] : compared(policy.drift.score, score, window.score, policy, calibrated('score', 'score')),
    decision: decision === null || window.decisions === null ? [] : compared(policy.drift.decision ?? [], decision, decisionSummary(window.decisions), policy, calibrated('decision', 'decision')),
  }
}

const compared = (uses: readonly UnitUse[], reference: FeatureSummary, current: FeatureSummary, { drift }: ModelPolicy, calibrated: Calibration | null): DriftReading[] =>
  uses.flatMap((use) => {
    const reading = compareOn(use, reference, current, calibrated)
    return reading === null ? [] : [{ measure: use.unit, reading, severe: drift.severe[use.unit] ?? null }]
  })

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
