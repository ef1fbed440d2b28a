/** From triggers to at most one open request: every trigger is looked at, their reasons go out together. */
import { canonicalJson } from '../../hash.ts'
import { diagnose } from '../../diagnosis/diagnose.ts'
import type { Command, Finding, RankedFeature, RetrainRequested } from '../../records.ts'
import { duration, figure, percent } from '../../text.ts'
import { seenSinceMs, type DriftState } from '../../triggers/drift.ts'
import { triggerOf, type AnyTriggerPolicy } from '../../triggers/table.ts'
import { isReason, type TriggerSight } from '../../triggers/trigger.ts'
import { eventBase, openIncident, recordDecision } from '../announce.ts'
import { blamedFeatures } from './blame.ts'
import { gatherEvidence, isFaultMeasure } from './evidence.ts'
import type { PaneReadings } from '../readings.ts'
import { referenceAt } from '../tables.ts'
import { readingsPart, type TriggerState } from '../state.ts'
import type { Turn } from '../turn.ts'
import { patienceOf, segmentGround } from './segment-ground.ts'
import { forgetWithheld, isAnyWithheld, isWithheld, withheldText, type Explained } from './withhold.ts'

interface Look {
  policy: AnyTriggerPolicy
  held: TriggerState
  reasons: Finding[]
}

/** What triggers may look at now; `readings` of a pane just read, `command` of a person. */
export function sightOf({ state, env, parts, model, atMs }: Turn, readings: PaneReadings | null, command: Command | null): TriggerSight {
  const { champion } = state
  const own = champion === null ? undefined : referenceAt(parts, model, champion.version, atMs)?.profile.metrics
  const claim = { ...(champion === null ? null : state.versions[champion.version]?.claim), ...own }
  return {
    atMs, isPane: readings !== null, firstSeenMs: state.firstSeenMs!, champion, lastAskedMs: state.lastAskedMs, labelsSinceAsked: state.labelsSinceAsked,
    drift: readings?.drift ?? [], performance: readings?.performance ?? [], claim, command,
    nextCron: (expression, timezone, afterMs) => env.nextCron(expression, timezone, afterMs),
  }
}

/** Looks at every trigger and sends one request when one is armed and nothing stands against it. A person's wish passes the cooldown. */
export function considerRetraining(turn: Turn, sight: TriggerSight): void {
  const on = lookAtTriggers(turn, sight).filter(({ reasons }) => reasons.length > 0)
  const { state, atMs } = turn
  const drifts = on.flatMap(({ policy }) => (policy.trigger === 'drift' ? [policy] : []))
  const moved = on.flatMap(({ policy, reasons }) => (policy.trigger === 'drift' ? reasons : []))
  forgetWithheld(state, moved.some(({ segment }) => segment === undefined), new Set(segmentsOf(moved)))
  const armed = on.filter(({ held }) => held.isArmed)
  if (armed.length === 0 || state.request !== null) return
  if (atMs < state.cooldownUntilMs && sight.command === null) return
  const isDriftAlone = armed.every(({ policy }) => policy.trigger === 'drift') // what stands but has asked already asks for nothing now
  if (isDriftAlone && !sight.isPane && isAnyWithheld(state)) return // nothing new was read
  const panesMax = Math.max(...drifts.map(({ minPanes }) => minPanes))
  const asking = explain(turn, on, sight).filter((explained) => !isDriftAlone || !isWithheld(turn, explained, panesMax))
  if (asking.length > 0) request(turn, on, sight, asking)
}

/** Segments that findings are of, in code-unit order. */
const segmentsOf = (findings: readonly Finding[]): string[] => [...new Set(findings.flatMap(({ segment }) => segment ?? []))].sort()

function lookAtTriggers(turn: Turn, sight: TriggerSight): Look[] {
  const policies: readonly AnyTriggerPolicy[] = [...turn.policy.triggers, { trigger: 'manual' }]
  const seen: Record<string, number> = {}
  return policies.map((policy) => {
    const nth = (seen[policy.trigger] = (seen[policy.trigger] ?? 0) + 1)
    const held = triggerState(turn, `${policy.trigger} ${nth}`, policy, sight)
    const findings = triggerOf(policy).evaluate(policy, held.state, sight)
    const reasons = findings.filter(isReason)
    noteChange(turn, policy, held, reasons)
    return { policy, held, reasons }
  })
}

