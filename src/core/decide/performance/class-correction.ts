/** A corrected outcome of a multiclass model, in the sums of a pane that is closed. */
import { addMulticlass, codeOf, type MulticlassOutcomes } from '../../metrics/class-outcomes.ts'
import type { ClassCorrection, CorrectedClass } from '../../panes/summary.ts'

/** Takes the outcome back under the truth that it had, and adds it under the one it has now. */
export function addCorrected(outcomes: MulticlassOutcomes, { decision, before, after, names, scores }: ClassCorrection): void {
  const { classesMax } = outcomes
  const byCode = new Float64Array(classesMax)
  const placed = names.map((name) => codeOf(outcomes, name))
  placed.forEach((code, i) => {
    if (code < classesMax) byCode[code] = scores[i]
  })
  const codeIn = (name: string | null): number => (name === null ? classesMax : codeOf(outcomes, name))
  const add = ({ name, isRight, score }: CorrectedClass, weight: 1 | -1): void => {
    const [truth, decided] = [codeIn(name), codeIn(decision)]
    const prediction = truth === classesMax && decided === classesMax && !isRight ? classesMax + 1 : decided
    addMulticlass(outcomes, { truth, prediction, truthScore: score, scores: byCode, scoresAt: 0 }, weight)
  }
  if (before !== null) add(before, -1)
  if (after !== null) add(after, 1)
}
