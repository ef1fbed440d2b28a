/** A model's state in words and numbers, for `steward status`. */
import type { Parts } from '../parts.ts'
import type { ModelPolicy } from '../policy.ts'
import { keptCohorts } from './performance/cohort.ts'
import { cohortRows } from './performance/cohorts.ts'
import { taskView } from './collect.ts'
import { detectorView } from './performance/detectors.ts'
import type { PaneEstimates } from './performance/pane-estimates.ts'
import { maturityOf, maturityView } from './performance/maturity.ts'
import type { PaneReadings } from './readings.ts'
import { estimatesPart, modelPart, readingsPart, type ModelState } from './state.ts'
import { profileEntries } from './tables.ts'

/** Cohorts that the view shows; all of them are in `cohorts`. */
const cohortsShown = 24

/** Plain JSON; null for a model that this task has never seen. */
export function viewOf(parts: Parts, model: string, policy: ModelPolicy): object | null {
  const state = parts.get<ModelState>(modelPart(model))
  if (state === undefined) return null
  const readings = parts.get<PaneReadings>(readingsPart(model))
  return {
    model, mode: policy.mode, policy: { hash: policy.hash, inForce: state.policyHash }, champion: state.champion, sequence: state.sequence, shadows: state.shadows,
    history: state.history, versions: state.versions, bake: state.bake, laggards: state.laggards, hold: state.hold,
    request: state.request, withheld: state.withheld ?? null,
    ...(state.withheldSegments === undefined ? {} : { withheldSegments: state.withheldSegments }), cooldownUntilMs: state.cooldownUntilMs, labelsSinceAsked: state.labelsSinceAsked,
    triggers: Object.fromEntries(Object.entries(state.triggers).map(([name, { isArmed, isOn }]) => [name, { isArmed, isOn }])),
    incidents: Object.values(state.incidents), decisions: { count: state.decisionCount, hash: state.decisionHash, recent: state.recent },
    panes: {
      read: state.panesRead, lastEndMs: state.paneEndMs, kept: state.panes.length, waiting: state.open, lateParts: state.lateParts,
      leftOut: { parts: state.leftOut, window: readings?.leftOut ?? 0, why: leftOutText(state.leftOut + (readings?.leftOut ?? 0)) },
    },
    tasks: taskView(parts), counts: state.joined, corrections: { applied: state.correctionsApplied, counted: state.correctionsCounted },
    detectors: detectorView(state, policy),
    profiles: profileEntries(parts, model), provisional: state.provisional, readings: readings ?? null, estimates: parts.get<PaneEstimates>(estimatesPart(model)) ?? null,
    cohorts: cohortRows(parts, state, policy, cohortsShown), maturity: maturityNow(parts, state, policy),
  }
}

function maturityNow(parts: Parts, state: ModelState, policy: ModelPolicy) {
  const [kept, nowMs] = [keptCohorts(parts, state), state.paneEndMs ?? 0]
  return maturityView(maturityOf(kept, nowMs, policy), kept, state.champion?.version ?? null, nowMs, policy)
}

const leftOutText = (leftOut: number): string | null => leftOut === 0 ? null
  : 'Made under another policy or on other bins than those in force: such summaries are not added together, so the newest windows hold less until they refill.'
