import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMetric, type Metric } from '../../../src/core/metrics/metric.ts'
import { metricUnits, type MetricRow } from '../../../src/core/metrics/streaming.ts'
import { metrics, type MetricName } from '../../../src/core/metrics/table.ts'
import { seeded, uniform } from '../../../src/core/random.ts'
import { resolveParams, UnitError } from '../../../src/core/unit.ts'
import { nearlyEqual } from '../conformance.ts'
import { faultsOf } from '../plain-data.ts'

const names = Object.keys(metrics) as MetricName[]

/** Rows that serve every kind at once. */
function rowsFor(name: MetricName, n: number, seed = 1): MetricRow[] {
  const random = seeded(seed)
  const { needs } = metrics[name]
  return Array.from({ length: n }, (_, i) => {
    const score = Math.round(uniform(random) * 50) / 50
    const y = uniform(random) < score ? 1 : 0
    const ofKind = needs === 'multiclass' ? { y: ['a', 'b', 'c'][(y + i) % 3], scores: { a: score, b: 1 - score, c: 0 } } : { y, score, prediction: needs === 'regression' ? score : undefined }
    return { ...ofKind, latencyMs: 100 * score, cost: score / 1_000, predictedAt: i, observedAt: y === 1 ? i + 10 * score : null, t: Math.floor(i / 3) }
  })
}

function after(name: MetricName, rows: readonly MetricRow[], given: Record<string, unknown>) {
  const unit = metricUnits[name]
  const params = resolveParams(unit, given)
  const state = unit.init(params)
  for (const row of rows) unit.update(state, row, params)
  return { state, unit, params, reading: unit.read(state, params) }
}

/** Two hundred rows do not bound p99. */
const median = (name: MetricName) => ('quantile' in metricUnits[name].params ? { quantile: 0.5 } : {})

const plain = ({ value, n, interval, noiseFloor }: ReturnType<typeof readMetric>) => ({ value, n, interval, noiseFloor })

describe('every metric over rows', () => {
  for (const name of names) {
    const forms = ['none', 'count', 'time', ...('alpha' in metricUnits[name].params ? ['faded'] : [])]
    const settings: Record<string, Record<string, unknown>> = { none: {}, count: { windowCount: 70 }, time: { windowMs: 20 }, faded: { alpha: 0.02 } }

    it(`${name} reads in every form (${forms.join(', ')}), and a window is what its rows alone would be`, () => {
      const rows = rowsFor(name, 200)
      for (const window of forms) {
        const { reading } = after(name, rows, { window, ...settings[window], ...median(name) })
        expect(reading.verdict, window).toBe('ok')
        expect(reading.interval, window).toBeDefined()
        expect(faultsOf(reading), window).toEqual([])
      }
      const newest = { count: rows.slice(-70), time: rows.filter(({ t }) => t! > rows.at(-1)!.t! - 20) }
      for (const window of ['count', 'time'] as const) {
        const inWindow = after(name, rows, { window, ...settings[window] }).reading
        expect(plain(inWindow)).toEqual(plain(after(name, newest[window], { window: 'count', windowCount: 1_000 }).reading))
        expect(inWindow.detail!.windowRows).toBe(newest[window].length)
      }
    })

    it(`${name} merges parts into the whole in every form`, () => {
      const [head, tail] = [rowsFor(name, 90, 4), rowsFor(name, 60, 5)]
      for (const window of forms) {
        const given = { window, ...settings[window] }
        const whole = after(name, [...head, ...tail], given)
        const part = after(name, tail, given).state
        const { state, unit, params } = after(name, head, given)
        unit.merge!(state, part, params)
        expect(nearlyEqual(unit.read(state, params), whole.reading), `${window}: ${JSON.stringify(unit.read(state, params))} against ${JSON.stringify(whole.reading)}`).toBe(true)
      }
    })

    it(`${name} does not heed the order of rows, of all of them or of a window of time`, () => {
      const rows = rowsFor(name, 120, 7)
      for (const window of ['none', 'time']) {
        const given = { window, ...settings[window] }
        expect(nearlyEqual(after(name, [...rows].reverse(), given).reading, after(name, rows, given).reading), window).toBe(true)
      }
    })
  }

  it('leaves out rows it cannot use, and counts them', () => {
    const rows: MetricRow[] = [{ y: 1, score: 0.7 }, { y: 2, score: 0.7 }, { y: 0 }, { y: 0, score: 1.5 }, { y: 0, score: NaN, prediction: 0 }]
    expect(after('log-loss', rows, {}).reading).toMatchObject({ n: 1, detail: { unscored: 1, unusable: 3 } })
    expect(after('accuracy', [{ y: 1, score: 0.7 }], { window: 'time' }).reading).toMatchObject({ value: null, detail: { windowRows: 0, unusable: 1 } })
    expect(after('mae', [{ y: 1, prediction: 1e200 }, { y: 1, prediction: 3 }], {}).reading).toMatchObject({ value: 2, n: 1, detail: { unusable: 1 } })
  })

  it('reads without a window what the metric reads of the same outcomes', () => {
    const { state, reading } = after('roc-auc', rowsFor('roc-auc', 100), {})
    expect(reading).toEqual(readMetric(metrics['roc-auc'] as unknown as Metric, state.outcomes))
  })

  it('cannot fade what is kept in a digest', () => {
    expect(() => resolveParams(metricUnits['latency-quantiles'], { window: 'faded' })).toThrow(UnitError)
  })
})

describe('scores in a window', () => {
  it('are compared exactly, ties as half, where bins of all rows cannot tell them apart', () => fc.assert(fc.property(
    fc.array(fc.record({ y: fc.constantFrom(0, 1), score: fc.constantFrom(0.5, 0.50001, 0.50002, 0.50003) }), { minLength: 2, maxLength: 40 }), (rows) => {
      const newest = rows.slice(-20)
      const [positives, negatives] = [1, 0].map((truth) => newest.filter(({ y }) => y === truth).map(({ score }) => score))
      const { value, detail } = after('roc-auc', rows, { window: 'count', windowCount: 20 }).reading
      if (positives.length * negatives.length === 0) expect(value).toBeNull()
      else {
        const sum = positives.reduce((total, a) => total + negatives.reduce((part, b) => part + (a > b ? 1 : a === b ? 0.5 : 0), 0), 0)
        expect(value).toBeCloseTo(sum / positives.length / negatives.length, 12)
        expect(detail!.bound).toBe(0)
      }
    })))

  it('leave out rows that had none', () => {
    const rows = [{ y: 1, score: 0.7 }, { y: 1, prediction: 1 }, { y: 0, score: 0.2 }]
    expect(after('roc-auc', rows, { window: 'count', windowCount: 3 }).reading).toMatchObject({ value: 1, n: 2, detail: { positives: 1, negatives: 1, bound: 0 } })
  })
})
