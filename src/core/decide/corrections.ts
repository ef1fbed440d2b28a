/** Labels that changed after their outcome was counted: the pane they were counted in is put right while a window still needs it. */
import { addBinary, addEntity, addRegression, type Outcomes } from '../metrics/outcomes.ts'
import type { PaneCorrection, PaneSummary } from '../panes/summary.ts'
import { addCorrected } from './class-correction.ts'
import { panePart } from './state.ts'
import type { Turn } from './turn.ts'

/** Applies what a pane addresses to earlier ones, or counts it when they have left every window. Detectors are not rewound. */
export function applyCorrections(turn: Turn, { corrections }: PaneSummary): void {
  const { parts, model, state } = turn
  for (const correction of corrections) {
    const name = panePart(model, correction.paneStart)
    const version = parts.get<PaneSummary>(name)?.versions[correction.version]
    if (version === undefined) {
      state.correctionsCounted += 1
      continue
    }
    correct(version.outcomes, correction)
    correctEntity(version.outcomes, correction)
    for (const key of correction.segments) if (version.segments[key] !== undefined) correct(version.segments[key].outcomes, correction)
    parts.touch(name)
    state.correctionsApplied += 1
  }
}

/** The entity's own counts, which the version alone has. */
function correctEntity(outcomes: Outcomes, { decision, before, after, bucket }: PaneCorrection): void {
  if (bucket === undefined || outcomes.kind !== 'binary') return
  for (const [actual, weight] of [[before, -1], [after, 1]] as const) {
    if (!Number.isNaN(actual)) addEntity(outcomes, actual === 1 ? 1 : 0, decision === 1 ? 1 : 0, bucket, weight)
  }
}

/** NaN before: there was no outcome; NaN after: it was withdrawn. */
function correct(outcomes: Outcomes, { score, decision, before, after, classes }: PaneCorrection): void {
  if (outcomes.kind === 'multiclass' || classes !== undefined) {
    if (outcomes.kind === 'multiclass' && classes !== undefined) addCorrected(outcomes, classes)
    return
  }
  for (const [actual, weight] of [[before, -1], [after, 1]] as const) {
    if (Number.isNaN(actual)) continue
    if (outcomes.kind === 'binary') addBinary(outcomes, actual === 1 ? 1 : 0, score, decision === 1 ? 1 : 0, weight)
    else addRegression(outcomes, actual, score, weight)
  }
}
