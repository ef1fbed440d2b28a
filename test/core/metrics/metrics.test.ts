import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import {
  addBinary, addRegression, createBinaryOutcomes, createRegressionOutcomes, scoreEdges, type BinaryOutcomes,
} from '../../../src/core/metrics/outcomes.ts'
import { aucInterval } from '../../../src/core/metrics/roc-auc.ts'
import { rowKinds } from '../../../src/core/metrics/rows.ts'
import { metrics, type MetricName } from '../../../src/core/metrics/table.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import { faultsOf } from '../plain-data.ts'

const names = Object.keys(metrics) as MetricName[]
const confusionNames = ['accuracy', 'precision', 'recall', 'f1', 'specificity', 'positive-rate'] as const

const confusion = (tp: number, fp: number, fn: number, tn: number): BinaryOutcomes => ({
  ...createBinaryOutcomes([]), n: tp + fp + fn + tn, confusion: Float64Array.of(tp, fp, fn, tn),
})

const calibrated = (n: number, seed: number, shift = 0) => {
  const random = seeded(seed)
  const outcomes = createBinaryOutcomes(scoreEdges())
  for (let i = 0; i < n; i++) {
    const p = uniform(random)
    addBinary(outcomes, uniform(random) < p ? 1 : 0, Math.min(1, p + shift), p > 0.5 ? 1 : 0)
  }
  return outcomes
}

describe('the confusion family', () => {
  it('reads each ratio of 40 tp, 10 fp, 20 fn, 30 tn', () => {
    const outcomes = confusion(40, 10, 20, 30)
    const value = (name: MetricName) => readMetric(metrics[name], outcomes).value
    expect(confusionNames.map(value)).toEqual([0.7, 0.8, 40 / 60, 80 / 110, 0.75, 0.5].map((x) => expect.closeTo(x, 12)))
  })

  it("carries Wilson's interval: 81 of 263, and 0 of 20", () => {
    const interval = (hits: number, trials: number) => readMetric(metrics.precision, confusion(hits, trials - hits, 0, 0)).interval!.map((x) => x.toFixed(4))
    expect(interval(81, 263)).toEqual(['0.2553', '0.3662'])
    expect(interval(0, 20)).toEqual(['0.0000', '0.1611'])
  })

  it('counts the trials of the ratio, not all outcomes', () => {
    expect(readMetric(metrics.precision, confusion(40, 10, 20, 30)).n).toBe(50)
    expect(readMetric(metrics.recall, confusion(40, 10, 20, 30)).n).toBe(60)
  })

  it('is insufficient, never 0, where the ratio is 0/0', () => {
    expect(readMetric(metrics.precision, confusion(0, 0, 5, 5))).toEqual({ value: null, n: 0, verdict: 'insufficient' })
    expect(readMetric(metrics.recall, confusion(0, 5, 0, 5))).toEqual({ value: null, n: 0, verdict: 'insufficient' })
    expect(readMetric(metrics.f1, confusion(0, 0, 0, 5))).toEqual({ value: null, n: 0, verdict: 'insufficient' })
  })

  it('never leaves [0, 1]: counts driven below zero are insufficient', () => {
    expect(readMetric(metrics.precision, confusion(5, -1, 0, 0)).verdict).toBe('insufficient')
    expect(readMetric(metrics.accuracy, confusion(5, 0, -2, 3)).verdict).toBe('insufficient')
  })

  it('has an interval around the value, wider where units repeat', () => fc.assert(fc.property(
    fc.array(fc.nat(500), { minLength: 4, maxLength: 4 }), fc.double({ min: 1, max: 20, noNaN: true }), ([tp, fp, fn, tn], designEffect) => {
      for (const name of confusionNames) {
        const outcomes = confusion(tp, fp, fn, tn)
        const { value, interval } = readMetric(metrics[name], outcomes)
        if (value === null) continue
        const [low, high] = interval!
        const [wideLow, wideHigh] = readMetric(metrics[name], outcomes, { designEffect }).interval!
        expect(0 <= wideLow && wideLow <= low + 1e-12 && low <= value + 1e-12 && value <= high + 1e-12 && high <= wideHigh + 1e-12 && wideHigh <= 1).toBe(true)
      }
    })))
})

