/** What the demo keeps of decide's own readings while time passes, for the tables at its end. */
import type { CohortRow } from '../../core/decide.ts'
import { readMetric } from '../../core/metrics/metric.ts'
import { metrics } from '../../core/metrics/table.ts'
import { clonePlain, addOutcomes } from '../../core/panes/merge.ts'
import type { Outcomes } from '../../core/metrics/outcomes.ts'
import type { DriftSight, PerformanceSight } from '../../core/triggers/trigger.ts'

/** The part of decide's view that is kept: what one pane said. */
interface PaneView {
  readings: { atMs: number; champion: string | null; reference: { version: string } | null; drift: DriftSight[]; performance: PerformanceSight[] } | null
}

/** The last pane of a month, and what the largest window said then. */
export interface MonthEnd {
  month: string
  atMs: number
  champion: string | null
  reference: string | null
  drift: DriftSight | null
  performance: PerformanceSight | null
}

/** `2021-08` of the day that a pane ending then covers. */
export const monthOf = (ms: number): string => new Date(ms).toISOString().slice(0, 7)

export class Chronicle {
  private readonly months = new Map<string, MonthEnd>()

  /** Notes what decide's view says now; a later pane of the same month replaces an earlier one. */
  note(view: Record<string, unknown> | null): void {
    const readings = (view as PaneView | null)?.readings ?? null
    if (readings === null) return
    const { atMs, champion, reference, drift, performance } = readings
    const month = monthOf(atMs - 1)
    this.months.set(month, { month, atMs, champion, reference: reference?.version ?? null, drift: drift.at(-1) ?? null, performance: performance.at(-1) ?? null })
  }

  /** In the order of time. */
  get ends(): readonly MonthEnd[] {
    return [...this.months.values()]
  }
}

/** A day's cohort as decide holds it. */
export interface HeldCohort {
  startMs: number | null
  versions: Readonly<Record<string, { predictions: number; outcomes: Outcomes[] }>>
  live: { version: string } | null
}

/** What became of the inferences of a month in which one version was champion, all labels counted. */
export interface Tenure {
  month: string
  version: string
  /** inferences of the days that it was champion at their end */
  predictions: number
  labels: number
  completed: Readonly<Record<string, number | null>>
}

const shown = ['accuracy', 'precision', 'recall', 'roc-auc'] as const

/** Adds up the days of each month by the champion of the day. Outcomes on other score bins do not add: the part with most of them speaks. */
export function tenuresOf(cohorts: readonly HeldCohort[]): Tenure[] {
  const held = new Map<string, { month: string; version: string; predictions: number; outcomes: Outcomes[] }>()
  for (const { startMs, versions, live } of cohorts) {
    if (startMs === null || live === null || versions[live.version] === undefined) continue
    const key = `${monthOf(startMs)} ${live.version}`
    const tenure = held.get(key) ?? { month: monthOf(startMs), version: live.version, predictions: 0, outcomes: [] }
    held.set(key, tenure)
    tenure.predictions += versions[live.version].predictions
    for (const outcomes of versions[live.version].outcomes) fold(tenure.outcomes, outcomes)
  }
  return [...held.values()].map(({ month, version, predictions, outcomes }) => ({
    month, version, predictions, labels: outcomes.reduce((sum, { n }) => sum + n, 0), completed: completedOf(outcomes),
  }))
}

function fold(into: Outcomes[], outcomes: Outcomes): void {
  if (!into.some((held) => addOutcomes(held, outcomes) === 0)) into.push(clonePlain(outcomes))
}

function completedOf(outcomes: readonly Outcomes[]): CohortRow['completed'] {
  const main = [...outcomes].sort((a, b) => b.n - a.n)[0]
  return main === undefined ? {} : Object.fromEntries(shown.map((name) => [name, readMetric(metrics[name], main).value]))
}

/** Right decisions among the labelled inferences of what is given, by whoever acted; null without a label. */
export function accuracyOf(tenures: readonly Tenure[]): number | null {
  const labels = tenures.reduce((sum, tenure) => sum + tenure.labels, 0)
  return labels === 0 ? null : tenures.reduce((sum, { labels: n, completed }) => sum + n * (completed.accuracy ?? 0), 0) / labels
}
