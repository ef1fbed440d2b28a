import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { wilsonInterval } from '../../../src/core/math/proportion.ts'
import { confusionOf } from './tables.ts'
import { decided } from './classes.ts'

/** Truth a: 5 of 6 found; b: 2 of 3; c: 0 of 1. Predicted a: 5 of 7 right; b: 2 of 3; c never. */
const table = decided([['a', 'a', 5], ['a', 'b', 1], ['b', 'b', 2], ['b', 'a', 1], ['c', 'a', 1]])
const value = (name: keyof typeof metrics, params = {}) => readMetric(metrics[name], table, params).value

describe('averages over classes', () => {
  it('weigh classes the same, by their truths, or pool them', () => {
    expect(value('macro-recall')).toBeCloseTo((5 / 6 + 2 / 3 + 0) / 3, 12)
    expect(value('weighted-recall')).toBeCloseTo(7 / 10, 12)
    expect(value('macro-f1')).toBeCloseTo((10 / 13 + 4 / 6 + 0) / 3, 12)
    expect(value('weighted-f1')).toBeCloseTo((6 * 10 / 13 + 3 * 4 / 6) / 10, 12)
    for (const name of ['micro-precision', 'micro-recall', 'micro-f1'] as const) expect(value(name)).toBeCloseTo(7 / 10, 12)
    expect(readMetric(metrics['balanced-accuracy'], table).value).toBe(value('macro-recall'))
  })

  it('leave out a class whose ratio is 0/0, and say so, where others count it as 0', () => {
    expect(readMetric(metrics['macro-precision'], table)).toMatchObject({ value: (5 / 7 + 2 / 3) / 2, detail: { classes: 2, classesUndefined: 1, overflow: 0 } })
    expect(readMetric(metrics['macro-precision'], table).rows![2]).toEqual({ class: 'c', value: null, n: 0, low: null, high: null })
    expect(readMetric(metrics['weighted-precision'], table).value).toBeCloseTo((6 * 5 / 7 + 3 * 2 / 3) / 9, 12)
  })

  it("give each class its ratio with Wilson's interval on its trials over the design effect", () => {
    const row = readMetric(metrics['macro-recall'], table, { designEffect: 2 }).rows![0]
    const [low, high] = wilsonInterval(2.5, 3)
    expect(row).toEqual({ class: 'a', value: 5 / 6, n: 6, low, high })
    const { low: lowF, high: highF, n } = readMetric(metrics['macro-f1'], table).rows![0]
    expect([lowF, highF, n]).toEqual([...readMetric(metrics.f1, confusionOf(5, 2, 1, 0)).interval!, 8])
  })

  it('take β as the weight of recall', () => {
    expect(value('macro-f1', { beta: 2 })).toBeCloseTo((25 / (4 * 6 + 7) + 10 / (4 * 3 + 3) + 0) / 3, 12)
  })

  it('have the interval of the binary metrics where those are known: weighted recall is the share of right decisions', () => {
    const big = decided([['a', 'a', 40_000], ['a', 'b', 10_000], ['b', 'b', 30_000], ['b', 'a', 20_000]])
    const [low, high] = readMetric(metrics['weighted-recall'], big).interval!
    expect([low, high]).toEqual(wilsonInterval(70_000, 100_000).map((end) => expect.closeTo(end, 5)))
    const [macroLow, macroHigh] = readMetric(metrics['macro-recall'], big).interval!
    const exact = readMetric(metrics['balanced-accuracy'], confusionOf(40_000, 20_000, 10_000, 30_000)).interval!
    expect([macroLow, macroHigh]).toEqual(exact.map((end) => expect.closeTo(end, 5)))
  })

  it('do not claim certainty from twenty right decisions, of three classes or of one', () => {
    const [low, high] = readMetric(metrics['macro-f1'], decided([['a', 'a', 10], ['b', 'b', 5], ['c', 'c', 5]])).interval!
    expect([low > 0.5, low < 0.95, high]).toEqual([true, true, 1])
    expect(readMetric(metrics['macro-recall'], decided([['a', 'a', 20]])).interval).toEqual(wilsonInterval(20, 20))
  })

  it('hold their value within an interval inside [0, 1], wider where units repeat', () => fc.assert(fc.property(
    fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 40 })), { minLength: 1, maxLength: 9 }), (cells) => {
      const outcomes = decided(cells)
      for (const name of ['macro-precision', 'macro-recall', 'macro-f1', 'weighted-precision', 'weighted-recall', 'weighted-f1'] as const) {
        const reading = readMetric(metrics[name], outcomes)
        if (reading.value === null) continue
        const [low, high] = reading.interval!
        expect(0 <= low && low <= reading.value && reading.value <= high && high <= 1, name).toBe(true)
        const [wideLow, wideHigh] = readMetric(metrics[name], outcomes, { designEffect: 3 }).interval!
        expect(wideHigh - wideLow).toBeGreaterThanOrEqual(high - low - 1e-9)
      }
    })))

  it('are insufficient before the first outcome and below nMin', () => {
    expect(readMetric(metrics['macro-f1'], decided([]))).toMatchObject({ value: null, n: 0, verdict: 'insufficient', detail: { classes: 0 } })
    expect(readMetric(metrics['micro-f1'], table, { nMin: 11 })).toMatchObject({ value: null, n: 10, verdict: 'insufficient' })
  })
})
