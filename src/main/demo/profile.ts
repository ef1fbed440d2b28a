/** The frozen reference of a version: what its training rows looked like, how it scores them, what it claims. */
import { buildProfile } from '../../cli/table/profile.ts'
import type { Evaluation, Profile } from '../../core/records.ts'
import type { NumericFeatures, ServableModel } from './participants.ts'

export interface ReferenceRow {
  inferenceId: string
  features: NumericFeatures
  y: 0 | 1
}

export interface ProfileGiven {
  model: string
  features: readonly string[]
  rows: readonly ReferenceRow[]
  importances: Readonly<Record<string, number>> | null
  /** in force from; null: two panes after its publication */
  effectiveFromMs: number | null
  /** the claim, measured on other rows; null: measured on these */
  claim: Evaluation | null
}

/** Quantile bins a feature: with 24 rows a day a week must still fill them. */
const bins = 8
const scoreBins = 100

export function profileOf(served: ServableModel, { model, features, rows, importances, effectiveFromMs, claim }: ProfileGiven): Profile {
  const numeric = (values: Float64Array) => ({ type: 'numeric' as const, values })
  const columns = {
    ...Object.fromEntries(features.map((name) => [name, numeric(Float64Array.from(rows, (row) => row.features[name]))])),
    score: numeric(Float64Array.from(rows, (row) => served.score(row))), label: numeric(Float64Array.from(rows, ({ y }) => y)),
  }
  const table = { path: served.version, rows: rows.length, names: Object.keys(columns), columns }
  const roles = { id: null, time: null, decision: null, version: null, score: 'score', label: 'label', segments: [], features }
  const profile = buildProfile(table, roles, {
    model, version: served.version, effectiveFromMs, task: 'binary', positive: 1, threshold: served.threshold, bins, scoreBins, importances,
    labelAt: (row) => rows[row].y, rows: null,
  })
  return claim === null ? profile : { ...profile, metrics: claim.metrics, subgroups: claim.subgroups }
}