function triggerState({ state }: Turn, key: string, policy: AnyTriggerPolicy, sight: TriggerSight): TriggerState {
  const text = canonicalJson(policy)
  const held = state.triggers[key]
  if (held?.policy === text) return held
  return (state.triggers[key] = { policy: text, state: triggerOf(policy).init(policy, sight), isArmed: true, isOn: false })
}

/** Hysteresis: a trigger that has asked is armed again when its condition leaves. What statistics begin or cease to say is worth a decision. */
function noteChange(turn: Turn, { trigger }: AnyTriggerPolicy, held: TriggerState, reasons: Finding[]): void {
  const isOn = reasons.length > 0
  if (!isOn) held.isArmed = true
  if (isOn !== held.isOn && (trigger === 'drift' || trigger === 'performance')) {
    recordDecision(turn, {
      decision: 'reading', subject: trigger, findings: reasons, cause: isOn ? 'on' : 'off',
      text: isOn ? `The ${trigger} trigger has a reason to retrain: ${reasons[0].text}` : `The ${trigger} trigger has no reason to retrain any more.`,
    })
  }
  held.isOn = isOn
}

type Reasoned = Explained & { features: readonly RankedFeature[] }

/** The reasons that concern the whole, and those of each segment, each from evidence of its own: what is harmless to the whole may harm a part of it. */
function explain(turn: Turn, on: readonly Look[], sight: TriggerSight): Reasoned[] {
  const all = on.flatMap((look) => look.reasons)
  const whole = all.filter(({ segment }) => segment === undefined)
  return [...(whole.length > 0 ? [explainWhole(turn, on, whole, sight)] : []), ...segmentsOf(all).map((segment) => explainSegment(turn, on, segment, all))]
}

function explainSegment(turn: Turn, on: readonly Look[], segment: string, all: readonly Finding[]): Reasoned {
  const reasons = all.filter((finding) => finding.segment === segment)
  const sinceMs = driftSinceMs(turn, on, segment)
  const ground = segmentGround(turn, segment, sinceMs)
  const features = blamedFeatures(turn, ground.readings?.drift ?? [], (measure) => !isFaultMeasure(measure), ground)
  const claim = ground.reference?.profile.metrics ?? null
  const evidence = gatherEvidence(turn, { reasons, claim, blamed: features, driftSinceMs: sinceMs }, ground)
  const diagnosis = diagnose(evidence)
  const patienceMs = patienceOf(turn)
  return { reasons, features, evidence, diagnosis, segment, patienceMs, explanation: `In ${segment}: ${[diagnosis.text, blameText(features)].filter((part) => part !== '').join(' ')}` }
}

function explainWhole(turn: Turn, on: readonly Look[], reasons: readonly Finding[], { claim }: TriggerSight): Reasoned {
  const features = blamedFeatures(turn, turn.parts.get<PaneReadings>(readingsPart(turn.model))?.drift ?? [], (measure) => !isFaultMeasure(measure))
  const evidence = gatherEvidence(turn, { reasons, claim, blamed: features, driftSinceMs: driftSinceMs(turn, on) })
  const diagnosis = diagnose(evidence)
  return { reasons, features, evidence, diagnosis, explanation: [diagnosis.text, blameText(features)].filter((part) => part !== '').join(' ') }
}

/** The earliest that any drift trigger with a reason has seen it, in the whole or in a segment. */
function driftSinceMs({ policy: { time } }: Turn, on: readonly Look[], segment?: string): number | null {
  const seen = on.flatMap(({ policy, held }) => (policy.trigger === 'drift' ? [seenSinceMs(held.state as DriftState, policy, time.paneMs, segment)] : [])).filter((ms) => ms !== null)
  return seen.length === 0 ? null : Math.min(...seen)
}

