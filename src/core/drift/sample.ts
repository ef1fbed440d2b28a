/** From raw samples to what measures compare; for `steward try`, tests and profiles made of tables. */
import { addCategory, addNumeric, createCategorical, createNumeric } from '../sketches/feature.ts'
import type { CategoricalSummary, FeatureLayout, FeatureSummary, NumericSummary } from '../sketches/feature.ts'
import { categoricalLayoutOf, numericLayoutOf } from '../sketches/layout.ts'
import { countName, countNumber, createValueTypes, type ValueTypes } from '../sketches/value-types.ts'
import { UnitError } from '../unit.ts'

export type SampleValue = number | string | null

/** a digest holds this many values, times its compression, before it condenses them */
const VALUES_PER_COMPRESSION = 5

/**
 * The layout of a reference sample: numeric when every value that is not null is a number, else categorical (numbers under their decimal text).
 * Given `edges` are taken as they are, without atoms, and make it numeric.
 * @throws UnitError when `edges` do not ascend, or the sample has names
 */
export function layoutOfSample(reference: readonly SampleValue[], edges?: readonly number[]): FeatureLayout {
  const isNumeric = reference.every((value) => typeof value !== 'string')
  if (edges !== undefined) {
    if (!isNumeric) throw new UnitError('edges are for numbers, but the reference holds names; leave edges out, or give numbers')
    if (edges.some((edge, i) => !Number.isFinite(edge) || (i > 0 && edges[i - 1] >= edge))) throw new UnitError(`edges must be finite and ascend, not ${JSON.stringify(edges)}`)
    return { kind: 'numeric', edges: Float64Array.from(edges), atoms: new Float64Array(0) }
  }
  return isNumeric && reference.some((value) => value !== null)
    ? numericLayoutOf(Float64Array.from(reference, toNumber))
    : categoricalLayoutOf(reference.map(toName))
}

/**
 * A sample on a layout (its own by default). Unlike a pane's, the digest keeps every value, so that quantiles and KS are exact whatever the size.
 * A name on a numeric layout counts as non-finite, a number on a categorical one under its decimal text.
 */
export function sampleSummary(values: readonly SampleValue[], layout: FeatureLayout = layoutOfSample(values)): FeatureSummary {
  return layout.kind === 'numeric' ? numericSample(values, layout) : categoricalSample(values, layout)
}

function numericSample(values: readonly SampleValue[], layout: FeatureLayout & { kind: 'numeric' }): NumericSummary {
  const summary = createNumeric(layout, Math.max(100, Math.ceil(values.length / VALUES_PER_COMPRESSION)))
  for (const value of values) addNumeric(summary, toNumber(value))
  return { ...summary, types: typesOfSample(values, true) }
}

function categoricalSample(values: readonly SampleValue[], layout: FeatureLayout & { kind: 'categorical' }): CategoricalSummary {
  const summary = createCategorical(layout)
  for (const value of values) addCategory(summary, toName(value))
  return { ...summary, types: typesOfSample(values, false) }
}

function typesOfSample(values: readonly SampleValue[], isNumeric: boolean): ValueTypes {
  const types = createValueTypes()
  for (const value of values) {
    if (typeof value === 'number') countNumber(types, value)
    else if (value !== null) countName(types, value, 'text', isNumeric)
  }
  return types
}

const toNumber = (value: SampleValue): number => value === null ? Number.NaN : typeof value === 'number' ? value : Number.POSITIVE_INFINITY
const toName = (value: SampleValue): string | null => value === null ? null : String(value)
