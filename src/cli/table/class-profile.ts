/** What a profile of a multiclass model holds beside its features: the greatest probability as its score, decisions by class, metrics. */
import { addMulticlass, codeOf, createMulticlassOutcomes, type MulticlassOutcomes } from '../../core/metrics/class-outcomes.ts'
import { classNameOf } from '../../core/observe/class-table.ts'
import type { Profile } from '../../core/records.ts'
import { classDecisionAt, classScoresAt } from './class-scores.ts'
import type { LoadedTable, NumericColumn } from './load.ts'
import type { ScalarValue } from './outcome.ts'
import type { Roles } from './roles.ts'

/** As many classes as a policy can keep apart. */
const classesMax = 200

/** By row; NaN where a row has no probabilities. Null where the table has none. */
export function greatestScores(table: LoadedTable, roles: Roles): NumericColumn | null {
  if (roles.classScores === undefined) return null
  const values = Float64Array.from({ length: table.rows }, (_, row) => Math.max(...Object.values(classScoresAt(table, roles, row) ?? { none: NaN })))
  return { type: 'numeric', values }
}

/** Decisions of more classes than can be kept apart count in `n` alone. */
export function decidedClasses(table: LoadedTable, roles: Roles, rows: readonly number[]): Pick<Profile, 'decisions'> {
  const classes: Record<string, number> = {}
  let n = 0
  for (const row of rows) {
    const name = classNameOf(classDecisionAt(table, roles, row) ?? '')
    if (name === undefined) continue
    n += 1
    if (Object.hasOwn(classes, name) || Object.keys(classes).length < classesMax) classes[name] = (classes[name] ?? 0) + 1
  }
  return n === 0 ? {} : { decisions: { n, positive: 0, classes } }
}

export function classOutcomes(table: LoadedTable, roles: Roles, labelAt: (row: number) => ScalarValue | null, rows: readonly number[]): MulticlassOutcomes {
  const outcomes = createMulticlassOutcomes(classesMax)
  const scores = new Float64Array(classesMax)
  for (const row of rows) {
    const [label, decision, given] = [labelAt(row), classDecisionAt(table, roles, row), classScoresAt(table, roles, row)]
    if (label === null || decision === null) continue
    const [truth, prediction] = [codeOf(outcomes, String(label)), codeOf(outcomes, decision)]
    scores.fill(0)
    for (const [name, score] of Object.entries(given ?? {})) {
      const code = codeOf(outcomes, name)
      if (code < classesMax) scores[code] = score
    }
    const isOtherWrong = truth === classesMax && prediction === classesMax && String(label) !== decision
    addMulticlass(outcomes, { truth, prediction: isOtherWrong ? classesMax + 1 : prediction, truthScore: given === null ? -1 : given[String(label)] ?? 0, scores, scoresAt: 0 })
  }
  return outcomes
}
