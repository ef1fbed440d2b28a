/**
 * Outcomes by hour (or whatever `cohortMs` is) of prediction, so that "recall of last Tuesday" completes as labels arrive,
 * beside what the live windows said when that hour had just passed.
 */
import { readMetric, readsKind, type Metric } from '../../metrics/metric.ts'
import { metrics } from '../../metrics/table.ts'
import type { Outcomes } from '../../metrics/outcomes.ts'
import { addOutcomes, clonePlain, mergeableOutcomes } from '../../panes/merge.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { Parts } from '../../parts.ts'
import type { LabelPolicy, ModelPolicy } from '../../policy.ts'
import type { Reading } from '../../reading.ts'
import { unidentified } from '../labels.ts'
import { keptCohorts, largest, type Cohort, type CohortVersion } from './cohort.ts'
import { completedClasses, expectedOfClasses } from './class-maturity.ts'
import { completedOutcomes, expectedValues, isComplete, labelsOf, maturityOf, noteArrivals, type Maturity } from './maturity.ts'
import { cohortPart, type ModelState } from '../state.ts'
import type { PerformanceSight } from '../../triggers/trigger.ts'
import type { Turn } from '../turn.ts'

/** One cohort of one version in numbers. */
export interface CohortRow {
  /** null: all cohorts that are no longer kept apart */
  startMs: number | null
  version: string
  predictions: number
  labels: number
  /** the label horizon has passed: nothing will be added but corrections */
  isComplete: boolean
  /** what the live window said of this version when the cohort had just passed, by metric; null when it said nothing */
  live: Record<string, number | null> | null
  /** from the labels of this cohort that have come so far, by metric */
  completed: Record<string, number | null>
  /** labels of this cohort that are expected in the end; null while the arrival of labels is not known */
  labelsExpected: number | null
  /** `completed` as expected once every label has come, labels weighted by when those of their class come; null where that cannot be told */
  expected: Record<string, number | null> | null
}

/** Adds a pane's outcomes to the cohorts of their predictions. Corrections are among them already. */
export function addCohorts(turn: Turn, pane: PaneSummary): void {
  for (const version of Object.keys(pane.versions).sort()) {
    const { cohorts, cohortPredictions } = pane.versions[version]
    for (const key of [...new Set([...Object.keys(cohorts), ...Object.keys(cohortPredictions)])].sort()) {
      const held = cohortVersion(openCohort(turn, key), version)
      held.predictions += cohortPredictions[key] ?? 0
      if (cohorts[key] === undefined) continue
      fold(held.outcomes, cohorts[key])
      if (key !== 'other') noteArrivals(held, cohorts[key], pane.endMs - Number(key), turn.policy)
    }
  }
  foldOldest(turn)
}

function openCohort({ parts, model, state, policy }: Turn, key: string): Cohort {
  const startMs = key === 'other' ? null : Number(key)
  const name = cohortPart(model, startMs ?? 'other')
  if (parts.get(name) === undefined) {
    parts.put(name, { startMs, endMs: startMs === null ? null : startMs + policy.time.cohortMs, versions: {}, live: null } satisfies Cohort)
    if (startMs !== null) state.cohorts = [...state.cohorts, startMs].sort((a, b) => a - b)
  }
  parts.touch(name)
  return parts.get<Cohort>(name)!
}

const cohortVersion = (cohort: Cohort, version: string): CohortVersion => (cohort.versions[version] ??= { predictions: 0, outcomes: [] })

function fold(into: Outcomes[], from: Outcomes): void {
  const held = into.find((outcomes) => mergeableOutcomes(outcomes, from))
  if (held === undefined) into.push(clonePlain(from))
  else addOutcomes(held, from)
}

/** Beyond `cohortsMax` the oldest go into `other`. */
function foldOldest(turn: Turn): void {
  const { state, parts, model, policy } = turn
  while (state.cohorts.length > Math.max(1, policy.limits.cohortsMax)) {
    const [oldest, ...rest] = state.cohorts
    const cohort = parts.get<Cohort>(cohortPart(model, oldest))!
    const other = openCohort(turn, 'other')
    for (const [version, { predictions, outcomes }] of Object.entries(cohort.versions)) {
      const held = cohortVersion(other, version)
      held.predictions += predictions
      for (const part of outcomes) fold(held.outcomes, part)
    }
    parts.delete(cohortPart(model, oldest))
    state.cohorts = rest
  }
}

