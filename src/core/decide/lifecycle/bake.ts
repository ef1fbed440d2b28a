/** Watching a new champion: operational harm on the fast lane, its live metric at every pane, and the end of the watch. */
import { addOutcomes, clonePlain } from '../../panes/merge.ts'
import type { PaneSummary, WatchCounters } from '../../panes/summary.ts'
import { addAll, type Outcomes } from '../../metrics/outcomes.ts'
import { readLiveMetric } from '../../rollout/watch/live-metric.ts'
import { watchRules } from '../../rollout/watch/table.ts'
import { digestCdf } from '../../sketches/digest.ts'
import { isReason } from '../../triggers/trigger.ts'
import { duration } from '../../text.ts'
import { recordDecision } from '../announce.ts'
import { serve } from './champion.ts'
import { unidentified } from '../labels.ts'
import { rollBackByRule } from './rollback.ts'
import { shareNow } from '../share.ts'
import { bakePart, type Bake } from '../state.ts'
import type { Turn } from '../turn.ts'

/** Outcomes by version, of inferences predicted since the promotion. */
type BakeOutcomes = Record<string, Outcomes>

/** Fast lane: adds one task's counters of the new champion and rolls back when a rule alarms. */
export function watchOperations(turn: Turn, counters: WatchCounters): void {
  const { bake } = turn.state
  const seen = bake === null ? undefined : counters.versions[bake.version]
  if (bake === null || seen === undefined || bake.isAdvised || counters.toMs <= bake.sinceMs) return
  addCounters(turn, bake, seen, counters.fromMs)
  const evidence = { ...bake, atMs: turn.atMs }
  const alarms = Object.values(watchRules).map((rule) => rule.read(evidence, turn.policy.rollback.watch)).filter((finding) => finding !== null).filter(isReason)
  if (alarms.length > 0) rollBackByRule(turn, alarms, bake.firstBadMs)
}

function addCounters({ policy }: Turn, bake: Bake, seen: WatchCounters['versions'][string], fromMs: number): void {
  const budgetMs = policy.rollback.watch.maxLatencyP99Ms
  const bad = seen.errors + seen.timeouts + seen.nonFiniteScores
  const over = budgetMs === null || seen.latency.n === 0 ? 0 : Math.round(seen.latency.n * (1 - digestCdf(seen.latency, justAbove(budgetMs))!))
  bake.acted += seen.acted
  bake.bad += bad
  bake.latencyCount += seen.latency.n
  bake.latencyOver += over
  if (bad + over > 0) bake.firstBadMs = Math.min(bake.firstBadMs ?? fromMs, fromMs)
}

/** A latency of exactly the budget is within it. */
const justAbove = (budgetMs: number): number => budgetMs * (1 + 2 ** -40)

/** Adds what became of inferences predicted since the promotion, of the new champion and of its predecessor in shadow. */
export function gatherBake({ state, parts, model }: Turn, pane: PaneSummary): void {
  if (state.bake === null) return
  const gathered = parts.get<BakeOutcomes>(bakePart(model)) ?? {}
  parts.put(bakePart(model), withPane(gathered, pane, state.bake))
}

function withPane(gathered: BakeOutcomes, pane: PaneSummary, { version, previous, sinceMs }: Bake): BakeOutcomes {
  for (const name of [version, previous]) {
    if (name === null) continue
    const seen = pane.versions[name]
    for (const [cohort, outcomes] of Object.entries(seen?.cohorts ?? {})) {
      if (!(Number(cohort) >= sinceMs)) continue
      // a profile that came into force since has other score bins: what is counted on the former ones would block all that follows
      if (gathered[name] === undefined || addOutcomes(gathered[name], outcomes) > 0) gathered[name] = clonePlain(outcomes)
    }
    addEntities(gathered[name], seen?.outcomes)
  }
  return gathered
}

/** Cohorts do not count entities: those of the whole pane show how much one entity's outcomes resemble each other. */
function addEntities(into: Outcomes | undefined, from: Outcomes | undefined): void {
  if (into === undefined || into.kind !== from?.kind || from.byEntity === undefined) return
  addAll(into.byEntity ??= new Float64Array(from.byEntity.length), from.byEntity)
}

/** The live metric of a new champion; `partial` is a pane that is not whole and counts for this look only. */
export function watchPerformance(turn: Turn, partial: PaneSummary | null = null): void {
  const { state, parts, model, policy, atMs } = turn
  const { bake } = state
  if (bake === null || bake.isAdvised) return
  const held = parts.get<BakeOutcomes>(bakePart(model)) ?? {}
  const gathered = partial === null ? held : withPane(clonePlain(held), partial, bake)
  const metric = policy.rollback.watch.performance?.metric
  if (metric !== undefined && unidentified(metric, policy.labels, 0) !== null) return
  const alarms = readLiveMetric({
    version: bake.version, previous: bake.previous, sinceMs: bake.sinceMs, atMs, outcomes: gathered[bake.version] ?? null,
    previousOutcomes: bake.previous === null ? null : gathered[bake.previous] ?? null, claim: metric === undefined ? null : state.versions[bake.version]?.claim?.[metric] ?? null,
    params: metric === undefined ? undefined : policy.performance.params?.[metric],
  }, policy.rollback.watch, shareNow(turn)?.chance ?? null).filter(isReason)
  if (alarms.length > 0) rollBackByRule(turn, alarms, bake.sinceMs)
}

/** The watch is over: the champion is good, and its predecessor leaves the shadow. */
export function endBake(turn: Turn): void {
  const { state, parts, model, policy, atMs } = turn
  const { bake } = state
  if (bake === null || atMs < bake.sinceMs + policy.rollback.watch.bakeMs) return
  state.bake = null
  parts.delete(bakePart(model))
  if (bake.isAdvised) return
  for (const tenure of state.history) if (tenure.version === bake.version) tenure.isGood = true
  recordDecision(turn, { decision: 'bake-passed', subject: bake.version, text: `${bake.version} served ${duration(atMs - bake.sinceMs)} without an alarm and is known good.` })
  if (state.shadows.length > 0) serve(turn, bake.version, [], 'bake passed')
}