describe('roc-auc', () => {
  const exact = (scores: number[], labels: (0 | 1)[]) => {
    let [sum, pairs] = [0, 0]
    scores.forEach((a, i) => labels[i] === 1 && scores.forEach((b, j) => {
      if (labels[j] === 1) return
      pairs += 1
      sum += a > b ? 1 : a === b ? 0.5 : 0
    }))
    return pairs === 0 ? null : sum / pairs
  }

  it('is within its published bound of the exact value', () => fc.assert(fc.property(
    fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom<0 | 1>(0, 1)), { maxLength: 80 }), fc.integer({ min: 1, max: 30 }),
    (rows, bins) => {
      const outcomes = createBinaryOutcomes(scoreEdges(bins))
      for (const [score, y] of rows) addBinary(outcomes, y, score, 1)
      const wanted = exact(rows.map(([score]) => score), rows.map(([, y]) => y))
      const { value, detail, verdict } = readMetric(metrics['roc-auc'], outcomes)
      if (wanted === null) expect(verdict).toBe('insufficient')
      else expect(Math.abs(value! - wanted)).toBeLessThanOrEqual((detail!.bound as number) + 1e-12)
    })))

  it('counts a tie as half', () => {
    const outcomes = createBinaryOutcomes(scoreEdges())
    addBinary(outcomes, 1, 0.5, 1)
    addBinary(outcomes, 0, 0.5, 1)
    expect(readMetric(metrics['roc-auc'], outcomes)).toMatchObject({ value: 0.5, n: 2, detail: { bound: 0.5, positives: 1, negatives: 1 } })
  })

  it('does not claim to know an AUC of 1 from few cases', () => {
    const [low, high] = aucInterval(1, 30, 30, 1.96)
    expect(high).toBeCloseTo(1, 9)
    expect(low).toBeGreaterThan(0.9)
    expect(low).toBeLessThan(0.96)
  })

  it('covers the true AUC about as often as it says', () => {
    const random = seeded(11)
    const truth = 0.7602499389065233 // two normals one apart: Φ(1/√2)
    let covered = 0
    for (let run = 0; run < 400; run++) {
      const outcomes = createBinaryOutcomes(Float64Array.from({ length: 199 }, (_, i) => -4 + (9 * (i + 1)) / 200))
      for (let i = 0; i < 120; i++) {
        const y = i < 40 ? 1 : 0
        addBinary(outcomes, y, normal(random) + y, 1)
      }
      const [low, high] = readMetric(metrics['roc-auc'], outcomes).interval!
      if (low <= truth && truth <= high) covered += 1
    }
    expect(covered / 400).toBeGreaterThan(0.92)
    expect(covered / 400).toBeLessThan(0.995)
  })
})

describe('ece', () => {
  it('of a calibrated model is above 0 and below its noise floor', () => {
    const reading = readMetric(metrics.ece, calibrated(2000, 5))
    expect(reading.value).toBeGreaterThan(0)
    expect(reading.value).toBeLessThan(reading.noiseFloor!)
    expect(reading.interval![0]).toBe(0)
    expect(reading.detail).toMatchObject({ groups: 10 })
  })

  it('exceeds its noise floor rarely when calibrated, and averages what it says it does', () => {
    const readings = Array.from({ length: 300 }, (_, seed) => readMetric(metrics.ece, calibrated(500, seed)))
    expect(readings.filter((one) => one.value! > one.noiseFloor!).length).toBeLessThanOrEqual(15)
    const mean = readings.reduce((sum, one) => sum + one.value!, 0) / readings.length
    expect(mean).toBeCloseTo(readings[0].detail!.calibrated as number, 2)
  })

  it('finds scores that are all .1 too high', () => {
    const reading = readMetric(metrics.ece, calibrated(5000, 2, 0.1))
    expect(reading.value).toBeCloseTo(0.095, 2)
    expect(reading.value).toBeGreaterThan(reading.noiseFloor!)
    expect(reading.interval![0]).toBeGreaterThan(0.05)
  })

  it('makes groups of about equal count', () => {
    const outcomes = createBinaryOutcomes(scoreEdges(100))
    for (let i = 0; i < 1000; i++) addBinary(outcomes, i % 4 === 0 ? 1 : 0, (i / 1000) ** 2, 0)
    expect(readMetric(metrics.ece, outcomes, { bins: 5 }).detail).toMatchObject({ groups: 5 })
    expect(readMetric(metrics.ece, outcomes, { bins: 1 }).value).toBeCloseTo(Math.abs(0.25 - 0.3328335), 9)
  })
})

