/** The protocol of drift measures: one reference summary, one current summary on the same layout, one reading. */
import { assert } from '../assert.ts'
import type { FeatureSummary, NumericSummary } from '../sketches/feature.ts'
import { sameNames } from '../sketches/categories.ts'
import { sameNumbers } from '../sketches/histogram.ts'
import type { ParamSpecs, ParamsOf, Spec } from '../unit.ts'
import type { Reading, Verdict } from '../reading.ts'
import type { Divergence } from './bin-noise.ts'

/**
 * What the noise of a measure is the noise of, so that a calibration knows how dependent rows widen it: distribution functions (`curve`), a share of all
 * records (`missing`; `other`: non-finite or unseen values; `types`: values of some types), how many rows lie far out (`tail`), or the shares of bins, by the law of their divergence
 * given the sizes of both samples.
 */
export type NoiseSource<Params> =
  | { of: 'curve' | 'missing' | 'other' | 'types' | 'tail' }
  | { of: 'bins'; law(params: Params, sizes: { reference: number; current: number; bins: number }): Divergence; isRoot: boolean }

export interface Calibrated {
  /** what noise reaches, for measures whose noise is `of: 'bins'`; null: as the measure itself finds it */
  noiseFloor: number | null
}

export interface DriftMeasure<Specs extends ParamSpecs = ParamSpecs> extends Spec<Specs> {
  /** which summaries it can compare */
  kinds: readonly FeatureSummary['kind'][]
  /** `curve` where it is not said */
  noise?: NoiseSource<ParamsOf<Specs>>
  /**
   * Compares two summaries on the same layout and leaves both alone. `n` and `nReference` count what the measure could use.
   * Too little data is a reading (`insufficient`), never an error; another kind or layout is a broken invariant.
   * @param calibrated one of many comparisons whose level somebody else sets: a p-value that takes long, as if rows were independent, is left out
   */
  compare(reference: FeatureSummary, current: FeatureSummary, params: ParamsOf<Specs>, calibrated?: Calibrated): Reading
}

/** Declares a measure; only there so that types are inferred. */
export function driftMeasure<const Specs extends ParamSpecs>(definition: DriftMeasure<Specs>): DriftMeasure<Specs> {
  return definition
}

/** `alarm` beyond both the noise and the practical threshold, `warning` beyond the noise alone; inside the noise it is `ok` however large. */
export function verdictOf(value: number, noiseFloor: number, alarm: number): Verdict {
  if (value <= noiseFloor) return 'ok'
  return value > alarm ? 'alarm' : 'warning'
}

/** Asserts that both summaries are of one kind and on one layout. */
export function assertComparable(reference: FeatureSummary, current: FeatureSummary): void {
  const same = reference.kind === 'numeric'
    ? current.kind === 'numeric' && sameNumbers(reference.edges, current.edges) && sameNumbers(reference.atoms, current.atoms)
    : current.kind === 'categorical' && sameNames(reference.categories, current.categories) && sameNames(reference.others, current.others)
  assert(same, 'summaries are compared on one layout only; build the current one on the layout of the reference')
}

/** Asserts that both are numeric, for measures that declare only that kind. */
export function assertNumeric(reference: FeatureSummary, current: FeatureSummary): [NumericSummary, NumericSummary] {
  assertComparable(reference, current)
  assert(reference.kind === 'numeric' && current.kind === 'numeric', 'this measure compares numeric summaries only')
  return [reference, current]
}
