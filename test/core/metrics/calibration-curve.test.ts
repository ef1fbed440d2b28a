import { describe, expect, it } from 'vitest'
import { calibrationPValue } from '../../../src/core/metrics/calibration-groups.ts'
import { wilsonInterval } from '../../../src/core/math/proportion.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { addBinary, createBinaryOutcomes, scoreEdges } from '../../../src/core/metrics/outcomes.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { seeded, uniform, type Random } from '../../../src/core/random.ts'

function sample(random: Random, n: number, shift = 0) {
  const outcomes = createBinaryOutcomes(scoreEdges())
  for (let i = 0; i < n; i++) {
    const p = uniform(random) ** 2
    addBinary(outcomes, uniform(random) < p ? 1 : 0, Math.min(1, p + shift), 0)
  }
  return outcomes
}

describe('calibration-curve', () => {
  it('has a point a group, from the lowest scores up, and the widest gap as value', () => {
    const outcomes = createBinaryOutcomes(scoreEdges())
    for (let i = 0; i < 100; i++) addBinary(outcomes, i < 30 ? 1 : 0, 0.1, 0)
    for (let i = 0; i < 100; i++) addBinary(outcomes, i < 75 ? 1 : 0, 0.8, 1)
    const [low, high] = wilsonInterval(30, 100)
    const reading = readMetric(metrics['calibration-curve'], outcomes, { bins: 2 })
    expect(reading).toMatchObject({ n: 200, detail: { groups: 2 } })
    expect(reading.value).toBeCloseTo(0.2, 12)
    expect(reading.rows![0]).toEqual({ n: 100, score: expect.closeTo(0.1, 12), share: 0.3, low, high })
    expect(reading.rows![1]).toMatchObject({ n: 100, share: 0.75 })
    expect(reading.interval![0]).toBeGreaterThan(0.1)
    expect(reading.detail!.pValue).toBeLessThan(1e-9)
  })

  it('stays below its noise floor in 95 of 100 samples of a calibrated model', () => {
    const random = seeded(6)
    const above = Array.from({ length: 500 }, () => readMetric(metrics['calibration-curve'], sample(random, 500))).filter(({ value, noiseFloor }) => value! > noiseFloor!)
    expect(above.length / 500).toBeLessThanOrEqual(0.07)
  })

  it('is insufficient without scores and where corrections drove a bin below zero', () => {
    const outcomes = createBinaryOutcomes([0.5])
    addBinary(outcomes, 1, NaN, 1)
    expect(readMetric(metrics['calibration-curve'], outcomes)).toEqual({ value: null, n: 0, verdict: 'insufficient' })
    addBinary(outcomes, 1, 0.4, 1)
    addBinary(outcomes, 0, 0.6, 1, -1)
    expect(readMetric(metrics['calibration-curve'], outcomes).verdict).toBe('insufficient')
  })
})

describe('the test of calibration beside ece', () => {
  const pValues = (shift: number, n: number, given = {}) => {
    const random = seeded(12)
    return Array.from({ length: 500 }, () => readMetric(metrics.ece, sample(random, n, shift), given).detail!.pValue as number)
  }
  const share = (values: readonly number[], level: number) => values.filter((p) => p <= level).length / values.length

  it('rejects a calibrated model about as often as its level says, at 300 outcomes and at 5,000, where the value itself is six times apart', () => {
    for (const n of [300, 5_000]) {
      expect(share(pValues(0, n), 0.05)).toBeLessThanOrEqual(0.07)
      expect(share(pValues(0, n), 0.05)).toBeGreaterThan(0.01)
    }
  })

  it('finds scores that are .05 too high from 2,000 outcomes in nine of ten samples', () => expect(share(pValues(0.05, 2_000), 0.05)).toBeGreaterThan(0.9))

  it('finds less where units repeat', () => expect(share(pValues(0.05, 2_000, { designEffect: 4 }), 0.05)).toBeLessThan(0.8))

  it('is 0 where a score of 0 met a positive, and 1 where there is nothing to compare', () => {
    expect(calibrationPValue([{ n: 10, positives: 1, scoreMean: 0 }], 1)).toBe(0)
    expect(calibrationPValue([{ n: 10, positives: 0, scoreMean: 0 }], 1)).toBe(1)
    expect(calibrationPValue([{ n: 10, positives: 1, scoreMean: 5e-324 }], 1)).toBe(0)
  })
})
