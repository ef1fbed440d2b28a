/** The rows of an open pane that are kept as they are: every record is offered, few are taken. */
import { addColumns, addRow, wantsRow, type RowSample } from '../panes/row-sample.ts'
import type { FeatureShape, FeatureVector } from '../records.ts'

const isPresent = (value: number): boolean => value - value === 0

export class RowSampler {
  private readonly sample: RowSample
  /** for every column the place in the shape's numbers, −1 where it has none; made anew with the columns */
  private bindings = new Map<FeatureShape, Int32Array>()
  private row = new Float64Array(0)

  /** Goes on with the plain data given, which is up to date after every call. */
  constructor(sample: RowSample) {
    this.sample = sample
  }

  /** Offers a record under the two halves of its id's hash. Allocates only for a shape not met before. */
  add({ shape, numeric }: FeatureVector, low: number, high: number): void {
    let places = this.bindings.get(shape)
    if (places === undefined) places = this.bind(shape)
    if (!wantsRow(this.sample, low, high)) return
    for (let i = 0; i < places.length; i++) {
      const value = places[i] === -1 ? NaN : numeric[places[i]]
      this.row[i] = isPresent(value) ? value : NaN
    }
    addRow(this.sample, low, high, this.row)
  }

  private bind(shape: FeatureShape): Int32Array {
    if (addColumns(this.sample, shape.numeric)) this.bindings = new Map()
    const { features } = this.sample
    if (this.row.length !== features.length) this.row = new Float64Array(features.length)
    const places = Int32Array.from(features, (name) => shape.numeric.indexOf(name))
    this.bindings.set(shape, places)
    return places
  }
}
