import type { DriftMeasure } from '../../src/core/drift/measure.ts'
import type { Rows } from '../../src/core/drift/sample-measure.ts'
import { driftMeasures, sampleMeasures } from '../../src/core/drift/table.ts'
import { ksStatistic } from '../../src/core/math/two-sample-ks.ts'
import { normal, seeded } from '../../src/core/random.ts'
import { addCategory, addNumeric, createCategorical, createNumeric, type FeatureSummary } from '../../src/core/sketches/feature.ts'
import { categoricalLayoutOf, numericLayoutOf } from '../../src/core/sketches/layout.ts'
import { resolveParams } from '../../src/core/unit.ts'
import { whenStarted, type Task } from './per-record.ts'

const random = seeded(2)
const sample = (n: number) => Float64Array.from({ length: n }, () => normal(random))
const [raw, rawCurrent] = [sample(20_000), sample(20_000)]
const layout = numericLayoutOf(raw)
const summaryOf = (values: Float64Array) => {
  const summary = createNumeric(layout)
  for (const x of values) addNumeric(summary, x)
  return summary
}
const names = (values: Float64Array) => Array.from(values, (x) => `bucket ${Math.floor(8 * x)}`)
const categories = categoricalLayoutOf(names(raw))
const categoricalOf = (values: Float64Array) => {
  const summary = createCategorical(categories)
  for (const name of names(values)) addCategory(summary, name)
  return summary
}
const summaries: Readonly<Record<FeatureSummary['kind'], readonly [FeatureSummary, FeatureSummary]>> = {
  numeric: [summaryOf(raw), summaryOf(rawCurrent)], categorical: [categoricalOf(raw), categoricalOf(rawCurrent)],
}

const comparisons = Object.values<DriftMeasure>(driftMeasures).flatMap((measure) => measure.kinds.map((kind): Task => {
  const params = resolveParams(measure)
  return { name: `${measure.name} of two ${kind} summaries`, records: 1, unit: measure.name, run: () => { measure.compare(...summaries[kind], params) } }
}))

const [rowCount, width] = [2_000, 10]
const rows = (): Rows => ({ features: Array.from({ length: width }, (_, i) => `f${i}`), n: rowCount, values: sample(rowCount * width) })
const [tableBefore, tableNow] = [rows(), rows()]
const [before, now] = [Array.from(raw), Array.from(rawCurrent)]
const { 'type-change': typeChange, reconstruction, 'domain-classifier': classifier } = sampleMeasures
const ofSamples: readonly Task[] = [
  { name: 'type-change, a value of two samples', records: 2 * raw.length, unit: 'type-change', run: () => { typeChange.compare(before, now, resolveParams(typeChange)) } },
  { name: 'reconstruction, a row of 10 of two samples', records: 2 * rowCount, unit: 'reconstruction', run: () => { reconstruction.compare(tableBefore, tableNow, resolveParams(reconstruction)) } },
  { name: 'domain-classifier, a row of 10 of two samples', records: 2 * rowCount, unit: 'domain-classifier', run: () => { classifier.compare(tableBefore, tableNow, resolveParams(classifier)) } },
]

/** One comparison a run; the last is what keeping the raw samples would cost instead. */
export const tasks: readonly Task[] = [
  ...comparisons, ...ofSamples,
  { name: 'ks of the 2 × 20,000 raw values', records: 1, run: () => { ksStatistic(raw, rawCurrent) } },
]

await whenStarted(import.meta.url, tasks)
