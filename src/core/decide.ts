/**
 * DECIDE: from the panes of all observe tasks, candidates and commands to retrain requests, promotions and rollbacks.
 * State is in `parts`; every function here takes one record at one stream time, changes parts and emits events. Nothing depends on
 * arrival order within a pane, on epochs or on how records were batched.
 */
import { adoptChampion, noteLaggards, noteVersions } from './decide/lifecycle/champion.ts'
import { announcePolicy, closeIncident, openIncident, recordDecision } from './decide/announce.ts'
import { endBake, gatherBake, watchOperations, watchPerformance } from './decide/lifecycle/bake.ts'
import { expireCandidates, judgeWaiting, takeCandidate } from './decide/lifecycle/candidates.ts'
import { addCohorts, cohortRows, noteLive, type CohortRow } from './decide/performance/cohorts.ts'
import { countSilence, dropParts, isPastGrace, keepPart, noteBroadcast, noteReopened, partsOf, passedMs, wholePanes } from './decide/collect.ts'
import { takeCommand } from './decide/lifecycle/commands.ts'
import { applyCorrections } from './decide/performance/corrections.ts'
import { feedDetectors } from './decide/performance/detectors.ts'
import { planNext } from './decide/due.ts'
import type { DecideEnvironment, Emit } from './decide/environment.ts'
import { readEstimates } from './decide/performance/estimates.ts'
import { keepPane, slimPane } from './decide/keep.ts'
import { noteOtherClasses } from './decide/class-limits.ts'
import { noteBudget, noteLimits } from './decide/limits.ts'
import { isOfService } from './decide/performance/metric-windows.ts'
import { makeProvisional } from './decide/drift/provisional.ts'
import { readPane } from './decide/readings.ts'
import { notePipelineFaults } from './decide/retrain/pipeline-faults.ts'
import { considerRetraining, expireRequest, sightOf } from './decide/retrain/retrain.ts'
import { gatherSeason } from './decide/drift/season.ts'
import { modelPart, type ModelState, type OpenPane } from './decide/state.ts'
import { keepPolicy, keepProfile } from './decide/tables.ts'
import { openTurn, policyFor, seenModels, type Turn } from './decide/turn.ts'
import { viewOf } from './decide/view.ts'
import { mergePane } from './panes/merge.ts'
import type { PaneBroadcast, PaneSummary, WatchCounters } from './panes/summary.ts'
import type { Parts } from './parts.ts'
import type { ModelPolicy } from './policy.ts'
import type { Candidate, Command, Profile } from './records.ts'
import { counted, figure } from './text.ts'

export type { DecideEnvironment, DecideRole, Emit } from './decide/environment.ts'
export type { CohortRow } from './decide/performance/cohorts.ts'

export interface Decide {
  /** Broadcast table: in force from the first pane that starts at or after `effectiveFromMs`; one that comes later than that, from `nowMs`. */
  applyPolicy(parts: Parts, policy: ModelPolicy, effectiveFromMs: number, nowMs: number): void
  applyProfile(parts: Parts, profile: Profile, effectiveFromMs: number, nowMs: number): void
  /** One task's part of a pane. It is read when every task has passed the pane's end. */
  pane(parts: Parts, summary: PaneSummary, streamTimeMs: number, emit: Emit): void
  watch(parts: Parts, counters: WatchCounters, streamTimeMs: number, emit: Emit): void
  broadcast(parts: Parts, broadcast: PaneBroadcast, streamTimeMs: number, emit: Emit): void
  /** An observe task that was final goes on: another run began. */
  reopen(parts: Parts, task: number): void
  candidate(parts: Parts, candidate: Candidate, streamTimeMs: number, emit: Emit): void
  command(parts: Parts, command: Command, streamTimeMs: number, emit: Emit): void
  /** A tick: one a second. */
  advance(parts: Parts, streamTimeMs: number, emit: Emit): void
  /** `--drain`: nothing will follow. Reads what is still open and compares live metrics with completed cohorts. */
  end(parts: Parts, streamTimeMs: number, emit: Emit): void
  /** Readable JSON; null for a model that this task has never seen. */
  view(parts: Parts, model: string): object | null
  /** Every cohort kept: live numbers as they stood beside what its labels say. */
  cohorts(parts: Parts, model: string): CohortRow[]
  /** Models that this task has seen. */
  models(parts: Parts): readonly string[]
  /** The policy that a model's newest pane was read under. */
  policyOf(parts: Parts, model: string): ModelPolicy
}