/** @param asking at least one: the first whose diagnosis has a name says what it is */
function request(turn: Turn, on: readonly Look[], sight: TriggerSight, asking: readonly Reasoned[]): void {
  const { state, policy, atMs } = turn
  const { features, diagnosis } = asking.find(({ diagnosis: { name } }) => name !== 'undetermined') ?? asking[0]
  const reasons = asking.flatMap((each) => each.reasons)
  const rules = [...new Set(reasons.map(({ rule }) => rule))]
  const { name, advice, considered } = diagnosis
  const event: RetrainRequested = {
    ...eventBase(turn, 'retrain-requested', reasons.map(({ rule, measure }) => `${rule} ${measure}`).join(', ')),
    kind: 'retrain-requested', champion: state.champion?.version ?? null, reasons: [...reasons], diagnosis: name, advice,
    explanation: asking.flatMap(({ explanation, segment }) => [explanation, withheldText(turn, segment)]).filter((part) => part !== '').join(' '), considered, features: features.slice(0, featuresNamedMax),
    ...dataInterval(turn, reasons), cooldownUntilMs: atMs + policy.cooldownMs,
  }
  state.request = { id: event.id, atMs, expiresMs: atMs + policy.requestExpiresMs, diagnosis: name, advice, explanation: event.explanation }
  forgetWithheld(state, false, new Set())
  state.cooldownUntilMs = event.cooldownUntilMs
  state.lastAskedMs = atMs
  state.labelsSinceAsked = 0
  for (const look of on) {
    look.held.isArmed = look.policy.trigger === 'manual'
    triggerOf(look.policy).asked?.(look.policy, look.held.state, sight)
  }
  turn.emit('retrain-requested', turn.model, event)
  recordDecision(turn, {
    decision: 'retrain-requested', subject: event.champion, findings: [...reasons], eventId: event.id,
    text: `A retrain is requested for ${rules.join(', ')} (${name}, advice ${advice}). ${reasons[0].text} ${event.explanation}`,
  })
}

/** Features that a request names. */
const featuresNamedMax = 10
/** Features that its sentence names. */
const featuresSaidMax = 3

function blameText(features: readonly RankedFeature[]): string {
  const said = features.slice(0, featuresSaidMax).map(({ feature, measure, excess, importanceShare, correlation }) =>
    `${feature} (${measure} ${figure(Number(excess.toPrecision(2)))} times its level, ${percent(Number(importanceShare.toPrecision(2)))} of the importance`
    + `${correlation === null ? '' : `, correlation with the loss ${figure(Number(correlation.toFixed(2)))}`})`)
  const more = features.length > featuresSaidMax ? ` and ${features.length - featuresSaidMax} more` : ''
  return said.length === 0 ? '' : `Most blamed: ${said.join(', ')}${more}.`
}

/** The panes behind the reasons; without any, the time since the last request. */
function dataInterval({ state, atMs }: Turn, reasons: readonly Finding[]): { dataFromMs: number; dataToMs: number } {
  const from = reasons.map(({ fromMs }) => fromMs).filter((ms) => ms !== null)
  const to = reasons.map(({ toMs }) => toMs).filter((ms) => ms !== null)
  return {
    dataFromMs: from.length > 0 ? Math.min(...from) : state.lastAskedMs ?? state.firstSeenMs!,
    dataToMs: to.length > 0 ? Math.max(...to) : atMs,
  }
}

/** A request that nobody answered: an incident, and triggers may ask again. */
export function expireRequest(turn: Turn): void {
  const { state, model, atMs } = turn
  if (state.request === null || atMs < state.request.expiresMs) return
  const { id, atMs: askedMs } = state.request
  state.request = null
  for (const trigger of Object.values(state.triggers)) trigger.isArmed = true
  const cause = `Request ${id} got no candidate within ${duration(atMs - askedMs)}; look whether the trainer of ${model} reads 'retrain-requested'.`
  recordDecision(turn, { decision: 'retrain-expired', eventId: id, text: cause })
  openIncident(turn, { incident: 'retrain-unanswered', severity: 'warning', owner: 'trainer', cause })
}
