import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { metricUnits, type MetricRow } from '../../../src/core/metrics/streaming.ts'
import { resolveParams } from '../../../src/core/unit.ts'

const rows = fc.array(fc.record({ y: fc.constantFrom(0, 1), score: fc.double({ min: 0, max: 1, noNaN: true }) }), { minLength: 1, maxLength: 400, size: 'max' })
const weightsOf = (n: number, alpha: number) => Array.from({ length: n }, (_, i) => (1 - alpha) ** (n - 1 - i))

function faded(name: keyof typeof metricUnits, stream: readonly MetricRow[], alpha: number) {
  const unit = metricUnits[name]
  const params = resolveParams(unit, { window: 'faded', alpha })
  const state = unit.init(params)
  for (const row of stream) unit.update(state, row, params)
  return { state, reading: unit.read(state, params), unit, params }
}

describe('faded metrics', () => {
  it('weigh each row 1 − α times the next, however long the stream, and have (Σw)² / Σw² as n', () => fc.assert(fc.property(rows, fc.constantFrom(0.001, 0.05, 0.5), (stream, alpha) => {
    const weights = weightsOf(stream.length, alpha)
    const total = weights.reduce((sum, w) => sum + w, 0)
    const brier = stream.reduce((sum, { y, score }, i) => sum + weights[i] * (score - y) ** 2, 0) / total
    const { reading } = faded('brier', stream, alpha)
    expect(reading.value).toBeCloseTo(brier, 9)
    expect(reading.n).toBeCloseTo(total ** 2 / weights.reduce((sum, w) => sum + w * w, 0), 6)
    expect(reading.detail).toMatchObject({ fadedRows: stream.length })
  })))

  it('have an interval of the effective n: about 2 / α rows of a long stream', () => {
    const stream = Array.from({ length: 5_000 }, (_, i) => ({ y: i % 2, score: 0.25 }))
    const { reading } = faded('recall', stream.map((row) => ({ ...row, prediction: 1 })), 0.01)
    expect(faded('positive-rate', stream, 0.01).reading.n).toBeCloseTo(199, 6)
    expect(reading.n).toBeCloseTo(100, 0)
    const half = faded('accuracy', stream, 0.01).reading
    expect(half.interval![1] - half.interval![0]).toBeCloseTo(2 * 1.96 * Math.sqrt(0.25 / 203), 2)
  })

  it('stay finite over a stream so long that the first weights vanish', () => {
    const { state, reading } = faded('rmse', Array.from({ length: 60_000 }, (_, i) => ({ y: 0, prediction: i < 30_000 ? 1e50 : 2 })), 0.5)
    expect(reading.value).toBeCloseTo(2, 9)
    expect(state.fading!.weight).toBeLessThanOrEqual(1e4)
  })

  it('merge: the earlier part is faded by the rows of the later', () => fc.assert(fc.property(rows, rows, (head, tail) => {
    const whole = faded('log-loss', [...head, ...tail], 0.02)
    const { state, unit, params } = faded('log-loss', head, 0.02)
    unit.merge!(state, faded('log-loss', tail, 0.02).state, params)
    const merged = unit.read(state, params)
    expect(merged.value).toBeCloseTo(whole.reading.value!, 9)
    expect(merged.n).toBeCloseTo(whole.reading.n, 6)
    unit.update(state, { y: 1, score: 0.5 }, params)
    unit.update(whole.state, { y: 1, score: 0.5 }, params)
    expect(unit.read(state, params).value).toBeCloseTo(unit.read(whole.state, params).value!, 9)
  })))
})