export function createDecide(env: DecideEnvironment): Decide {
  const open = (parts: Parts, emit: Emit, model: string, atMs: number, policyMs = atMs): Turn => openTurn(env, parts, emit, model, atMs, policyMs)

  /** Runs one step for one model and sees to what follows from it. */
  function act(parts: Parts, emit: Emit, model: string, atMs: number, step: (turn: Turn) => void): void {
    const turn = open(parts, emit, model, atMs)
    step(turn)
    judgeWaiting(turn)
    planNext(turn)
  }

  return {
    applyPolicy(parts, policy, effectiveFromMs, nowMs) {
      keepPolicy(parts, policy, effectiveFromMs, nowMs)
    },
    applyProfile(parts, profile, effectiveFromMs, nowMs) {
      const { limits } = policyFor(env, parts, profile.model, nowMs)
      const history = parts.get<ModelState>(modelPart(profile.model))?.history ?? []
      keepProfile(parts, profile, effectiveFromMs, nowMs, env.hash, limits.profilesMax, history.map(({ version }) => version))
    },
    pane(parts, summary, _streamTimeMs, emit) {
      keepPart(parts, summary)
      readWhole(parts, passedMs(parts, env.upstreamTasks), emit)
    },
    watch(parts, counters, streamTimeMs, emit) {
      const bake = parts.get<ModelState>(modelPart(counters.model))?.bake ?? null
      if (bake !== null) act(parts, emit, counters.model, streamTimeMs, (turn) => watchOperations(turn, counters))
    },
    broadcast(parts, broadcast, _streamTimeMs, emit) {
      noteBroadcast(parts, broadcast)
      readWhole(parts, passedMs(parts, env.upstreamTasks), emit)
    },
    reopen: noteReopened,
    candidate(parts, candidate, streamTimeMs, emit) {
      act(parts, emit, candidate.model, streamTimeMs, (turn) => takeCandidate(turn, candidate))
    },
    command(parts, command, streamTimeMs, emit) {
      act(parts, emit, command.model, streamTimeMs, (turn) => takeCommand(turn, command))
    },
    advance(parts, streamTimeMs, emit) {
      const silence = countSilence(parts, env.upstreamTasks)
      for (const model of seenModels(parts)) {
        lookAtPartial(parts, model, silence, streamTimeMs, emit)
        const { nextDueMs } = parts.get<ModelState>(modelPart(model))!
        if (nextDueMs !== null && nextDueMs <= streamTimeMs) act(parts, emit, model, streamTimeMs, passTime)
      }
    },
    end(parts, streamTimeMs, emit) {
      readWhole(parts, Infinity, emit)
      for (const model of seenModels(parts)) act(parts, emit, model, streamTimeMs, compareCohorts)
    },
    view: (parts, model) => viewOf(parts, model, inForce(parts, model)),
    cohorts(parts, model) {
      const state = parts.get<ModelState>(modelPart(model))
      return state === undefined ? [] : cohortRows(parts, state, inForce(parts, model))
    },
    models: seenModels,
    policyOf: inForce,
  }

  /** The policy that the newest pane was read under. */
  function inForce(parts: Parts, model: string): ModelPolicy {
    const state = parts.get<ModelState>(modelPart(model))
    return policyFor(env, parts, model, state?.paneEndMs ?? state?.firstSeenMs ?? 0)
  }

  /** Reads every pane that all tasks have passed, strictly in order of start. */
  function readWhole(parts: Parts, passed: number, emit: Emit): void {
    for (const { model, pane } of wholePanes(parts, passed)) readOne(open(parts, emit, model, pane.endMs, pane.startMs), pane)
  }

  /** The heart: one whole pane of one model, a step a line. */
  function readOne(turn: Turn, waiting: OpenPane): void {
    announcePolicy(turn)
    const pane = keepPane(turn, partsOf(turn, waiting))
    dropParts(turn, waiting)
    closePartial(turn)
    noteVersions(turn, pane)
    noteLimits(turn, pane)
    noteBudget(turn)
    noteOtherClasses(turn, pane)
    applyCorrections(turn, pane)
    addCohorts(turn, pane)
    gatherBake(turn, pane)
    watchPerformance(turn)
    adoptChampion(turn)
    noteLaggards(turn, pane)
    feedDetectors(turn, pane)
    const readings = readPane(turn, pane)
    readEstimates(turn, pane)
    noteLive(turn, readings)
    makeProvisional(turn, pane)
    gatherSeason(turn, pane)
    notePipelineFaults(turn, readings)
    slimPane(turn, pane)
    expireRequest(turn)
    considerRetraining(turn, sightOf(turn, readings, null))
    expireCandidates(turn)
    endBake(turn)
    judgeWaiting(turn)
    planNext(turn)
  }

  /** What time alone brings about. */
  function passTime(turn: Turn): void {
    expireRequest(turn)
    considerRetraining(turn, sightOf(turn, null, null))
    expireCandidates(turn)
    endBake(turn)
  }

  /** A task has been silent beyond the grace: an incident, and harm in what is here may roll back; nothing else acts on a partial pane. */
  function lookAtPartial(parts: Parts, model: string, silence: number, atMs: number, emit: Emit): void {
    const { paneGraceMs } = policyFor(env, parts, model, atMs).time
    if (!isPastGrace(silence, paneGraceMs)) return
    const passed = passedMs(parts, env.upstreamTasks, (silentTicks) => isPastGrace(silentTicks, paneGraceMs))
    const stuck = parts.get<ModelState>(modelPart(model))!.open.filter(({ endMs, isPartial }) => !isPartial && endMs <= Math.min(passed, atMs))
    if (stuck.length === 0) return
    const turn = open(parts, emit, model, atMs)
    for (const waiting of stuck) lookAtOne(turn, waiting)
    planNext(turn)
  }

  function lookAtOne(turn: Turn, waiting: OpenPane): void {
    waiting.isPartial = true
    openIncident(turn, {
      incident: 'partial-pane', severity: 'warning', owner: 'steward',
      cause: `The pane from ${waiting.startMs} is not whole: only ${counted(waiting.tasks.length, 'task')} of ${env.upstreamTasks} sent a part and one has been silent; `
        + 'look whether every worker runs. Nothing but a rollback acts on it until it is whole.',
    })
    watchPerformance(turn, mergePane(partsOf(turn, waiting), turn.policy.hash).pane)
  }

  function closePartial(turn: Turn): void {
    if (!turn.state.open.some(({ isPartial }) => isPartial)) closeIncident(turn, 'partial-pane')
  }

  /** At the end of a drained run: what live windows said against what the cohorts came to. */
  function compareCohorts(turn: Turn): void {
    const { state, parts, policy } = turn
    const rows = cohortRows(parts, state, policy).filter(({ live, labels }) => live !== null && labels > 0)
    const lines = policy.performance.metrics.filter((metric) => !isOfService(metric)).map((metric) => {
      const pairs = rows.map(({ live, completed }) => [live![metric] ?? null, completed[metric] ?? null]).filter(([a, b]) => a !== null && b !== null) as [number, number][]
      const gap = pairs.reduce((sum, [live, completed]) => sum + Math.abs(live - completed), 0) / pairs.length
      return pairs.length === 0 ? `${metric} cannot be compared, as no cohort has it both live and complete` : `${metric} as read live was off by ${figure(gap)} on average over ${counted(pairs.length, 'cohort')}`
    })
    const said = lines.length === 0 ? 'no metrics are asked for' : lines.join('; ')
    recordDecision(turn, { decision: 'closed', text: `The run ends after ${counted(state.panesRead, 'pane')}: ${said}.` })
  }
}
