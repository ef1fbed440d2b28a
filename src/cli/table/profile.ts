/** The frozen reference of a version, from a table of what it saw, predicted and got right. */
import { calibrate } from '../../core/estimation/calibrator.ts'
import { cbpe } from '../../core/estimation/cbpe.ts'
import { freezeCalibration } from '../../core/estimation/frozen.ts'
import { countLabelled } from '../../core/estimation/labelled-counts.ts'
import { isProbability, referenceScoreEdges } from '../../core/estimation/score-counts.ts'
import { readMetric, readsKind } from '../../core/metrics/metric.ts'
import { addBinary, addRegression, createBinaryOutcomes, createRegressionOutcomes, type Outcomes } from '../../core/metrics/outcomes.ts'
import { metrics } from '../../core/metrics/table.ts'
import { numericReferenceOf, referenceOf } from '../../core/panes/reference.ts'
import type { FeatureReference, NumericReference, Profile, ScoreCalibration } from '../../core/records.ts'
import { addCategory, createCategorical } from '../../core/sketches/feature.ts'
import { categoricalLayoutOf } from '../../core/sketches/layout.ts'
import { countNumber, createValueTypes } from '../../core/sketches/value-types.ts'
import { numericSummaryOfSample } from '../../core/sketches/whole-sample.ts'
import { resolveParams } from '../../core/unit.ts'
import { classOutcomes, decidedClasses, greatestScores } from './class-profile.ts'
import type { Column, LoadedTable, NumericColumn } from './load.ts'
import { decisionAt, scoreAt, type ScalarValue, type Task } from './outcome.ts'
import { scalarAt, type Roles } from './roles.ts'
import { segmentReferences } from './segment-profile.ts'

export interface ProfileOptions {
  model: string
  version: string
  effectiveFromMs: number | null
  task: Task
  positive: ScalarValue
  threshold: number
  /** quantile bins of each numeric feature and of the score */
  bins: number
  /** bins behind ROC AUC and ECE */
  scoreBins: number
  /** by feature, of any scale; null: unknown */
  importances: Readonly<Record<string, number>> | null
  /** value of the label of a row; null when it has none */
  labelAt(row: number): ScalarValue | null
  /** which rows are the reference; null: all */
  rows: readonly number[] | null
}

export function buildProfile(table: LoadedTable, roles: Roles, options: ProfileOptions): Profile {
  const rows = options.rows ?? Array.from({ length: table.rows }, (_, row) => row)
  const featureOf = (name: string) => featureReference(table.columns[name], rows, options.bins, importanceOf(name, options))
  const features = Object.fromEntries(roles.features.map((name) => [name, featureOf(name)]))
  const scores = options.task === 'multiclass' ? greatestScores(table, roles) : roles.score === null ? null : table.columns[roles.score] as NumericColumn
  const scoreEdges = scores === null || options.task !== 'binary' ? null
    : Array.from(referenceScoreEdges(finite(rows.map((row) => scores.values[row])), options.scoreBins))
  const sample: Sample = { table, roles, scoreEdges, options }
  const score = scores === null ? null : numericReference(scores, rows, options.bins, null)
  const groups = groupsOf(sample, rows)
  return {
    kind: 'profile', model: options.model, version: options.version, effectiveFrom: options.effectiveFromMs, n: rows.length, features,
    score, ...decisionsOf(sample, rows), ...segmentReferences(table, roles.score, groups, { features, score }, (of) => decisionsOf(sample, of)), scoreEdges, calibration: calibrationOf(sample, rows),
    metrics: measure(sample, rows), subgroups: Object.fromEntries([...groups].map(([name, group]) => [name, measure(sample, group)])), provisional: false,
  }
}

/** The table's own decisions, or what the threshold makes of its scores, or the likeliest classes; nothing for regression, or where there are none. */
function decisionsOf({ table, roles, options }: Sample, rows: readonly number[]): Pick<Profile, 'decisions'> {
  if (options.task === 'multiclass') return decidedClasses(table, roles, rows)
  if (options.task === 'regression') return {}
  const decided = rows.map((row) => decisionAt(table, roles, row, options.positive, options.threshold)).filter((decision) => decision !== null)
  return decided.length === 0 ? {} : { decisions: { n: decided.length, positive: decided.filter((decision) => decision === 1).length } }
}