describe('losses', () => {
  it('give the mean and an interval that is the mean ± z standard errors', () => {
    const outcomes = createBinaryOutcomes([])
    for (let i = 0; i < 400; i++) addBinary(outcomes, i % 2 === 0 ? 1 : 0, i < 200 ? 0.5 : 1, 1)
    const reading = readMetric(metrics.brier, outcomes)
    expect(reading.value).toBeCloseTo(0.375, 12)
    const sd = Math.sqrt((200 * 0.125 ** 2 + 100 * 0.375 ** 2 + 100 * 0.625 ** 2) / 399)
    expect(reading.interval![1]).toBeCloseTo(0.375 + (1.959964 * sd) / 20, 6)
  })

  it('give no interval where n is too small to carry one, and count what had no score', () => {
    const outcomes = createBinaryOutcomes([])
    addBinary(outcomes, 1, 0.8, 1)
    addBinary(outcomes, 1, NaN, 1)
    expect(readMetric(metrics['log-loss'], outcomes)).toEqual({ value: expect.closeTo(-Math.log(0.8), 12), n: 1, verdict: 'ok', detail: { unscored: 1 } })
  })
})

describe('regression metrics', () => {
  const outcomes = createRegressionOutcomes()
  const random = seeded(4)
  for (let i = 0; i < 5000; i++) addRegression(outcomes, 10, 10.5 + 2 * normal(random))

  it('read bias, absolute and squared error with intervals that hold the truth', () => {
    for (const [name, truth] of [['bias', 0.5], ['mae', 1.645], ['rmse', Math.sqrt(4.25)]] as [MetricName, number][]) {
      const { value, interval } = readMetric(metrics[name], outcomes)
      expect(value).toBeCloseTo(truth, 1)
      expect(interval![0]).toBeLessThan(truth)
      expect(interval![1]).toBeGreaterThan(truth)
    }
  })

  it('refuse the outcomes of another task, saying what to do', () => {
    expect(() => readMetric(metrics.mae, createBinaryOutcomes([]))).toThrow("mae is a metric of regression models and these outcomes are binary: choose another metric or correct 'task'")
  })
})

describe('every metric', () => {
  for (const name of names) {
    const metric = metrics[name]
    const kind = rowKinds[metric.needs]
    const empty = () => kind.create({ classesMax: 5 })

    it(`${name} is insufficient before the first outcome`, () => {
      expect(readMetric(metric, empty())).toMatchObject({ value: null, n: 0, verdict: 'insufficient' })
    })

    it(`${name} is insufficient below nMin and leaves what it reads alone`, () => fc.assert(fc.property(
      fc.array(fc.tuple(fc.constantFrom<0 | 1>(0, 1), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 60 }), (rows) => {
        const outcomes = empty()
        const row = new Float64Array(kind.width(outcomes))
        for (const [y, score] of rows) {
          const prediction = metric.needs === 'regression' ? score : score > 0.5 ? 1 : 0
          const scores = { 0: 1 - score, 1: score }
          kind.encode(outcomes, { y, score, prediction, scores, latencyMs: score, cost: score, predictedAt: 0, observedAt: score }, row, 0)
          kind.add(outcomes, row, 0, 1)
        }
        const before = structuredClone(outcomes)
        const reading = readMetric(metric, outcomes)
        expect(outcomes).toEqual(before)
        expect(faultsOf(reading)).toEqual([])
        expect(reading.value === null).toBe(reading.verdict === 'insufficient')
        expect(readMetric(metric, outcomes, { nMin: 1000 })).toMatchObject({ value: null, verdict: 'insufficient' })
      })))
  }
})
