import { ks } from '../../src/core/drift/ks.ts'
import { psi } from '../../src/core/drift/psi.ts'
import { ksStatistic } from '../../src/core/math/two-sample-ks.ts'
import { normal, seeded } from '../../src/core/random.ts'
import { addNumeric, createNumeric } from '../../src/core/sketches/feature.ts'
import { numericLayoutOf } from '../../src/core/sketches/layout.ts'
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
const [reference, current] = [summaryOf(raw), summaryOf(rawCurrent)]
const [psiParams, ksParams] = [resolveParams(psi), resolveParams(ks)]

/** One comparison a run; the last is what keeping the raw samples would cost instead. */
export const tasks: readonly Task[] = [
  { name: 'psi of two summaries', records: 1, run: () => { psi.compare(reference, current, psiParams) } },
  { name: 'ks of two summaries', records: 1, run: () => { ks.compare(reference, current, ksParams) } },
  { name: 'ks of the 2 × 20,000 raw values', records: 1, run: () => { ksStatistic(raw, rawCurrent) } },
]

await whenStarted(import.meta.url, tasks)