/** Notes what the largest window says live, for every cohort that has passed since the last pane. */
export function noteLive({ state, parts, model, atMs }: Turn, { performance }: { performance: readonly PerformanceSight[] }): void {
  const window = performance.at(-1)
  if (window === undefined || state.champion === null) return
  const values = Object.fromEntries(Object.entries(window.readings).map(([metric, { value }]) => [metric, value]))
  for (const startMs of state.cohorts) {
    const cohort = parts.get<Cohort>(cohortPart(model, startMs))!
    if (cohort.live !== null || cohort.endMs! > atMs) continue
    cohort.live = { version: state.champion.version, values }
    parts.touch(cohortPart(model, startMs))
  }
}

/** Every cohort kept, by start, then `other`; a row a version. `last` keeps only the newest cohorts. */
export function cohortRows(parts: Parts, state: ModelState, policy: ModelPolicy, last = Infinity): CohortRow[] {
  const kept = keptCohorts(parts, state)
  const maturity = maturityOf(kept, state.paneEndMs ?? 0, policy)
  const other = parts.get<Cohort>(cohortPart(state.model, 'other'))
  const shown = [...(last === Infinity ? kept : kept.slice(-last)), ...(other === undefined ? [] : [other])]
  return shown.flatMap((cohort) => Object.keys(cohort.versions).sort().map((version) => rowOf(cohort, version, state, policy, maturity)))
}

function rowOf(cohort: Cohort, version: string, { paneEndMs }: ModelState, policy: ModelPolicy, maturity: Maturity): CohortRow {
  const { startMs, versions, live } = cohort
  const { predictions, outcomes } = versions[version]
  const main = largest(outcomes)
  const [labels, isWhole] = [labelsOf(versions[version]), isComplete(cohort, paneEndMs, policy)]
  const completed = main === undefined ? {} : valuesOf(main, policy)
  return {
    startMs, version, predictions, labels, isComplete: isWhole, live: live?.version === version ? live.values : null, completed,
    labelsExpected: isWhole ? labels : maturity.labelledShare === null ? null : Math.round(maturity.labelledShare * predictions),
    expected: isWhole ? completed : expectedOf(main, maturity, (paneEndMs ?? 0) - startMs!, policy),
  }
}

function expectedOf(outcomes: Outcomes | undefined, { byClass, ofClasses = null }: Maturity, ageMs: number, { performance }: ModelPolicy): CohortRow['expected'] {
  if (outcomes?.kind === 'multiclass' && ofClasses !== null) {
    const completed = completedClasses(outcomes, ofClasses, ageMs)
    return completed === null ? null : expectedOfClasses(completed.outcomes, performance.metrics)
  }
  if (outcomes?.kind !== 'binary' || byClass === null) return null
  const completed = completedOutcomes(outcomes, byClass, ageMs)
  return completed === null ? null : expectedValues(completed, performance.metrics)
}

const valuesOf = (outcomes: Outcomes, { performance, labels }: ModelPolicy): Record<string, number | null> =>
  Object.fromEntries(Object.entries(metricReadings(outcomes, performance.metrics, labels, performance.params)).map(([name, { value }]) => [name, value]))

/**
 * Readings by metric name. A metric of the other kind of task is left out: the policy may have changed its task since. Where only acted inferences are
 * labelled, what needs the others is `insufficient`, and its detail says why.
 */
export function metricReadings(outcomes: Outcomes, names: readonly string[], labels: LabelPolicy, params: ModelPolicy['performance']['params'] = {}): Record<string, Reading> {
  const table = metrics as unknown as Readonly<Record<string, Metric>>
  const known = names.filter((name) => Object.hasOwn(table, name) && readsKind(table[name], outcomes.kind))
  return Object.fromEntries(known.map((name) => [name, unidentified(name, labels, outcomes.n) ?? readMetric(table[name], outcomes, params[name])]))
}
