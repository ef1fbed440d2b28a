/** Who acts: the champion's office, its history, and the serving-config that tells the fleet. */
import { assert } from '../../assert.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { ServingConfig } from '../../records.ts'
import { nextStage, type Happening } from '../../rollout/lifecycle.ts'
import { counted, percent } from '../../text.ts'
import { closeIncident, openIncident, recordDecision } from '../announce.ts'
import { bakePart, candidatePart, gatheringPart, panePart, type ModelState, type Tenure, type VersionState } from '../state.ts'
import type { Turn } from '../turn.ts'

/** Versions remembered besides champion, history and those that wait. */
const versionsMax = 50
/** Acted predictions that are enough to tell who acts; fewer in the newest pane, and older panes count too. */
const actedEnough = 100
/** A runner-up within this share of the leader makes it a question. */
const nearEqualShare = 0.9

/** The version's state, `observed` when it was never heard of. */
export function versionState({ state, atMs }: Turn, version: string): VersionState {
  return (state.versions[version] ??= { stage: 'observed', sinceMs: atMs, announcedMs: null, judgedOn: null, candidateHash: null, claim: null, isDistrusted: false })
}

/** Moves a version along the lifecycle table; a move that the table does not have is a broken invariant. */
export function moveVersion(turn: Turn, version: string, on: Happening): void {
  const held = versionState(turn, version)
  const to = nextStage(held.stage, on)
  assert(to !== null, `${turn.model} ${version} cannot be ${on} from stage ${held.stage}`)
  held.stage = to
  held.sinceMs = turn.atMs
}

/** Every version that a pane mentions is known from then on. */
export function noteVersions(turn: Turn, pane: PaneSummary): void {
  for (const version of Object.keys(pane.versions).sort()) versionState(turn, version)
  forgetVersions(turn)
}

function forgetVersions({ state, parts, model }: Turn): void {
  const needed = new Set([...state.history.map(({ version }) => version), state.champion?.version])
  const spare = Object.entries(state.versions).filter(([version, { stage }]) => !needed.has(version) && stage !== 'waiting')
  const byAge = spare.sort(([a, x], [b, y]) => x.sinceMs - y.sinceMs || (a < b ? -1 : 1))
  for (const [version] of byAge.slice(0, Math.max(0, byAge.length - versionsMax))) {
    delete state.versions[version]
    parts.delete(candidatePart(model, version))
  }
}

/**
 * Makes `version` champion; the one before it leaves by `out`. Triggers are armed afresh, since the reference is another,
 * and a new champion is watched for the bake time, unless it returns or acted before anything was known.
 */
export function takeOffice(turn: Turn, version: string, by: Extract<Happening, 'promoted' | 'promoted-by-person' | 'adopted' | 'restored'>, out: 'superseded' | 'rolled-back'): void {
  const { state, atMs } = turn
  const previous = state.champion?.version ?? null
  if (previous !== null) moveVersion(turn, previous, out)
  moveVersion(turn, version, by)
  state.champion = { version, sinceMs: atMs }
  const isProven = by === 'restored' || (by === 'adopted' && previous === null)
  state.history = nextHistory(turn, { version, sinceMs: atMs, isGood: isProven }, out === 'rolled-back' ? previous : null)
  state.bake = isProven ? null
    : { version, previous, sinceMs: atMs, acted: 0, bad: 0, latencyCount: 0, latencyOver: 0, firstBadMs: null, isAdvised: false }
  if (state.laggards?.version === version) {
    // what lagged behind on it is now in step with everyone
    state.laggards = null
    closeIncident(turn, 'fleet-laggard')
  }
  startAfresh(turn)
}

function nextHistory({ state, policy }: Turn, tenure: Tenure, disgraced: string | null): Tenure[] {
  const kept = state.history.filter(({ version }) => version !== disgraced && version !== tenure.version)
  return [...kept, tenure].slice(-Math.max(2, policy.rollback.keepVersions))
}

/** What was measured against the former champion says nothing about the new one. */
function startAfresh({ state, parts, model }: Turn): void {
  for (const trigger of Object.values(state.triggers)) trigger.isArmed = true
  for (const key of Object.keys(state.triggers)) if (!key.startsWith('calendar')) delete state.triggers[key]
  state.detectors = []
  state.provisional = null
  state.withheld = null
  delete state.withheldSegments
  parts.delete(bakePart(model))
  parts.delete(gatheringPart(model))
}

