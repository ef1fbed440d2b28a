import { isGathering } from '../calibration/level.ts'
import type { TriggerPolicy } from '../policy.ts'
import type { Finding } from '../records.ts'
import { counted, figure, percent } from '../text.ts'
import type { DriftReading, DriftSight, SegmentSight, Trigger } from './trigger.ts'

type DriftPolicy = Extract<TriggerPolicy, { trigger: 'drift' }>

export interface DriftState {
  /** consecutive evaluations in alarm, by window: its panes, and behind a blank the segment that it is of */
  alarmed: Record<string, number>
  /** consecutive evaluations in which no window of the whole was in alarm, or near it while on */
  calm: number
  /** the same of each segment that findings stand of; absent while there are none */
  calmIn?: Record<string, number>
  on: boolean
  /** of the last evaluation in alarm while on, the whole and each segment by itself: they stand until the condition leaves */
  findings: Finding[]
}

/** Reasons name at most this many features. */
const featuresNamedMax = 10

/**
 * Asks when, in one window and for `minPanes` consecutive panes, features in alarm carry at least `minImportanceShare` of the model's importance,
 * or the score is in alarm, or rows of features together are, or (where the policy says so) the decision rate is, or one feature is beyond its severe level.
 * A feature is in alarm when any of its measures is.
 * Importances that the profile does not give share equally what the given ones leave. The condition leaves after `minPanes` consecutive panes in which it would not
 * hold even if readings beyond `leaveShare` of their practical threshold (and beyond their noise) were alarms: one that wavers about its threshold asks once.
 * While it is not known how much panes differ a feature is in no alarm. A segment asks by the same rule over its own readings, with reasons of its own.
 */
export const drift: Trigger<DriftPolicy, DriftState> = {
  name: 'drift',
  summary: 'Asks when drift of important features, or of the score, persists.',
  init: () => ({ alarmed: {}, calm: 0, on: false, findings: [] }),
  evaluate(policy, state, sight) {
    if (sight.isPane) dwell(policy, state, sight.drift)
    return state.on ? state.findings : []
  },
}

function dwell(policy: DriftPolicy, state: DriftState, windows: readonly DriftSight[]): void {
  const looks = windows.flatMap((window) => [{ window, segment: undefined }, ...(window.segments ?? []).map((sight) => ({ window: withinSegment(window, sight), segment: sight.segment }))])
  const raised = looks.filter(({ window }) => isMoved(policy, window, isAlarm)).map((look) => ({ ...look, findings: windowFindings(policy, look.window, look.segment) }))
  const runs = raised.map(({ window, segment }) => alarmKey(window.panes, segment))
  state.alarmed = Object.fromEntries(runs.map((run) => [run, (state.alarmed[run] ?? 0) + 1]))
  const isHeld = state.on ? holdsOn(policy) : isAlarm
  const isQuiet = (of: string): boolean => !looks.some(({ window, segment = '' }) => segment === of && isMoved(policy, window, isHeld))
  const fresh = firstOfEach(raised.filter((_, i) => state.alarmed[runs[i]] >= policy.minPanes))
  const stood = byPlace(state.findings)
  const segments = [...new Set([...stood.keys(), ...fresh.keys()])].filter((segment) => segment !== '').sort()
  state.calm = isQuiet('') ? state.calm + 1 : 0
  const calmIn = new Map(segments.map((segment) => [segment, isQuiet(segment) ? (state.calmIn?.[segment] ?? 0) + 1 : 0]))
  const standing = ['', ...segments].filter((of) => fresh.has(of) || (stood.has(of) && (of === '' ? state.calm : calmIn.get(of)!) < policy.minPanes))
  state.findings = standing.flatMap((of) => fresh.get(of) ?? stood.get(of)!)
  state.on = state.findings.length > 0
  delete state.calmIn
  if (standing.some((of) => of !== '')) state.calmIn = Object.fromEntries([...calmIn].filter(([of]) => standing.includes(of)))
}

const alarmKey = (panes: number, segment: string | undefined): string => segment === undefined ? String(panes) : `${panes} ${segment}`

/** A segment's readings in the form of the whole's. */
export const withinSegment = ({ panes, fromMs, toMs }: DriftSight, { features, score, decision }: SegmentSight): DriftSight => ({ panes, fromMs, toMs, features, score, decision })

/** Those of the whole under no name. */
function byPlace(findings: readonly Finding[]): Map<string, Finding[]> {
  const places = new Map<string, Finding[]>()
  for (const finding of findings) places.set(finding.segment ?? '', [...(places.get(finding.segment ?? '') ?? []), finding])
  return places
}

/** Of the whole (under no name) and of each segment the reasons of its shortest window. */
function firstOfEach(persistent: readonly { segment: string | undefined; findings: Finding[] }[]): Map<string, Finding[]> {
  const first = new Map<string, Finding[]>()
  for (const { segment = '', findings } of persistent) if (!first.has(segment)) first.set(segment, findings)
  return first
}

/**
 * Start of the last pane of the first window in the run of alarms that stands, of the whole or of a segment: predictions from then on are of moved inputs.
 * Null while off.
 */
