/** Remembers every row it was given and answers with the label of the nearest one, in raw units: a model that has learnt nothing by heart. */
import type { NumericFeatures } from '../../src/main/demo/participants.ts'
import type { LabelledRow } from './rows.ts'

export interface NearestModel {
  kind: 'nearest'
  columns: string[]
  /** row by row, `columns.length` numbers each */
  points: Float64Array
  labels: Uint8Array
}

export function fitNearest(rows: readonly LabelledRow[], features: readonly string[]): NearestModel {
  return {
    kind: 'nearest', columns: [...features],
    points: Float64Array.from(rows.flatMap((row) => features.map((name) => row.features[name]))), labels: Uint8Array.from(rows, ({ y }) => y),
  }
}

/** 0 or 1: it has no doubts. */
export function scoreNearest({ columns, points, labels }: NearestModel, features: NumericFeatures): number {
  const asked = columns.map((column) => features[column])
  let [nearest, least] = [0, Infinity]
  for (let row = 0; row < labels.length; row++) {
    let distance = 0
    for (let j = 0; j < asked.length && distance < least; j++) distance += (points[row * asked.length + j] - asked[j]) ** 2
    if (distance < least) [nearest, least] = [row, distance]
  }
  return labels[nearest]
}