/** The version a rollback returns to: the last good champion before this one, else the last one that was not taken out; null when there is none. */
export function lastKnownGood({ history, champion, versions }: ModelState): string | null {
  const others = history.filter(({ version }) => version !== champion?.version && versions[version]?.stage !== 'rolled-back').reverse()
  return (others.find(({ isGood }) => isGood) ?? others[0])?.version ?? null
}

/** Tells the fleet who acts from now on. */
export function serve(turn: Turn, champion: string, shadows: readonly string[], cause: string): void {
  const { state, env, model, atMs } = turn
  state.sequence += 1
  state.shadows = [...shadows]
  const config: ServingConfig = {
    kind: 'serving-config', model, sequence: state.sequence, champion, routes: [{ version: champion, weight: 1, role: 'champion' }], shadows: [...shadows],
    salt: env.hash(`${model} ${state.sequence}`).slice(0, 16), cause, advisory: false, at: atMs,
  }
  turn.emit('serving-config', model, config)
}

/** Without a serving-config the version that acts most is the champion. Two that act about equally often are a question to a person, not a guess. */
export function adoptChampion(turn: Turn): void {
  const { state } = turn
  if (state.sequence > 0) return
  const ranked = actedByVersion(turn)
  if (ranked.length === 0) return
  const [[leader, most], second] = ranked
  if (second !== undefined && second[1] >= nearEqualShare * most) return askWho(turn, [leader, second[0]])
  closeIncident(turn, 'champion-ambiguous')
  if (leader === state.champion?.version) return
  const previous = state.champion?.version ?? null
  takeOffice(turn, leader, 'adopted', 'superseded')
  const total = ranked.reduce((sum, [, acted]) => sum + acted, 0)
  recordDecision(turn, {
    decision: 'champion-adopted', subject: leader,
    text: `${leader} is taken as champion${previous === null ? '' : ` instead of ${previous}`}: it acted in ${percent(most / total)} of the last ${counted(total, 'acted prediction')}.`,
  })
}

function askWho(turn: Turn, versions: readonly string[]): void {
  const { champion } = turn.state
  openIncident(turn, {
    incident: 'champion-ambiguous', severity: 'warning', owner: 'model owner',
    cause: `${[...versions].sort().join(' and ')} act about equally often, so ${champion === null ? 'no champion is assumed' : `${champion.version} stays champion`}; `
      + `say which one by 'steward promote ${turn.model} --to … --reason …'.`,
  })
}

/** [version, acted] of the newest panes that together are enough, most first. */
function actedByVersion({ state, parts, model }: Turn): [string, number][] {
  const acted: Record<string, number> = {}
  let total = 0
  for (let i = state.panes.length - 1; i >= 0 && total < actedEnough; i--) {
    const pane = parts.get<PaneSummary>(panePart(model, state.panes[i]))
    for (const summary of Object.values(pane?.versions ?? {})) {
      acted[summary.version] = (acted[summary.version] ?? 0) + summary.acted
      total += summary.acted
    }
  }
  return Object.entries(acted).filter(([, count]) => count > 0).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
}

/** After a rollback: which acted predictions still follow an older serving-config. Gone when a pane has none. */
export function noteLaggards(turn: Turn, pane: PaneSummary): void {
  const { laggards } = turn.state
  if (laggards === null || pane.startMs < laggards.sinceMs) return
  const late = Object.values(pane.versions).filter(({ acted, version, configSequenceMin }) =>
    acted > 0 && (version === laggards.version || (configSequenceMin !== -1 && configSequenceMin < laggards.sequence)))
  if (late.length === 0) {
    closeIncident(turn, 'fleet-laggard', undefined, `All instances follow serving-config ${laggards.sequence}.`)
    if (Object.values(pane.versions).some(({ acted }) => acted > 0)) endRollback(turn)
    return
  }
  openIncident(turn, {
    incident: 'fleet-laggard', severity: 'critical', owner: 'serving',
    cause: `Instances still act on a serving-config older than ${laggards.sequence}, with ${late.map(({ version }) => version).sort().join(', ')}; restart or reload them.`,
  })
}

function endRollback(turn: Turn): void {
  const { laggards } = turn.state
  turn.state.laggards = null
  recordDecision(turn, { decision: 'rollback-done', subject: laggards!.version, text: `No acted prediction follows a serving-config older than ${laggards!.sequence}: ${laggards!.version} is out of service.` })
}
