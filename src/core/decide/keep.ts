/** Merged panes, kept as long as the largest window needs them. */
import { addJoinCounts, mergePane } from '../panes/merge.ts'
import type { PaneSummary } from '../panes/summary.ts'
import { gatherSegmentOutcomes } from './retrain/segment-ground.ts'
import { panePart } from './state.ts'
import { gatherTrailing } from './drift/trailing.ts'
import type { Turn } from './turn.ts'

/** Merges the parts of a whole pane and keeps the result. */
export function keepPane(turn: Turn, given: readonly PaneSummary[]): PaneSummary {
  const { state, parts, model, policy } = turn
  const { pane, leftOut } = mergePane(given, policy.hash)
  state.leftOut += leftOut
  state.panesRead += 1
  state.paneEndMs = pane.endMs
  state.labelsSinceAsked += pane.join.joinedLabels
  addJoinCounts(state.joined, pane.join)
  state.panes = [...state.panes, pane.startMs]
  parts.put(panePart(model, pane.startMs), pane)
  forgetPanes(turn, pane.endMs)
  return pane
}

/** What leaves the longest window belongs to a reference that moves on. */
function forgetPanes(turn: Turn, endMs: number): void {
  const { state, parts, model, policy } = turn
  const oldest = endMs - Math.max(...policy.time.windows) * policy.time.paneMs
  for (const start of state.panes) {
    if (start >= oldest) continue
    const left = parts.get<PaneSummary>(panePart(model, start))!
    gatherTrailing(turn, left)
    gatherSegmentOutcomes(turn, left)
    parts.delete(panePart(model, start))
  }
  state.panes = state.panes.filter((start) => start >= oldest)
}

/** Scores that newer panes have pushed out of every window; panes of another policy push out nothing. */
function forgetScores({ state, parts, model }: Turn, pane: PaneSummary): void {
  for (const { version, newestScores } of Object.values(pane.versions)) {
    if (newestScores === undefined) continue
    let newer = 0
    for (let i = state.panes.length - 1; i >= 0; i--) {
      const name = panePart(model, state.panes[i])
      const held = parts.get<PaneSummary>(name)!
      const scores = held.versions[version]?.newestScores
      if (scores === undefined) continue
      if (newer >= newestScores.pairsMax) {
        delete held.versions[version].newestScores
        parts.touch(name)
      } else if (held.policyHash === pane.policyHash) newer += scores.n
    }
  }
}

/** Drops from a pane what was folded elsewhere once it is read: later looks at it need only sketches and sums. */
export function slimPane(turn: Turn, pane: PaneSummary): void {
  const { parts, model } = turn
  for (const version of Object.values(pane.versions)) {
    version.cohorts = {}
    version.cohortPredictions = {}
    version.errorSequence = { counts: new Uint32Array(0), bits: new Uint8Array(0), n: 0 }
  }
  pane.corrections = []
  forgetScores(turn, pane)
  parts.touch(panePart(model, pane.startMs))
}
