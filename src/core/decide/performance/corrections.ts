/** Labels that changed after their outcome was counted: the pane they were counted in is put right while a window still needs it. */
import type { MulticlassOutcomes } from '../../metrics/class-outcomes.ts'
import { addClassEntity, addNumberEntity } from '../../metrics/entity-sums.ts'
import { addBinary, addEntity, addRegression, errorOf, type Outcomes } from '../../metrics/outcomes.ts'
import type { ClassCorrection, PaneCorrection, PaneSummary } from '../../panes/summary.ts'
import { addCorrected } from './class-correction.ts'
import { panePart } from '../state.ts'
import type { Turn } from '../turn.ts'

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
function correctEntity(outcomes: Outcomes, { score, decision, before, after, classes, bucket }: PaneCorrection): void {
  if (bucket === undefined) return
  if (outcomes.kind === 'multiclass' || classes !== undefined) {
    if (outcomes.kind === 'multiclass' && classes !== undefined) correctClassEntity(outcomes, classes, bucket)
    return
  }
  for (const [actual, weight] of [[before, -1], [after, 1]] as const) {
    if (Number.isNaN(actual)) continue
    if (outcomes.kind === 'binary') addEntity(outcomes, actual === 1 ? 1 : 0, decision === 1 ? 1 : 0, bucket, weight)
    else addNumberEntity(outcomes, errorOf(actual, score), bucket, weight)
  }
}

function correctClassEntity(outcomes: MulticlassOutcomes, { before, after }: ClassCorrection, bucket: number): void {
  if (before !== null) addClassEntity(outcomes, before.isRight, bucket, -1)
  if (after !== null) addClassEntity(outcomes, after.isRight, bucket, 1)
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
