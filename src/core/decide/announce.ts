/** How decide speaks: every event gets its id and its stream time here, every choice a link in the model's chain of decisions. */
import { canonicalJson, eventId } from '../hash.ts'
import type { Decision, EventBase, Finding, Incident, IncidentSeverity } from '../records.ts'
import type { Turn } from './turn.ts'

/** Decisions that the view shows. */
const recentMax = 20

/** The common fields of an event. `cause` tells apart events of one kind at one stream time. */
export function eventBase({ env, model, atMs, policy }: Turn, kind: string, cause: string, advisory = policy.mode === 'advise'): EventBase {
  return { id: eventId(env.hash, kind, model, cause, atMs), model, at: atMs, advisory, policyHash: policy.hash }
}

export interface DecisionGiven {
  decision: string
  text: string
  subject?: string | null
  findings?: Finding[]
  /** the event that this explains */
  eventId?: string
  /** tells apart decisions that share kind, subject and stream time */
  cause?: string
  advisory?: boolean
}

/** Adds a decision to the model's chain. */
export function recordDecision(turn: Turn, given: DecisionGiven): void {
  const { state, env } = turn
  const subject = given.subject ?? null
  const explained = given.eventId ?? null
  const base = eventBase(turn, 'decision', canonicalJson([given.decision, subject, explained, given.cause ?? null]), given.advisory)
  const decision: Decision = {
    ...base, kind: 'decision', decision: given.decision, subject, findings: given.findings ?? [], text: given.text, eventId: explained, previousHash: state.decisionHash,
  }
  state.decisionHash = env.hash(canonicalJson(decision))
  state.decisionCount += 1
  state.recent = [...state.recent, { id: decision.id, atMs: turn.atMs, decision: given.decision, subject, text: given.text }].slice(-recentMax)
  turn.emit('decisions', turn.model, decision)
}

export interface IncidentGiven {
  incident: string
  /** tells apart incidents of one kind: a task, a version */
  subject?: string
  severity: IncidentSeverity
  owner: string
  cause: string
}

const incidentKey = (incident: string, subject?: string): string => subject === undefined ? incident : `${incident} ${subject}`

/** Opens an incident, or says what is new about one that is open: nothing is said twice. */
export function openIncident(turn: Turn, { incident, subject, severity, owner, cause }: IncidentGiven): void {
  const { state, atMs } = turn
  const key = incidentKey(incident, subject)
  const held = state.incidents[key]
  if (held?.cause === cause) return
  const open = { incident, severity, owner, cause, sinceMs: held?.sinceMs ?? atMs }
  state.incidents[key] = open
  sayIncident(turn, key, open, held === undefined ? 'opened' : 'updated')
}

/** @param because what ended it; without it the cause stands as it was opened */
export function closeIncident(turn: Turn, incident: string, subject?: string, because?: string): void {
  const key = incidentKey(incident, subject)
  const held = turn.state.incidents[key]
  if (held === undefined) return
  delete turn.state.incidents[key]
  sayIncident(turn, key, because === undefined ? held : { ...held, cause: because }, 'closed')
}

function sayIncident(turn: Turn, key: string, { incident, severity, owner, cause, sinceMs }: Turn['state']['incidents'][string], state: Incident['state']): void {
  const event: Incident = { ...eventBase(turn, 'incident', `${key} ${state}`), kind: 'incident', incident, severity, state, owner, cause, sinceMs }
  turn.emit('incidents', turn.model, event)
}

/** Says under which policy panes are read from now on. */
export function announcePolicy(turn: Turn): void {
  const { state, policy } = turn
  if (state.policyHash === policy.hash) return
  const text = `Policy ${policy.hash} is in force, mode ${policy.mode}${state.policyHash === null ? '' : `; it replaces ${state.policyHash}`}.`
  state.policyHash = policy.hash
  recordDecision(turn, { decision: 'policy-applied', subject: policy.hash, text })
}
