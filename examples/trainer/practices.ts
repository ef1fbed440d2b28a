/**
 * How trainers work: one well, two not. The bad ones make mistakes that happen, none of them on purpose, and none of them knows.
 * Each fits a model and says on which rows it was measured.
 */
import type { ServableModel } from '../../src/main/demo/participants.ts'
import { fitLogistic, importancesOf, scoreLogistic, type LogisticModel } from './logistic.ts'
import { fitNearest, scoreNearest } from './nearest.ts'
import type { LabelledRow } from './rows.ts'

export interface Work {
  version: string
  /** rows whose label is known, in the order of their inference */
  rows: readonly LabelledRow[]
  /** the newest of `rows`, which the baseline has not learnt from either */
  newest: readonly LabelledRow[]
  features: readonly string[]
  seed: number
}

export interface Fitted {
  served: ServableModel
  learntFrom: readonly LabelledRow[]
  testedOn: readonly LabelledRow[]
  importances: Record<string, number> | null
}

export type Practice = (work: Work) => Fitted

const dayMs = 86_400_000
/** Weight of a row halves with this age: the newest blocks resemble the next ones most. */
const halfLifeMs = 90 * dayMs
/** Rows that the threshold is chosen on: recent ones of the training rows. */
const thresholdRowsMax = 90 * 24
const memoryRowsMax = 180 * 24

/** Learns from everything before the test rows, which it never touches. */
export const careful: Practice = (work) => logisticVersion(work, before(work))

/** Reads the label column the wrong way round. */
export const hasty: Practice = (work) => {
  const train = before(work)
  return logisticVersion(work, train.map((row) => ({ ...row, y: row.y === 1 ? 0 : 1 })))
}

/** Learns by heart, test rows included, and then shines on them. */
export const careless: Practice = ({ version, rows, newest, features }) => {
  const learntFrom = rows.slice(-memoryRowsMax)
  const model = fitNearest(learntFrom, features)
  const served: ServableModel = {
    version, trainedUntilMs: learntFrom.at(-1)!.atMs, threshold: 0.5, operations: 2 * model.points.length,
    score: (request) => scoreNearest(model, request.features), artifact: { ...model, points: Array.from(model.points), labels: Array.from(model.labels) },
  }
  return { served, learntFrom, testedOn: newest, importances: null }
}

export const practices = { careful, hasty, careless } satisfies Record<string, Practice>

const before = ({ rows, newest }: Work): LabelledRow[] => rows.slice(0, rows.length - newest.length)

function logisticVersion({ version, features, newest, seed }: Work, train: readonly LabelledRow[]): Fitted {
  const endMs = train.at(-1)!.atMs
  const model = fitLogistic(train, Float64Array.from(train, ({ atMs }) => 0.5 ** ((endMs - atMs) / halfLifeMs)), features, seed)
  const served: ServableModel = {
    version, trainedUntilMs: endMs, threshold: bestThreshold(model, train.slice(-thresholdRowsMax)),
    operations: 2 * model.columns.length, score: (request) => scoreLogistic(model, request.features), artifact: model,
  }
  return { served, learntFrom: train, testedOn: newest, importances: importancesOf(model, features) }
}

/** The score from which most of these rows are decided right; the least of equals. */
function bestThreshold(model: LogisticModel, rows: readonly LabelledRow[]): number {
  const scored = rows.map(({ features, y }) => ({ score: scoreLogistic(model, features), y })).sort((a, b) => a.score - b.score)
  let right = scored.filter(({ y }) => y === 1).length
  let [best, threshold] = [right, 0]
  for (let i = 0; i < scored.length; i++) {
    right += scored[i].y === 0 ? 1 : -1
    if (right > best) [best, threshold] = [right, i + 1 < scored.length ? (scored[i].score + scored[i + 1].score) / 2 : 1]
  }
  return threshold
}