const finite = (values: readonly number[]): Float64Array => Float64Array.from(values.filter(Number.isFinite))

interface Sample {
  table: LoadedTable
  roles: Roles
  scoreEdges: readonly number[] | null
  options: ProfileOptions
}

/** What the score means as a probability; null where it is none, or no row has a label. */
function calibrationOf({ table, roles, scoreEdges, options }: Sample, rows: readonly number[]): ScoreCalibration | null {
  if (roles.score === null || scoreEdges === null) return null
  const scored = rows.map((row) => ({ score: scoreAt(table, roles, row), label: options.labelAt(row) })).filter(({ score }) => Number.isFinite(score))
  const labelled = scored.filter(({ label }) => label !== null)
  if (labelled.length === 0 || !scored.every(({ score }) => isProbability(score))) return null
  const params = resolveParams(cbpe)
  const truths = labelled.map(({ label }) => (label === options.positive ? 1 : 0))
  return freezeCalibration(calibrate(countLabelled(labelled.map(({ score }) => score), truths, Float64Array.from(scoreEdges), params), params))
}

function importanceOf(name: string, { importances }: ProfileOptions): number | null {
  if (importances === null) return null
  const total = Object.values(importances).reduce((sum, importance) => sum + Math.abs(importance), 0)
  return total === 0 ? null : Math.abs(importances[name] ?? 0) / total
}

/** Types are known of numbers alone: a table of text cannot tell a name from a boolean. */
function featureReference(column: Column, rows: readonly number[], bins: number, importance: number | null): FeatureReference {
  if (column.type === 'numeric') {
    const types = createValueTypes()
    for (const row of rows) countNumber(types, column.values[row])
    return { ...numericReference(column, rows, bins, importance), types }
  }
  const values = rows.map((row) => column.values[row])
  const summary = createCategorical(categoricalLayoutOf(values))
  for (const value of values) addCategory(summary, value)
  return referenceOf(summary, importance)
}

function numericReference({ values }: NumericColumn, rows: readonly number[], bins: number, importance: number | null): NumericReference {
  const sample = Float64Array.from(rows, (row) => values[row])
  return numericReferenceOf(numericSummaryOfSample(sample, { bins }), importance)
}

/** Rows by segment value, `name=value`. */
function groupsOf({ table, roles }: Sample, rows: readonly number[]): Map<string, number[]> {
  const groups = new Map<string, number[]>()
  for (const segment of roles.segments) {
    for (const row of rows) {
      const value = scalarAt(table.columns[segment], row)
      if (value === null) continue
      const name = `${segment}=${String(value)}`
      const group = groups.get(name)
      if (group === undefined) groups.set(name, [row])
      else group.push(row)
    }
  }
  return groups
}

/** Every metric of the task that these rows support. */
function measure(sample: Sample, rows: readonly number[]): Record<string, number> {
  const { table, roles, options: { task, labelAt } } = sample
  const outcomes = task === 'binary' ? binaryOutcomes(sample, rows) : task === 'multiclass' ? classOutcomes(table, roles, labelAt, rows) : regressionOutcomes(sample, rows)
  const measured: Record<string, number> = {}
  for (const [name, metric] of Object.entries(metrics)) {
    const value = readsKind(metric, task) ? readMetric(metric, outcomes).value : null
    if (value !== null) measured[name] = value
  }
  return measured
}

function binaryOutcomes({ table, roles, scoreEdges, options }: Sample, rows: readonly number[]): Outcomes {
  const outcomes = createBinaryOutcomes(scoreEdges ?? [])
  for (const row of rows) {
    const label = options.labelAt(row)
    const decision = decisionAt(table, roles, row, options.positive, options.threshold)
    if (label !== null && decision !== null) addBinary(outcomes, label === options.positive ? 1 : 0, scoreAt(table, roles, row), decision)
  }
  return outcomes
}

function regressionOutcomes({ table, roles, options: { labelAt } }: Sample, rows: readonly number[]): Outcomes {
  const outcomes = createRegressionOutcomes()
  for (const row of rows) {
    const label = labelAt(row)
    const score = scoreAt(table, roles, row)
    if (typeof label === 'number' && Number.isFinite(score)) addRegression(outcomes, label, score)
  }
  return outcomes
}
