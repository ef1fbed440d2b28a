/** The sibling protocol of measures that no summary of one feature can feed: they compare raw samples, of values of any type or of whole rows. */
import type { Reading } from '../reading.ts'
import type { ParamSpecs, ParamsOf, Spec } from '../unit.ts'

/** What a field of a record may hold before it is known what the feature is. */
export type RawValue = number | string | boolean | null

/** Rows of numeric features. */
export interface Rows {
  features: readonly string[]
  /** number of rows */
  n: number
  /** row after row, a value by feature; NaN where missing. Anything else that is not finite counts as missing */
  values: Float64Array
}

interface SampleMeasureOf<Takes extends string, Sample, Specs extends ParamSpecs> extends Spec<Specs> {
  takes: Takes
  /**
   * Compares two samples and leaves both alone. Too little data is a reading (`insufficient`), never an error;
   * rows of other features are a broken invariant.
   */
  compare(reference: Sample, current: Sample, params: ParamsOf<Specs>): Reading
}

export type ValueMeasure<Specs extends ParamSpecs = ParamSpecs> = SampleMeasureOf<'values', readonly RawValue[], Specs>
export type RowMeasure<Specs extends ParamSpecs = ParamSpecs> = SampleMeasureOf<'rows', Rows, Specs>
export type SampleMeasure = ValueMeasure | RowMeasure

/** Declare a measure; only there so that types are inferred. */
export const valueMeasure = <const Specs extends ParamSpecs>(definition: ValueMeasure<Specs>): ValueMeasure<Specs> => definition
export const rowMeasure = <const Specs extends ParamSpecs>(definition: RowMeasure<Specs>): RowMeasure<Specs> => definition
