/**
 * Rows behind the loss of one version of a regression model: samples of its acted predictions with their features, and of those whose labels came, with them.
 * They are samples by hash of the inference, so that parts merge into what one task would have kept.
 */
import { compactRowSample, createRowSample, mergeRowSamples, rowsFor, type RowSample } from './row-sample.ts'

/** Columns beside the features; no name of a feature sorts before them, so that they stay where columns are cut. */
export const predictionColumn = '\u0000prediction'
export const actualColumn = '\u0000actual'
/** start of the cohort of the prediction, ms */
export const cohortColumn = '\u0000cohort'
export const ownColumns = [actualColumn, cohortColumn, predictionColumn] as const

export interface LossRows {
  /** rows that the sample is of */
  offered: number
  rows: RowSample
}

export interface LossSamples {
  /** counted in the pane in which prediction and features had both come */
  predicted: LossRows
  /** counted in the pane in which the label had come too; one that is corrected later stays as it came */
  labelled: LossRows
}

export const createLossSamples = (rowsMax: number, featuresMax: number): LossSamples => {
  const empty = (): LossRows => ({ offered: 0, rows: createRowSample(rowsMax, featuresMax + ownColumns.length) })
  return { predicted: empty(), labelled: empty() }
}

export function mergeLossSamples(into: LossSamples, from: LossSamples): void {
  for (const kind of ['predicted', 'labelled'] as const) {
    into[kind].offered += from[kind].offered
    mergeRowSamples(into[kind].rows, from[kind].rows)
  }
}

/** Without spare capacity. */
export function compactLossSamples({ predicted, labelled }: LossSamples): LossSamples {
  const compact = ({ offered, rows }: LossRows): LossRows => ({ offered, rows: compactRowSample(rows) })
  return { predicted: compact(predicted), labelled: compact(labelled) }
}

/** Where a row lies: in which of the samples, and at which place. */
export interface RowPlace {
  sample: RowSample
  row: number
}

/**
 * Of several samples as many rows as make one sample of all that they are of: those whose hashes lie below what each holds all of, at most `rowsMax`, in order of
 * hash. A pane of much traffic counts for as much.
 */
export function evenly(samples: readonly RowSample[], rowsMax: number): RowPlace[] {
  const whole = samples.filter(({ n }) => n > 0)
  const bounds = whole.filter(isFull).map(({ hashes, n }): Hash => [hashes[2 * n - 2], hashes[2 * n - 1]]).sort(byHash)
  const found: { hash: Hash; place: RowPlace }[] = []
  for (const sample of whole) {
    for (let row = 0; row < sample.n; row++) {
      const hash: Hash = [sample.hashes[row * 2], sample.hashes[row * 2 + 1]]
      if (bounds.length > 0 && byHash(hash, bounds[0]) > 0) break
      found.push({ hash, place: { sample, row } })
    }
  }
  return found.sort((a, b) => byHash(a.hash, b.hash)).slice(0, rowsMax).map(({ place }) => place)
}

type Hash = [low: number, high: number]
const byHash = (a: Hash, b: Hash): number => a[0] - b[0] || a[1] - b[1]

const isFull = ({ n, rowsMax, features }: RowSample): boolean => n >= rowsFor(rowsMax, features.length)
