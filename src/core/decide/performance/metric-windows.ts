/** Live metrics beside those of outcomes over `time.windows`: of latency, cost and labels, and any metric over a window of its own. */
import { readMetric, type Metric } from '../../metrics/metric.ts'
import { metrics } from '../../metrics/table.ts'
import { foldPanes, type PaneWindow } from '../../panes/metric-outcomes.ts'
import { newestScores } from '../../panes/score-sequence.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { MetricWindow, ModelPolicy, UnitUse, WindowedMetric } from '../../policy.ts'
import { insufficient, type Reading } from '../../reading.ts'
import { createDigest } from '../../sketches/digest.ts'
import type { Cohort } from './cohort.ts'
import { unidentified } from '../labels.ts'
import { labelsOf } from './maturity.ts'

/** A metric over a window of its own. */
export interface WindowedSight {
  metric: string
  window: MetricWindow
  /** from the oldest pane in it, to the end of the newest */
  fromMs: number
  toMs: number
  /** `detail` has `windowRows`; faded, `fadedRows` and `effectiveRows`, and `n` is effective */
  reading: Reading
}

/** What the readings are made from. */
export interface MetricGround {
  /** panes kept, by start, ascending */
  panes: readonly PaneSummary[]
  /** cohorts kept apart, by start */
  cohorts: readonly Cohort[]
  version: string
  policy: ModelPolicy
  /** end of the newest pane */
  endMs: number
}

const table = metrics as unknown as Readonly<Record<string, Metric>>
const metricOf = (name: string): Metric | undefined => (Object.hasOwn(table, name) ? table[name] : undefined)

/** Whether a metric is read from what answers take and cost and get for labels, and so from no outcomes. */
export function isOfService(name: string): boolean {
  const needs = metricOf(name)?.needs
  return needs === 'latency' || needs === 'cost' || needs === 'labelling'
}

/** Readings of the policy's latency, cost and labelling metrics over the newest `panes` panes, by name. */
export function serviceReadings(ground: MetricGround, panes: number): Record<string, Reading> {
  const { performance, time } = ground.policy
  const window: MetricWindow = { form: 'time', spanMs: panes * time.paneMs }
  const names = performance.metrics.filter(isOfService)
  return Object.fromEntries(names.map((unit) => [unit, readWindow(ground, { unit, params: performance.params?.[unit] ?? {}, window }).reading]))
}

/** Every metric that the policy gives a window of its own; what belongs to another kind of task is left out, as the task may have changed since. */
export function windowedReadings(ground: MetricGround): WindowedSight[] {
  return (ground.policy.performance.windowed ?? []).filter(({ unit }) => metricOf(unit) !== undefined).map((use) => readWindow(ground, use))
}

function readWindow(ground: MetricGround, use: WindowedMetric): WindowedSight {
  const { unit, window } = use
  const { endMs, policy, version, panes } = ground
  const metric = metricOf(unit)!
  if (unit === 'unlabelled-share') return unlabelledShare(ground, use)
  const folded = window.form === 'count' && window.exact === true ? newest(panes, endMs, version, window.count) : foldPanes(panes, endMs, metric.needs, version, window)
  const unknown = isOfService(unit) ? null : unidentified(unit, policy.labels, folded.n)
  return { metric: unit, window, fromMs: folded.fromMs, toMs: endMs, reading: unknown ?? readFolded(metric, use, folded) }
}

/** Scored outcomes one by one, in the order in which their labels came; what was corrected since stands as it came. */
function newest(panes: readonly PaneSummary[], endMs: number, version: string, count: number): PaneWindow {
  const { outcomes, from } = newestScores(panes.map(({ versions }) => versions[version]?.newestScores), count)
  const n = outcomes?.n ?? 0
  return { outcomes, n, effectiveN: n, leftOut: 0, fromMs: from.length === 0 ? endMs : panes[from[from.length - 1]].startMs }
}

function readFolded(metric: Metric, { unit, params, window }: UnitUse & { window: MetricWindow }, { outcomes, n, effectiveN, leftOut }: PaneWindow): Reading {
  const rows: Record<string, number> = window.form === 'faded' ? { fadedRows: n, effectiveRows: effectiveN } : { windowRows: n }
  const more = leftOut === 0 ? rows : { ...rows, panesLeftOut: leftOut }
  if (outcomes === null || !isReadable(metric, outcomes.kind)) return insufficient(0, { detail: more })
  const { detail, ...reading } = readMetric(metric, outcomes, params)
  const { unlabelled: _ofOtherPredictions, ...known } = detail ?? {} // labels that came here are not of the predictions made here
  return { ...reading, detail: { ...(unit === 'label-delay' ? known : detail), ...more } }
}

const isReadable = (metric: Metric, kind: string): boolean =>
  metric.needs === kind || (metric.needs === 'binary' && kind === 'multiclass' && metric.readClasses !== undefined)

/** Of predictions of whole cohorts within the window: what came since, a pane cannot tell. */
function unlabelledShare({ cohorts, endMs, version }: MetricGround, { unit, params, window }: WindowedMetric): WindowedSight {
  const spanMs = window.form === 'time' ? window.spanMs : Infinity
  const within = cohorts.filter(({ startMs, endMs: cohortEndMs }) => startMs !== null && startMs >= endMs - spanMs && cohortEndMs! <= endMs)
  const held = within.flatMap(({ versions }) => (versions[version] === undefined ? [] : [versions[version]]))
  const n = held.reduce((sum, { predictions }) => sum + predictions, 0)
  const labels = Math.max(0, Math.min(n, held.reduce((sum, each) => sum + labelsOf(each), 0)))
  // how many labels there are is all that the metric asks of their digest
  const reading = readMetric(metricOf(unit)!, { kind: 'labelling', n, digest: { ...createDigest(), n: labels } }, params)
  return { metric: unit, window, fromMs: within[0]?.startMs ?? endMs, toMs: endMs, reading: { ...reading, detail: { cohorts: held.length } } }
}
