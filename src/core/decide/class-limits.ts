/** Classes beyond those that a multiclass model keeps apart: counted together by observe, said here. */
import type { MulticlassOutcomes } from '../metrics/class-outcomes.ts'
import type { PaneSummary } from '../panes/summary.ts'
import { closeIncident, openIncident } from './announce.ts'
import type { Turn } from './turn.ts'

/** Outcomes of classes that have no place of their own cannot be told from each other: an incident while they come. */
export function noteOtherClasses(turn: Turn, pane: PaneSummary): void {
  const { multiclass } = turn.policy
  if (multiclass === undefined || !Object.values(pane.versions).some(({ outcomes }) => outcomes.kind === 'multiclass' && hasOther(outcomes))) {
    closeIncident(turn, 'other-classes')
    return
  }
  const { classes, classesMax } = multiclass
  const remedy = classes === null ? 'Raise limits.maxClasses, or name the classes that matter in `classes`.' : 'Add it to `classes`, or correct the producer.'
  openIncident(turn, {
    incident: 'other-classes', severity: 'warning', owner: 'steward',
    cause: `Labels or decisions name a class beyond the ${classesMax} that are kept apart${classes === null ? '' : ' by `classes`'}; all such count together as one class, 'other'. ${remedy}`,
  })
}

/** Whether anything lies in the row or in the columns of OTHER. */
function hasOther({ counts, classesMax }: MulticlassOutcomes): boolean {
  const columns = classesMax + 2
  return counts.some((count, i) => count !== 0 && (i >= classesMax * columns || i % columns >= classesMax))
}
