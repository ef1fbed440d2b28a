import type { Candidate, Finding, Profile, Promote } from '../../records.ts'
import { eventBase, recordDecision } from '../announce.ts'
import { serve, takeOffice } from './champion.ts'
import { candidatePart } from '../state.ts'
import { keepProfile } from '../tables.ts'
import type { Turn } from '../turn.ts'

export interface PromotionGiven {
  gates: Finding[]
  cause: string
  /** the person who commanded it; none when the gates decided */
  approvers: string[]
}

/** A version passed its gates or a person wants it. It acts in mode `act` or on a person's word; otherwise it is advised and waits for the fleet. */
export function promote(turn: Turn, version: string, { gates, cause, approvers }: PromotionGiven): void {
  const acts = turn.policy.mode === 'act' || approvers.length > 0
  const previous = turn.state.champion?.version ?? null
  publishProfile(turn, version)
  if (acts) {
    takeOffice(turn, version, approvers.length > 0 ? 'promoted-by-person' : 'promoted', 'superseded')
    serve(turn, version, previous === null ? [] : [previous], cause)
  }
  const event: Promote = { ...eventBase(turn, 'promote', `${cause} ${version}`, !acts), kind: 'promote', version, previous, stage: 'champion', final: true, gates, cause, approvers }
  turn.emit('promote', turn.model, event)
  recordDecision(turn, {
    decision: 'promote', subject: version, findings: gates, eventId: event.id, advisory: !acts,
    text: `${acts ? 'Promoted' : 'Advised to promote'} ${version}${previous === null ? '' : ` over ${previous}`}: ${cause}.`,
  })
}

/** The reference that a candidate brought, in force from two panes on so that every observe task knows it in time. */
function publishProfile(turn: Turn, version: string): void {
  const { parts, model, policy, atMs } = turn
  const brought = parts.get<Candidate>(candidatePart(model, version))?.profile
  if (!brought) return
  const profile: Profile = { ...brought, model, version, effectiveFrom: brought.effectiveFrom ?? paneStartAfter(atMs, policy.time.paneMs, 2) }
  publish(turn, profile)
}

/** Sends a profile to `profiles` and holds it here as well, so that it does not matter when it comes back. */
export function publish({ env, parts, emit, model, state, policy, atMs }: Turn, profile: Profile): void {
  // a key of its own a version: compaction of the topic must not take the profiles of the others
  emit('profiles', `${model}/${profile.version}`, profile)
  const needed = [...state.history.map(({ version }) => version), profile.version]
  keepProfile(parts, profile, profile.effectiveFrom!, atMs, env.hash, policy.limits.profilesMax, needed)
}

/** The start of the pane that is `panes` after the one which begins at or after a time. */
export const paneStartAfter = (atMs: number, paneMs: number, panes: number): number => (Math.ceil(atMs / paneMs) + panes) * paneMs

