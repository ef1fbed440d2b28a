/** The tables at the end of the demo. */
import type { Candidate, DecideEvent } from '../../core/records.ts'
import { figure } from '../../core/text.ts'
import type { DemoItem } from '../../cli/services.ts'
import { accuracyOf, monthOf, type MonthEnd, type Tenure } from './chronicle.ts'
import { housingThreshold, type HousingRow } from './housing.ts'
import type { Said } from './world.ts'

export type Table = Extract<DemoItem, { item: 'table' }>
type Cell = Table['rows'][number][number]

const table = (title: string, columns: readonly string[], rows: readonly (readonly Cell[])[]): Table => ({ item: 'table', title, columns, rows })

const short = (value: number | null | undefined): string => (value === null || value === undefined ? '–' : value.toFixed(2))
const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

/** PSI and KS of every feature and the score over the window that ended with the month, against the champion's reference. */
export function driftTable(ends: readonly MonthEnd[], features: readonly string[]): Table {
  const rows = ends.filter(hasDrift).map(({ month, reference, drift }) => [month, reference ?? '–', ...[...features, null].map((feature) => driftCell(drift, feature))])
  return table('Drift by month and feature: PSI / KS over the last 28 days of the month, * in alarm', ['month', 'reference', ...features, 'score'], rows)
}

const hasDrift = ({ drift }: MonthEnd): boolean => drift !== null && drift.features.some(({ readings }) => readings.some(({ reading }) => reading.value !== null))

function driftCell(drift: MonthEnd['drift'], feature: string | null): string {
  if (drift === null) return '–'
  const readings = feature === null ? drift.score : drift.features.find((of) => of.feature === feature)?.readings ?? []
  const text = ['psi', 'ks'].map((name) => short(readings.find(({ measure }) => measure === name)?.reading.value)).join(' / ')
  return readings.some(({ reading }) => reading.verdict === 'alarm') ? `${text} *` : text
}

const compared = ['accuracy', 'precision', 'recall', 'roc-auc'] as const

/** Of each month and champion: what the live window said at its end, and what all labels of the month came to. */
export function performanceTable(ends: readonly MonthEnd[], tenures: readonly Tenure[]): Table {
  const rows = tenures.map(({ month, version, predictions, labels, completed }) => {
    const end = ends.find((candidate) => candidate.month === month && candidate.champion === version)
    return [month, version, predictions, labels, ...compared.flatMap((name) => [short(end?.performance?.readings[name]?.value), short(completed[name])])]
  })
  return table('The champion as it stood live at the end of a month (labels arrived in its last 28 days), and what the month came to once its labels were in',
    ['month', 'champion', 'inferences', 'labels', ...compared.flatMap((name) => [`${name} live`, `${name} complete`])], rows)
}

/** Right decisions as they were served, beside what the first champion would have decided on the same inferences: the data's own file knows. */
export function benefitTable(rows: readonly HousingRow[], tenures: readonly Tenure[]): Table {
  const months = [...new Set(tenures.map(({ month }) => month))]
  return table('Did it help? Share of right decisions', ['month', 'as served', 'had the first champion stayed'], months.map((month) => {
    const inMonth = rows.filter(({ atMs }) => monthOf(atMs) === month)
    const right = inMonth.filter(({ score, y }) => (score >= housingThreshold ? 1 : 0) === y)
    return [month, short(accuracyOf(tenures.filter((tenure) => tenure.month === month))), short(right.length / inMonth.length)]
  }))
}

export function requestTable(said: readonly Said[], candidates: readonly Candidate[]): Table {
  const rows = events(said, 'retrain-requested').map(({ id, at, champion, diagnosis, advice, reasons }) => [
    dayOf(at), champion, diagnosis, advice, [...new Set(reasons.map(({ rule, measure }) => (rule === measure ? rule : `${rule} ${measure}`)))].join(', '),
    candidates.find(({ retrainRequestId }) => retrainRequestId === id)?.version ?? '–',
  ])
  return table('Retrains requested, and why', ['day', 'champion', 'diagnosis', 'advice', 'reasons', 'answer'], rows)
}

/** What each version claimed, against what baseline, and what became of it. */
export function versionTable(said: readonly Said[], candidates: readonly Candidate[], tenures: readonly Tenure[]): Table {
  const rows = candidates.map(({ version, trainedBy, evaluation, baselineVersion, baseline }) => [
    version, trainedBy, `${figure(evaluation.metrics.accuracy)} against ${figure(baseline.metrics.accuracy)} of ${baselineVersion}`,
    fateOf(version, said), servedText(tenures.filter((tenure) => tenure.version === version)),
  ])
  return table('Versions announced, and what became of them', ['version', 'by', 'offline accuracy', 'fate', 'accuracy in office'], rows)
}

function fateOf(version: string, said: readonly Said[]): string {
  const steps: string[] = []
  for (const { event } of said) {
    if (event.kind === 'promote' && event.version === version) steps.push(`promoted ${dayOf(event.at)}`)
    else if (event.kind === 'rollback' && event.previous === version) steps.push(`rolled back ${dayOf(event.at)}`)
    else if (event.kind === 'decision' && event.subject === version && Object.hasOwn(ends, event.decision)) steps.push(`${ends[event.decision]} ${dayOf(event.at)}`)
  }
  return steps.join(', ') || 'waits'
}

const ends: Readonly<Record<string, string>> = { 'candidate-rejected': 'rejected', 'candidate-expired': 'expired undecided', 'bake-passed': 'known good' }

function servedText(tenures: readonly Tenure[]): string {
  const accuracy = accuracyOf(tenures)
  return accuracy === null ? '–' : `${figure(accuracy)} over ${tenures.reduce((sum, { labels }) => sum + labels, 0)} labels`
}

export function events<Kind extends DecideEvent['kind']>(said: readonly Said[], kind: Kind): Extract<DecideEvent, { kind: Kind }>[] {
  return said.map(({ event }) => event).filter((event): event is Extract<DecideEvent, { kind: Kind }> => event.kind === kind)
}
