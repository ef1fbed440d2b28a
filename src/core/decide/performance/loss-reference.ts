/**
 * What the loss of a champion depends on: learnt once from its first labelled rows, then kept as plain data. Part `losses/<model>`; while rows are gathered, pane
 * by pane, `losses/<model>/<start>`. Another champion begins anew: of its loss nothing is known from that of the one before.
 */
import { dle, type LabelledFeatureRow, type LossFit } from '../../estimation/dle.ts'
import type { FeatureRow } from '../../estimation/feature-codes.ts'
import { actualColumn, cohortColumn, ownColumns, predictionColumn, type RowPlace } from '../../panes/loss-rows.ts'
import { compactRowSample, type RowSample } from '../../panes/row-sample.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import { partName, type Parts } from '../../parts.ts'
import { resolveParams } from '../../unit.ts'
import type { Turn } from '../turn.ts'

export const lossParams = resolveParams(dle)

/** What fitting, and reading a window, may cost: the time they take goes by rows × columns. */
const rowsMax = 3_000
const cellsMax = 90_000

/** Part `losses/<model>`. */
export interface LossReference {
  version: string
  /** starts of the panes whose rows are kept; empty once there is a fit */
  starts: number[]
  /** panes gathered, and those that make it whole */
  panes: number
  panesWanted: number
  /** rows kept */
  rows: number
  fit: LossFit | null
}

const headPart = (model: string): string => partName('losses', model)
const samplePart = (model: string, startMs: number): string => partName('losses', model, startMs)

/** Null before the first labelled row. */
export const lossReference = (parts: Parts, model: string): LossReference | null => parts.get<LossReference>(headPart(model)) ?? null

/** Adds a pane with labelled rows of the champion, until there are enough of both: then the loss is learnt, and a later drift cannot pass for the reference. */
export function gatherLosses({ parts, model, policy }: Turn, pane: PaneSummary, champion: string): LossReference {
  const before = parts.get<LossReference>(headPart(model))
  if (before !== undefined && before.version !== champion) forgetLosses(parts, model)
  const held = before?.version === champion ? before
    : { version: champion, starts: [], panes: 0, panesWanted: policy.profile.referencePanes, rows: 0, fit: null }
  const labelled = pane.versions[champion]?.lossRows?.labelled.rows
  if (held.fit !== null || labelled === undefined || labelled.n === 0) return held
  const sample = compactRowSample(labelled, Math.ceil(rowsOf(labelled.features.length) / held.panesWanted))
  held.starts.push(pane.startMs)
  held.panes += 1
  held.rows += sample.n
  parts.put(samplePart(model, pane.startMs), sample)
  if (held.panes >= held.panesWanted && held.rows >= lossParams.nMinReference) learn(parts, model, held)
  parts.put(headPart(model), held)
  return held
}

/** Rows that may be learnt from or read at once, by how many columns they have. */
export const rowsOf = (columns: number): number => Math.max(lossParams.nMinReference, Math.min(rowsMax, Math.floor(cellsMax / columns)))

function learn(parts: Parts, model: string, held: LossReference): void {
  const samples = held.starts.map((start) => parts.get<RowSample>(samplePart(model, start))!)
  held.fit = dle.fit(samples.flatMap((sample) => labelledRows(Array.from({ length: sample.n }, (_, row) => ({ sample, row })))), lossParams)
  dropSamples(parts, model, held)
}

function dropSamples(parts: Parts, model: string, held: LossReference): void {
  for (const start of held.starts) parts.delete(samplePart(model, start))
  held.starts = []
}

/** When the champion changes, and where the policy asks no more. */
export function forgetLosses(parts: Parts, model: string): void {
  const held = parts.get<LossReference>(headPart(model))
  if (held === undefined) return
  dropSamples(parts, model, held)
  parts.delete(headPart(model))
}

// ---- rows of samples as the estimator takes them ----------------------------------------------------------------------------

const isOwn = (name: string): boolean => (ownColumns as readonly string[]).includes(name)

const valueAt = ({ sample: { features, values }, row }: RowPlace, name: string): number => values[row * features.length + features.indexOf(name)]

export const cohortOf = (place: RowPlace): number => valueAt(place, cohortColumn)

export function featureRows(places: readonly RowPlace[]): FeatureRow[] {
  return places.map((place) => {
    const { sample: { features, values }, row } = place
    const x: Record<string, number> = {}
    for (let i = 0; i < features.length; i++) if (!isOwn(features[i])) x[features[i]] = values[row * features.length + i]
    return { x, prediction: valueAt(place, predictionColumn) }
  })
}

export const labelledRows = (places: readonly RowPlace[]): LabelledFeatureRow[] =>
  featureRows(places).map((row, i) => ({ ...row, y: valueAt(places[i], actualColumn) }))
