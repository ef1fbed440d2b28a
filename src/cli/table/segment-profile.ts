/** What a table says of each segment value, on the bins of the whole: what drift by segment is read against. */
import { numericReferenceOf, referenceOf } from '../../core/panes/reference.ts'
import type { FeatureReference, NumericReference, SegmentReference } from '../../core/records.ts'
import { addCategory, addNumeric, createCategorical, createNumeric } from '../../core/sketches/feature.ts'
import { countNumber, createValueTypes } from '../../core/sketches/value-types.ts'
import type { Column, LoadedTable, NumericColumn } from './load.ts'

/** Rows from which on a value gets a reference, as in a provisional profile. */
export const segmentRowsMin = 100
/** Feature references of segment values that one profile holds, each 3 to 10 KB as JSON: many more would make it larger than a broker takes by default. */
const featureReferencesMax = 200

interface Whole {
  features: Readonly<Record<string, FeatureReference>>
  score: NumericReference | null
}

/**
 * References of the values with enough rows; features only where those of all values fit.
 * @param groups rows by `name=value`
 * @param decisionsOf of some rows; nothing where there are none
 */
export function segmentReferences(
  table: LoadedTable, scoreColumn: string | null, groups: ReadonlyMap<string, readonly number[]>, { features, score }: Whole,
  decisionsOf: (rows: readonly number[]) => Pick<SegmentReference, 'decisions'>,
): { segments?: Record<string, SegmentReference> } {
  const enough = [...groups].filter(([, rows]) => rows.length >= segmentRowsMin).sort(([a], [b]) => (a < b ? -1 : 1))
  if (enough.length === 0) return {}
  const names = enough.length * Object.keys(features).length <= featureReferencesMax ? Object.keys(features) : []
  return {
    segments: Object.fromEntries(enough.map(([key, rows]) => [key, {
      n: rows.length, features: Object.fromEntries(names.map((name) => [name, onBins(features[name], table.columns[name], rows)])),
      score: score === null || scoreColumn === null ? null : numericOnBins(score, table.columns[scoreColumn] as NumericColumn, rows), ...decisionsOf(rows),
    }])),
  }
}

function onBins(whole: FeatureReference, column: Column, rows: readonly number[]): FeatureReference {
  if (whole.kind === 'numeric' && column.type === 'numeric') return numericOnBins(whole, column, rows)
  const summary = createCategorical({ kind: 'categorical', categories: whole.kind === 'categorical' ? whole.categories : [] })
  for (const row of rows) addCategory(summary, column.values[row] as string | null)
  return referenceOf(summary, null)
}

function numericOnBins({ edges, atoms, types }: NumericReference, { values }: NumericColumn, rows: readonly number[]): NumericReference {
  const summary = createNumeric({ kind: 'numeric', edges: Float64Array.from(edges), atoms: Float64Array.from(atoms) })
  for (const row of rows) addNumeric(summary, values[row])
  if (types !== undefined) {
    summary.types = createValueTypes()
    for (const row of rows) countNumber(summary.types, values[row])
  }
  return numericReferenceOf(summary, null)
}
