/** Two pieces of work that are larger than a record: a window of panes merged, and a drift report of a table. */
import type { DriftMeasure } from '../../src/core/drift/measure.ts'
import { driftMeasures } from '../../src/core/drift/table.ts'
import { normal, seeded, uniform } from '../../src/core/random.ts'
import { addNumeric, compactFeature, createNumeric, mergeFeatures, type NumericSummary } from '../../src/core/sketches/feature.ts'
import { numericLayoutOf } from '../../src/core/sketches/layout.ts'
import { numericSummaryOfSample } from '../../src/core/sketches/whole-sample.ts'
import { resolveParams } from '../../src/core/unit.ts'

const [features, panes] = [50, 60]
const [rows, columns] = [100_000, 20]
const measures: readonly DriftMeasure[] = [driftMeasures.psi, driftMeasures.ks, driftMeasures.missing, driftMeasures['non-finite']]

/** Merges 50 features of 60 panes, as they are sent, into one window. */
export function paneMerge(rowsPerPane: number): () => void {
  const random = seeded(3)
  const layout = numericLayoutOf(Float64Array.from({ length: 5_000 }, () => normal(random)))
  const paneOf = () => {
    const summary = createNumeric(layout)
    for (let i = 0; i < rowsPerPane; i++) addNumeric(summary, normal(random))
    return compactFeature(summary)
  }
  // every tenth feature has panes of its own; the others share them, as a merge leaves its source alone
  const distinct = Array.from({ length: features / 10 }, () => Array.from({ length: panes }, paneOf))
  return () => {
    for (let feature = 0; feature < features; feature++) {
      const window = createNumeric(layout)
      mergeFeatures(window, distinct[feature % distinct.length])
    }
  }
}

/** The reading of PSI, KS, missing and non-finite values of each column of a table, against a profile that is there, or that is made of another such table. */
export function driftReport(profileIsThere: boolean): () => void {
  const [reference, current] = [tableOf(4), tableOf(5)]
  const profile = profileIsThere ? reference.map((values) => numericSummaryOfSample(values)) : null
  return () => {
    current.forEach((values, i) => {
      const before = profile === null ? numericSummaryOfSample(reference[i]) : profile[i]
      const now = filled(createNumeric(before, before.digest.compression), values)
      for (const measure of measures) measure.compare(before, now, resolveParams(measure))
    })
  }
}

const tableOf = (seed: number): Float64Array[] => {
  const random = seeded(seed)
  return Array.from({ length: columns }, () => Float64Array.from({ length: rows }, () => (uniform(random) < 0.01 ? NaN : normal(random))))
}


function filled(summary: NumericSummary, values: Float64Array): NumericSummary {
  for (let i = 0; i < values.length; i++) addNumeric(summary, values[i])
  return summary
}
