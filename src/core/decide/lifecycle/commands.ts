/** What people command. A promotion or rollback of theirs passes every gate, hold, cooldown and approval, in either mode. */
import type { Command, CommandKind } from '../../records.ts'
import { openNoTarget, rollBack } from './rollback.ts'
import { recordDecision } from '../announce.ts'
import { lastKnownGood, versionState } from './champion.ts'
import { promote } from './promote.ts'
import { considerRetraining, sightOf } from '../retrain/retrain.ts'
import type { Turn } from '../turn.ts'

/** Ids of commands remembered, to know a repetition. */
const commandIdsMax = 64

const handlers: Record<CommandKind, (turn: Turn, command: Command) => void> = {
  retrain: commandRetrain,
  promote: commandPromote,
  rollback: commandRollback,
  hold: commandHold,
  resume: commandResume,
  approve: refuseApproval,
  reject: refuseApproval,
}

export function takeCommand(turn: Turn, command: Command): void {
  const { state } = turn
  if (state.commandIds.includes(command.commandId)) return
  state.commandIds = [...state.commandIds, command.commandId].slice(-commandIdsMax)
  handlers[command.command](turn, command)
}

function refuse(turn: Turn, { commandId, command, version }: Command, why: string): void {
  recordDecision(turn, { decision: 'command-refused', subject: version, cause: commandId, text: `'${command}'${version === null ? '' : ` of ${version}`} is refused: ${why}` })
}

function commandRetrain(turn: Turn, command: Command): void {
  const { request } = turn.state
  if (request !== null) return refuse(turn, command, `request ${request.id} is open already; announce its candidate, or wait for it to expire.`)
  considerRetraining(turn, sightOf(turn, null, command))
}

function commandPromote(turn: Turn, command: Command): void {
  const { version, issuer, reason } = command
  const why = notServable(turn, version)
  if (why !== null) return refuse(turn, command, why)
  versionState(turn, version!).isDistrusted = false
  promote(turn, version!, { gates: [], cause: `${issuer} commanded it${reason === '' ? '' : `: ${reason}`}`, approvers: [issuer] })
}

function commandRollback(turn: Turn, command: Command): void {
  const { state } = turn
  if (state.champion === null) return refuse(turn, command, `no champion of ${turn.model} is known yet; name the version that shall act with 'steward promote'.`)
  const target = command.version ?? lastKnownGood(state)
  if (target === null) {
    openNoTarget(turn, `${command.issuer} commanded it`)
    return refuse(turn, command, 'no earlier champion is known; name the version with --to.')
  }
  const why = notServable(turn, target)
  if (why !== null) return refuse(turn, command, why)
  versionState(turn, target).isDistrusted = false
  const { issuer, reason } = command
  rollBack(turn, target, { cause: `${issuer} commanded it${reason === '' ? '' : `: ${reason}`}`, findings: [], issuer, firstBadMs: null, acts: true })
}

/** Why a version cannot be made champion by command; null when it can. */
function notServable({ state, model }: Turn, version: string | null): string | null {
  if (version === null) return 'it names no version; add --to.'
  if (state.champion?.version === version) return `${version} is the champion already.`
  if (state.versions[version] !== undefined) return null
  const known = Object.keys(state.versions).sort().join(', ')
  return `${model} has no version '${version}'; known are: ${known === '' ? 'none yet' : known}.`
}

function commandHold(turn: Turn, { issuer, reason, commandId }: Command): void {
  turn.state.hold = { issuer, reason, sinceMs: turn.atMs }
  recordDecision(turn, { decision: 'held', subject: issuer, cause: commandId, text: `${issuer} holds automatic promotions of ${turn.model}: ${reason || 'no reason given'}. Rollbacks are not held.` })
}

function commandResume(turn: Turn, command: Command): void {
  if (turn.state.hold === null) return refuse(turn, command, 'nothing is held.')
  turn.state.hold = null
  recordDecision(turn, { decision: 'resumed', subject: command.issuer, cause: command.commandId, text: `${command.issuer} resumes automatic promotions of ${turn.model}.` })
}

function refuseApproval(turn: Turn, command: Command): void {
  refuse(turn, command, `approvals are not built yet; use 'steward promote' or 'steward rollback'.`)
}
