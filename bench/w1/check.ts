/** W1's output against the truth: counts exactly, the rest within the tolerances of the workload. */
import type { Summary } from './workload.ts'
import type { Row, Truth } from './truth.ts'

const KS_TOLERANCE = 0.02
const EXACT = 1e-6
const LEARNER_TOLERANCE = 0.002

/** Every difference in a sentence; none when all answers agree. Of summaries that repeat the last counts. */
export function differences(truth: Truth, summaries: readonly Summary[]): string[] {
  const found = new Map(summaries.map((summary) => [`${summary.partition}/${summary.pane}`, summary]))
  const problems = [...truth.rows].flatMap(([key, row]) => {
    const summary = found.get(key)
    return summary === undefined ? [`${key}: missing`] : rowDifferences(row, summary).map((text) => `${key}: ${text}`)
  })
  for (const key of found.keys()) if (!truth.rows.has(key)) problems.push(`${key}: has no place in the truth`)
  truth.learner.forEach((logloss, partition) => {
    const last = lastLabelled(found.values(), partition)
    const error = Math.abs((last?.learner.logloss ?? NaN) - logloss)
    if (!(error <= LEARNER_TOLERANCE)) problems.push(`partition ${partition}: the learner's log-loss is off by ${error}`)
    if (truth.hasChange && last?.adwin.detections === 0) problems.push(`partition ${partition}: ADWIN found no change`)
  })
  return problems
}

function rowDifferences(row: Row, summary: Summary): string[] {
  const problems: string[] = []
  for (const field of ['n', 'labelled'] as const) if (row[field] !== summary[field]) problems.push(`${field} is ${summary[field]}, not ${row[field]}`)
  if (!sameCounts(row.conf, summary.conf)) problems.push(`conf is ${JSON.stringify(summary.conf)}, not ${JSON.stringify(row.conf)}`)
  const near = (field: string, given: number[] | null, wanted: number[] | null, tolerance: number) => {
    const error = given === null || wanted === null ? (given === wanted ? 0 : Infinity) : Math.max(...wanted.map((value, i) => Math.abs(value - given[i])))
    if (!(error <= tolerance)) problems.push(`${field} is off by ${error}`)
  }
  near('psi', summary.psi, row.psi, EXACT)
  near('ks', summary.ks, row.ks, KS_TOLERANCE)
  near('logloss', listed(summary.logloss), listed(row.logloss), EXACT)
  if (row.auc !== null) near('auc', listed(summary.auc), [row.auc], row.aucBound + 1e-9)
  return problems
}

const listed = (value: number | null): number[] | null => (value === null ? null : [value])

function sameCounts(a: Record<string, number[]>, b: Record<string, number[]>): boolean {
  const names = Object.keys(a)
  return names.length === Object.keys(b).length && names.every((name) => String(a[name]) === String(b[name]))
}

function lastLabelled(summaries: Iterable<Summary>, partition: number): Summary | undefined {
  let last: Summary | undefined
  for (const summary of summaries) {
    if (summary.partition === partition && summary.labelled > 0 && (last === undefined || summary.pane > last.pane)) last = summary
  }
  return last
}
