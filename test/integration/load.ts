/**
 * A larger seeded load of two models. Everything that makes order matter is in it: timestamps and event times out of order along every
 * partition, labels late, early, doubled, corrected and withdrawn, a shadow version, an error phase, a candidate and commands.
 */
import { normal, seeded, uniform } from '../../src/core/random.ts'
import type { Label, Prediction } from '../../src/core/records.ts'
import { HOUR, orders, settings, type Published } from '../main/traffic.ts'

const MINUTE = 60_000
const START = 1_000 * HOUR
const HOURS = 12
/** Makes a fetch bring few predictions, so that a drain is many epochs. */
const PADDING = 'x'.repeat(1500)
const NUMERIC = Array.from({ length: 12 }, (_, i) => `x${i}`)

export const loadSettings = {
  m: { ...settings, time: { ...settings.time, pane: '30m', windows: [1, 6] }, performance: { metrics: ['precision', 'recall', 'roc-auc', 'log-loss', 'ece'] } },
  n: { ...settings, mode: 'advise', time: { ...settings.time, pane: '1h' } },
}

export function load(inferences: number, seed = 11): Published[] {
  const random = seeded(seed)
  const shape = { numeric: NUMERIC, categorical: ['kind'] }
  /** with the moment of production, which is not the timestamp: the log is out of order in time */
  const records: { producedAt: number; record: Published }[] = []
  const produce = (at: number, role: Published[0], id: string, record: unknown) => {
    const jitter = Math.floor(uniform(random) * 5 * MINUTE)
    records.push({ producedAt: at, record: [role, id, at + jitter, record] })
  }
  for (let i = 0; i < inferences; i++) {
    const at = START + Math.floor((i / inferences) * HOURS * HOUR)
    const [id, model, isLate] = [`id-${i}`, i % 7 === 0 ? 'n' : 'm', i > inferences / 2]
    const score = uniform(random)
    const truth = uniform(random) < (isLate ? 1 - score : score)
    const vector = { shape, numeric: Float64Array.from(NUMERIC, (_, k) => (uniform(random) < 0.02 ? NaN : normal(random) + (isLate && k < 4 ? 1 : 0))), categorical: [uniform(random) < 0.5 ? 'a' : 'b'] }
    produce(at, 'features', id, { kind: 'features', inferenceId: id, model, observedAt: at - 1000, vector })
    const prediction = (version: string, acted: boolean): Prediction => ({
      kind: 'prediction', inferenceId: id, model, version, predictedAt: at - Math.floor(uniform(random) * 10 * MINUTE), score, decision: null, acted,
      outcome: acted && uniform(random) < 0.01 ? 'error' : 'ok', errorCode: PADDING, entityId: `e-${i % 500}`, configSequence: null, latencyMs: 5 + Math.floor(uniform(random) * 20), cost: NaN,
      segments: { region: i % 3 === 0 ? 'eu' : 'us' }, features: null,
    })
    produce(at + 5, 'predictions', id, prediction('v1', true))
    if (isLate) produce(at + 7, 'predictions', id, prediction('v2', false))
    if (i % 97 === 0) produce(at + 9, 'predictions', id, prediction('v1', true))
    const label = (value: boolean | null): Label => ({ kind: 'label', inferenceId: id, model, observedAt: at, value, weight: 1 })
    const delay = i % 50 === 0 ? -MINUTE : Math.floor(uniform(random) * 2 * HOUR)
    if (i % 20 !== 3) produce(at + delay, 'labels', id, label(truth))
    if (i % 41 === 0) produce(at + delay + MINUTE, 'labels', id, label(truth))
    if (i % 43 === 0) produce(at + delay + 20 * MINUTE, 'labels', id, label(!truth))
    if (i % 47 === 0) produce(at + delay + 30 * MINUTE, 'labels', id, label(null))
  }
  records.sort((a, b) => a.producedAt - b.producedAt)
  return [...records.map(({ record }) => record), ...orders()]
}