export function seenSinceMs({ on, alarmed, findings }: DriftState, { minPanes }: DriftPolicy, paneMs: number, segment?: string): number | null {
  const { fromMs, toMs } = findings.find((finding) => finding.segment === segment) ?? { fromMs: null, toMs: null }
  if (!on || fromMs === null || toMs === null) return null
  return toMs - (alarmed[alarmKey(Math.round((toMs - fromMs) / paneMs), segment)] ?? minPanes) * paneMs
}

/** Whether the condition holds in this window, where `counts` says which readings count. */
function isMoved(policy: DriftPolicy, window: DriftSight, counts: (reading: DriftReading) => boolean): boolean {
  const moved = window.features.filter(({ readings }) => readings.some(counts))
  const severe = moved.some(({ readings }) => readings.some(isSevere))
  const others = [...(policy.score ? window.score : []), ...(policy.decision === true ? window.decision ?? [] : []), ...(window.rows ?? [])]
  return severe || others.some(counts) || (moved.length > 0 && shareOf(moved, importanceShares(window)) >= policy.minImportanceShare)
}

const shareOf = (moved: DriftSight['features'], shares: Readonly<Record<string, number>>): number => moved.reduce((sum, { feature }) => sum + shares[feature], 0)

/** Why this window is in alarm. */
function windowFindings(policy: DriftPolicy, window: DriftSight, segment?: string): Finding[] {
  const shares = importanceShares(window)
  const moved = window.features.filter(({ readings }) => readings.some(isAlarm)).sort((a, b) => shares[b.feature] - shares[a.feature])
  const alarmsOf = (subject: (reading: DriftReading) => string, readings: readonly DriftReading[]): Finding[] => readings.filter(isAlarm).map((reading) => driftFinding(window, subject(reading), reading))
  const findings = [
    ...(moved.length > 0 ? [shareFinding(policy, window, shareOf(moved, shares), moved.length)] : []),
    ...moved.slice(0, featuresNamedMax).flatMap(({ feature, readings }) => alarmsOf(() => feature, readings)),
    ...alarmsOf(() => 'score', policy.score ? window.score : []),
    ...alarmsOf(decisionSubject, policy.decision === true ? window.decision ?? [] : []),
    ...alarmsOf(() => 'rows', window.rows ?? []),
  ]
  return segment === undefined ? findings : findings.map((finding) => ({ ...finding, segment, text: `In ${segment}: ${finding.text}` }))
}

/** Of several classes a reading names the one that moved most. */
export const decisionSubject = ({ reading }: DriftReading): 'decision rate' | 'decided classes' => reading.detail?.strongest === undefined ? 'decision rate' : 'decided classes'

const isAlarm = ({ reading }: DriftReading): boolean => reading.verdict === 'alarm' && !isGathering(reading)

/** What keeps a condition on that holds: an alarm, or a reading that has come back from one only a little. */
const holdsOn = ({ leaveShare = 1 }: DriftPolicy) => (drift: DriftReading): boolean =>
  isAlarm(drift) || (drift.reading.verdict === 'warning' && drift.alarm !== undefined && !isGathering(drift.reading) && drift.reading.value! > leaveShare * drift.alarm)

const isSevere = ({ reading, severe }: DriftReading): boolean => isAlarm({ measure: '', reading, severe }) && severe !== null && reading.value! >= severe

/** Each feature's share of the total importance; together 1. */
export function importanceShares({ features }: Pick<DriftSight, 'features'>): Record<string, number> {
  const known = features.filter(({ importance }) => importance !== null)
  const given = known.reduce((sum, { importance }) => sum + importance!, 0)
  const unknown = features.length - known.length
  const each = unknown === 0 ? 0 : known.length === 0 ? 1 / unknown : Math.max(0, 1 - given) / unknown
  const total = given + each * unknown
  return Object.fromEntries(features.map(({ feature, importance }) => [feature, total > 0 ? (importance ?? each) / total : 1 / features.length]))
}

function shareFinding(policy: DriftPolicy, { panes, fromMs, toMs, features }: DriftSight, value: number, moved: number): Finding {
  return {
    rule: 'drift', measure: 'importance-share', subject: null, fromMs, toMs, threshold: policy.minImportanceShare,
    reading: { value, n: features.length, verdict: value >= policy.minImportanceShare ? 'alarm' : 'warning' },
    text: `${counted(moved, 'feature')} of ${features.length} moved over ${counted(panes, 'pane')}, carrying ${percent(value)} of the importance `
      + `(${percent(policy.minImportanceShare)} is enough).`,
  }
}

/** One measure of one feature in words. */
function driftFinding({ fromMs, toMs, panes, reference = 'frozen' }: DriftSight, subject: string, { measure, reading, severe }: DriftReading): Finding {
  const against = reference === 'frozen' || subject === 'rows' || subject === 'decision rate' || subject === 'decided classes' ? '' : ` against the ${reference} reference`
  const floor = reading.noiseFloor === undefined ? '' : `; noise reaches ${figure(reading.noiseFloor)}`
  const terms = reading.detail?.strongest === undefined ? '' : `; most apart by ${reading.detail.strongest}`
  return {
    rule: 'drift', measure, subject, reading, threshold: severe !== null && isSevere({ measure, reading, severe }) ? severe : null, fromMs, toMs,
    text: `${measure} of ${subject} is ${figure(reading.value)} over ${counted(panes, 'pane')}, ${counted(reading.n, subject === 'rows' ? 'row' : 'value')}${against}${floor}${terms}.`,
  }
}
