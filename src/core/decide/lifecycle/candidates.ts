/** What a trainer announces: judged offline against its baseline, then promoted, rejected, or kept waiting. */
import { evaluateOfflineGates, type GateResult } from '../../gates/table.ts'
import { gateFinding } from '../../gates/gate.ts'
import { canonicalJson } from '../../hash.ts'
import type { Candidate, Finding } from '../../records.ts'
import { nextStage } from '../../rollout/lifecycle.ts'
import { duration } from '../../text.ts'
import { closeIncident, recordDecision } from '../announce.ts'
import { moveVersion, versionState } from './champion.ts'
import { promote } from './promote.ts'
import { candidatePart } from '../state.ts'
import type { Turn } from '../turn.ts'

/** A repeated announcement changes nothing; any other answers the open request, whatever becomes of it. */
export function takeCandidate(turn: Turn, candidate: Candidate): void {
  const { env, parts, model, atMs } = turn
  const { version } = candidate
  const held = versionState(turn, version)
  const candidateHash = env.hash(canonicalJson(candidate))
  if (held.candidateHash === candidateHash) return
  answerRequest(turn, version)
  if (refused(turn, version, candidateHash)) return
  moveVersion(turn, version, 'announced')
  Object.assign(held, { announcedMs: atMs, candidateHash, claim: candidate.evaluation.metrics, judgedOn: null })
  parts.put(candidatePart(model, version), candidate)
  judge(turn, version)
}

/** The request is answered: triggers are armed again and labels are counted from here. */
function answerRequest(turn: Turn, version: string): void {
  const { state, atMs } = turn
  closeIncident(turn, 'retrain-unanswered')
  if (state.request !== null) {
    recordDecision(turn, {
      decision: 'retrain-answered', subject: version, eventId: state.request.id, text: `${version} answers the request of ${duration(atMs - state.request.atMs)} ago.`,
    })
  }
  state.request = null
  state.lastAskedMs = atMs
  state.labelsSinceAsked = 0
  for (const trigger of Object.values(state.triggers)) trigger.isArmed = true
}

function refused(turn: Turn, version: string, cause: string): boolean {
  const { stage, isDistrusted } = versionState(turn, version)
  if (!isDistrusted && nextStage(stage, 'announced') !== null) return false
  const why = stage === 'champion' && !isDistrusted ? 'it is the champion already' : 'it was rolled back, or should have been; only a person promotes it again'
  recordDecision(turn, { decision: 'candidate-refused', subject: version, cause, text: `${version} is not considered: ${why}.` })
  return true
}

/** Judges again every candidate that waits on something that has changed since. */
export function judgeWaiting(turn: Turn): void {
  for (const version of Object.keys(turn.state.versions).sort()) {
    const { stage, judgedOn } = turn.state.versions[version]
    if (stage === 'waiting' && judgedOn !== circumstances(turn)) judge(turn, version)
  }
}

/** What a judgement depends on besides the candidate. */
const circumstances = ({ state, policy }: Turn): string => canonicalJson([state.champion?.version ?? null, policy.hash, state.hold !== null])

function judge(turn: Turn, version: string): void {
  const { state, policy, parts, model } = turn
  const candidate = parts.get<Candidate>(candidatePart(model, version))!
  const { verdict, findings } = judged(turn, candidate)
  versionState(turn, version).judgedOn = circumstances(turn)
  if (verdict === 'fail') {
    moveVersion(turn, version, 'gates-failed')
    recordDecision(turn, { decision: 'candidate-rejected', subject: version, findings, text: `${version} is rejected. ${worstOf(findings)}` })
  } else if (verdict === 'inconclusive' || state.hold !== null) {
    moveVersion(turn, version, 'gates-undecided')
    const why = verdict === 'inconclusive' ? worstOf(findings) : `${state.hold!.issuer} holds promotions: ${state.hold!.reason}.`
    recordDecision(turn, {
      decision: 'candidate-waits', subject: version, findings, cause: circumstances(turn),
      text: `${version} waits, at most ${duration(policy.promotion.decideByMs)} from its announcement. ${why}`,
    })
  } else {
    moveVersion(turn, version, 'gates-passed')
    promote(turn, version, { gates: findings, cause: 'offline gates passed', approvers: [] })
  }
}

/** The offline gates, and whether the baseline is what acts: a gain over anything else proves nothing. */
function judged({ state, policy }: Turn, candidate: Candidate): GateResult {
  const result = evaluateOfflineGates(candidate, policy)
  const champion = state.champion?.version
  if (champion === candidate.baselineVersion) return result
  if (champion === undefined) {
    const unknown = gateFinding('baseline', 'version', candidate.baselineVersion, { value: null, n: 0, verdict: 'inconclusive' }, null,
      `No champion is known yet, so nothing says whether ${candidate.baselineVersion} is what acts; it is judged again when one is.`)
    return { verdict: result.verdict === 'fail' ? 'fail' : 'inconclusive', findings: [unknown, ...result.findings] }
  }
  const stale = gateFinding('baseline', 'version', candidate.baselineVersion, { value: null, n: 0, verdict: 'inconclusive' }, null,
    `It was measured against ${candidate.baselineVersion}, but ${champion} acts: measure it against ${champion} and announce it again.`)
  return { verdict: result.verdict === 'fail' ? 'fail' : 'inconclusive', findings: [stale, ...result.findings] }
}

/** The sentences of what stands in the way. */
function worstOf(findings: readonly Finding[]): string {
  const blocking = findings.filter(({ reading }) => reading.verdict === 'alarm' || reading.verdict === 'insufficient')
  return (blocking.length > 0 ? blocking : findings.filter(({ reading }) => reading.verdict !== 'ok')).map(({ text }) => text).join(' ')
}

/** Candidates that no gate could decide in time. */
export function expireCandidates(turn: Turn): void {
  const { state, policy, atMs } = turn
  for (const version of Object.keys(state.versions).sort()) {
    const { stage, announcedMs } = state.versions[version]
    if (stage !== 'waiting' || announcedMs === null || atMs < announcedMs + policy.promotion.decideByMs) continue
    moveVersion(turn, version, 'decide-by-passed')
    recordDecision(turn, { decision: 'candidate-expired', subject: version, text: `${version} waited ${duration(atMs - announcedMs)} without a decision and has expired.` })
  }
}
