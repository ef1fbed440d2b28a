/** From triggers to at most one open request: every trigger is looked at, their reasons go out together. */
import { canonicalJson } from '../hash.ts'
import { diagnose } from '../diagnosis/diagnose.ts'
import type { Command, Finding, RankedFeature, RetrainRequested } from '../records.ts'
import { counted, duration, figure, percent } from '../text.ts'
import { seenSinceMs, type DriftState } from '../triggers/drift.ts'
import { triggerOf, type AnyTriggerPolicy } from '../triggers/table.ts'
import { isReason, type TriggerSight } from '../triggers/trigger.ts'
import { closeIncident, eventBase, openIncident, recordDecision } from './announce.ts'
import { blamedFeatures } from './blame.ts'
import { gatherEvidence, isFaultMeasure } from './evidence.ts'
import type { PaneReadings } from './readings.ts'
import { referenceAt } from './tables.ts'
import { readingsPart, type TriggerState } from './state.ts'
import type { Turn } from './turn.ts'
import { isWithheld, withheldText, type Explained } from './withhold.ts'

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
  if (drifts.length === 0) state.withheld = null
  const armed = on.filter(({ held }) => held.isArmed)
  if (armed.length === 0 || state.request !== null) return
  if (atMs < state.cooldownUntilMs && sight.command === null) return
  const isDriftAlone = armed.every(({ policy }) => policy.trigger === 'drift') // what stands but has asked already asks for nothing now
  if (isDriftAlone && !sight.isPane && (state.withheld ?? null) !== null) return // nothing new was read
  const explained = explain(turn, on, sight)
  if (isDriftAlone && isWithheld(turn, explained, Math.max(...drifts.map(({ minPanes }) => minPanes)))) return
  request(turn, on, sight, explained)
}

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

function explain(turn: Turn, on: readonly Look[], { claim }: TriggerSight): Reasoned {
  const reasons = on.flatMap((look) => look.reasons)
  const features = blamedFeatures(turn, turn.parts.get<PaneReadings>(readingsPart(turn.model))?.drift ?? [], (measure) => !isFaultMeasure(measure))
  const evidence = gatherEvidence(turn, { reasons, claim, blamed: features, driftSinceMs: driftSinceMs(turn, on) })
  const diagnosis = diagnose(evidence)
  return { reasons, features, evidence, diagnosis, explanation: [diagnosis.text, blameText(features)].filter((part) => part !== '').join(' ') }
}

/** The earliest that any drift trigger with a reason has seen it. */
function driftSinceMs({ policy: { time } }: Turn, on: readonly Look[]): number | null {
  const seen = on.flatMap(({ policy, held }) => (policy.trigger === 'drift' ? [seenSinceMs(held.state as DriftState, policy, time.paneMs)] : [])).filter((ms) => ms !== null)
  return seen.length === 0 ? null : Math.min(...seen)
}

function request(turn: Turn, on: readonly Look[], sight: TriggerSight, { reasons, features, diagnosis, ...explained }: Reasoned): void {
  const { state, policy, atMs } = turn
  const rules = [...new Set(reasons.map(({ rule }) => rule))]
  const { name, advice, considered } = diagnosis
  const event: RetrainRequested = {
    ...eventBase(turn, 'retrain-requested', reasons.map(({ rule, measure }) => `${rule} ${measure}`).join(', ')),
    kind: 'retrain-requested', champion: state.champion?.version ?? null, reasons: [...reasons], diagnosis: name, advice,
    explanation: [explained.explanation, withheldText(turn)].filter((part) => part !== '').join(' '), considered, features: features.slice(0, featuresNamedMax),
    ...dataInterval(turn, reasons), cooldownUntilMs: atMs + policy.cooldownMs,
  }
  state.request = { id: event.id, atMs, expiresMs: atMs + policy.requestExpiresMs, diagnosis: name, advice, explanation: event.explanation }
  state.withheld = null
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

/** Missing, unseen, non-finite, out-of-range or otherwise typed values in alarm are a fault of the pipeline, whoever asks for what. */
export function notePipelineFaults(turn: Turn, { drift }: PaneReadings): void {
  const broken = drift.flatMap(({ features }) => features).filter(({ readings }) =>
    readings.some(({ measure, reading }) => isFaultMeasure(measure) && reading.verdict === 'alarm'))
  const names = [...new Set(broken.map(({ feature }) => feature))].sort()
  if (names.length === 0) return closeIncident(turn, 'pipeline-fault')
  openIncident(turn, {
    incident: 'pipeline-fault', severity: 'warning', owner: 'data',
    cause: `Missing, unseen, non-finite, out-of-range or otherwise typed values changed in ${counted(names.length, 'feature')}: ${names.slice(0, 10).join(', ')}; look at what feeds them before retraining.`,
  })
}
