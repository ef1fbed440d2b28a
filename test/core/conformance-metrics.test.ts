import fc from 'fast-check'
import type { Metric } from '../../src/core/metrics/metric.ts'
import { metricUnits, type MetricRow } from '../../src/core/metrics/streaming.ts'
import { metrics, type MetricName } from '../../src/core/metrics/table.ts'
import * as conformance from './conformance.ts'

conformance.specs('metrics', metrics)

const nonsense = fc.constantFrom(NaN, Infinity, -Infinity, -0, Number.MAX_VALUE, Number.MIN_VALUE, -1)
const probability = fc.oneof({ weight: 20, arbitrary: fc.double({ min: 0, max: 1, noNaN: true }) }, { weight: 5, arbitrary: fc.constantFrom(0, 0.5, 1) }, nonsense)
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined, freq: 6 })
const t = fc.integer({ min: 0, max: 1_000 })
const className = fc.constantFrom('a', 'b', 'c', 'd')
const amount = fc.oneof({ weight: 20, arbitrary: fc.double({ min: -1e6, max: 1e6, noNaN: true }) }, nonsense)

/** Rows of each kind, the unusable among them. */
const inputs: Readonly<Record<Metric['needs'], fc.Arbitrary<MetricRow>>> = {
  binary: fc.record({ y: fc.constantFrom(0, 1), score: maybe(probability), prediction: maybe(fc.constantFrom(0, 1)), t, entity: maybe(className) }),
  multiclass: fc.record({ y: className, prediction: maybe(className), scores: maybe(fc.dictionary(className, probability, { maxKeys: 4 })), t }),
  regression: fc.record({ y: amount, prediction: amount, t }),
  latency: fc.record({ latencyMs: fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0, max: 1_000_000 }) }, nonsense), t }),
  cost: fc.record({ cost: amount, t }),
  labelling: fc.record({ predictedAt: t, observedAt: fc.option(fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0, max: 1_000_000 }) }, nonsense)) }),
}

/** Quantiles of a merged digest move within its error; counts do not. */
function sameCounts(a: unknown, b: unknown): boolean {
  const [left, right] = [a, b] as { n: number; value: number | null; detail?: { unlabelled?: number } }[]
  return left.n === right.n && (left.value === null) === (right.value === null) && left.detail?.unlabelled === right.detail?.unlabelled
    && Math.abs((left.value ?? 0) - (right.value ?? 0)) <= 50_000
}

const ofKind = (kind: string, isTaken: (metric: Metric) => boolean) =>
  Object.fromEntries(Object.entries(metricUnits).filter(([name]) => metrics[name as MetricName].needs === kind && isTaken(metrics[name as MetricName] as unknown as Metric)))

/** In a window or faded a metric reads the same outcomes as without, so that a few of each kind stand for the others; test/core/metrics/streaming.test.ts reads them all. */
const standIns = ['accuracy', 'roc-auc', 'calibration-curve', 'lift', 'macro-f1', 'macro-roc-auc', 'rmse', 'latency-quantiles', 'cost-per-thousand', 'label-delay']

interface Form { form: string; params: Record<string, unknown>; runs: number; stateBytesMax: number; isTaken: (metric: Metric) => boolean }
const isStandIn = ({ name }: Metric) => standIns.includes(name)
const forms: readonly Form[] = [
  { form: '', params: {}, runs: 15, stateBytesMax: 131_072, isTaken: () => true },
  { form: ' of a window of count', params: { window: 'count', windowCount: 40 }, runs: 8, stateBytesMax: 32_768, isTaken: isStandIn },
  { form: ' of a window of time', params: { window: 'time', windowMs: 50 }, runs: 8, stateBytesMax: 4_194_304, isTaken: isStandIn },
  { form: ', faded', params: { window: 'faded', alpha: 0.05 }, runs: 8, stateBytesMax: 131_072, isTaken: isStandIn },
]

for (const { form, params, isTaken, ...settings } of forms) {
  const isDigest = (kind: string) => kind === 'latency' || kind === 'labelling'
  for (const kind of Object.keys(inputs) as Metric['needs'][]) {
    if (isDigest(kind) && params.window === 'faded') continue
    const options = { inputs: inputs[kind], params, ...settings, soakCount: 20_000, ...(isDigest(kind) ? { sameRead: sameCounts } : {}) }
    conformance.streaming(`metrics${form} (${kind})`, ofKind(kind, isTaken), options)
  }
  const ofClasses = ofKind('binary', (metric) => isTaken(metric) && metric.needs === 'binary' && metric.readClasses !== undefined)
  conformance.streaming(`metrics${form} (binary ones, of classes)`, ofClasses, { inputs: inputs.multiclass, params: { ...params, task: 'multiclass' }, ...settings, soakCount: 20_000 })
}
