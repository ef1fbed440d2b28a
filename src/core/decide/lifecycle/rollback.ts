/** The path that nothing can block: one step, to the last known good version. */
import { eventBase, closeIncident, openIncident, recordDecision } from '../announce.ts'
import { lastKnownGood, serve, takeOffice, versionState } from './champion.ts'
import type { Finding, Rollback } from '../../records.ts'
import type { Turn } from '../turn.ts'

export interface RollbackGiven {
  cause: string
  findings: Finding[]
  issuer: string
  /** stream time of the first bad evidence; null when a person saw it */
  firstBadMs: number | null
  /** false in mode `advise` unless a person commands it */
  acts: boolean
}

/** Takes the champion out for `target`. The caller knows that there is a champion and that `target` is another version. */
export function rollBack(turn: Turn, target: string, { cause, findings, issuer, firstBadMs, acts }: RollbackGiven): void {
  const { state, atMs } = turn
  const previous = state.champion!.version
  if (acts) {
    takeOffice(turn, target, 'restored', 'rolled-back')
    serve(turn, target, [], cause)
    state.laggards = { sequence: state.sequence, version: previous, sinceMs: atMs }
  } else {
    versionState(turn, previous).isDistrusted = true
    if (state.bake !== null) state.bake.isAdvised = true
  }
  const event: Rollback = {
    ...eventBase(turn, 'rollback', `${cause} ${previous} ${target}`, !acts), kind: 'rollback', version: target, previous, cause, findings,
    detectionDelayMs: firstBadMs === null ? null : atMs - firstBadMs, issuer,
  }
  turn.emit('rollback', turn.model, event)
  recordDecision(turn, {
    decision: 'rollback', subject: target, findings, eventId: event.id, advisory: !acts,
    text: `${acts ? 'Rolled back' : 'Advised to roll back'} from ${previous} to ${target}: ${cause}.`,
  })
  closeIncident(turn, 'no-rollback-target')
}

/** A rule found harm: back to the last known good version, or a critical incident where there is none. */
export function rollBackByRule(turn: Turn, findings: Finding[], firstBadMs: number | null): void {
  const cause = [...new Set(findings.map(({ rule }) => rule))].join(', ')
  const target = lastKnownGood(turn.state)
  if (target === null) return openNoTarget(turn, cause)
  rollBack(turn, target, { cause, findings, issuer: 'steward', firstBadMs, acts: turn.policy.mode === 'act' })
}

export function openNoTarget(turn: Turn, cause: string): void {
  openIncident(turn, {
    incident: 'no-rollback-target', severity: 'critical', owner: 'model owner',
    cause: `${turn.state.champion?.version ?? turn.model} should be rolled back (${cause}), but no earlier champion is known; `
      + `announce or serve another version, then 'steward promote ${turn.model} --to … --reason …'.`,
  })
}
