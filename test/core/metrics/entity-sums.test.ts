import { describe, expect, it } from 'vitest'
import { addMulticlass, createMulticlassOutcomes, mergeMulticlass, type MulticlassOutcomes } from '../../../src/core/metrics/class-outcomes.ts'
import { addClassEntity, addNumberEntity, classDesignEffect, numberDesignEffect } from '../../../src/core/metrics/entity-sums.ts'
import { intervalAt } from '../../../src/core/metrics/at-level.ts'
import { readMetric, type Metric } from '../../../src/core/metrics/metric.ts'
import { addRegression, createRegressionOutcomes, errorOf, mergeOutcomes, type RegressionOutcomes } from '../../../src/core/metrics/outcomes.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'

const classMetrics = ['accuracy', 'macro-f1', 'weighted-recall', 'micro-precision', 'mcc', 'kappa', 'balanced-accuracy', 'log-loss', 'macro-roc-auc'] as const
const width = ([low, high]: readonly [number, number]) => high - low

/** So many entities, each with `each` outcomes that are all right or all wrong; `named`: whether they are known. */
function classed(entities: number, each: number, named: boolean): MulticlassOutcomes {
  const random = seeded(3)
  const outcomes = createMulticlassOutcomes(3, ['a', 'b', 'c'])
  for (let entity = 0; entity < entities; entity++) {
    const isRight = uniform(random) < 0.7
    for (let i = 0; i < each; i++) {
      const truth = Math.floor(uniform(random) * 3)
      const prediction = isRight ? truth : (truth + 1) % 3
      const scores = Float64Array.of(0.2, 0.2, 0.2).fill(0.4 + 0.2 * uniform(random), prediction, prediction + 1)
      addMulticlass(outcomes, { truth, prediction, truthScore: scores[truth], scores, scoresAt: 0 })
      if (named) addClassEntity(outcomes, isRight, entity % 256)
    }
  }
  return outcomes
}

/** Errors of one entity share a part, the bigger the more `shared`. */
function numbers(entities: number, each: number, shared: number, named = true): RegressionOutcomes {
  const random = seeded(4)
  const outcomes = createRegressionOutcomes()
  for (let entity = 0; entity < entities; entity++) {
    const own = normal(random)
    for (let i = 0; i < each; i++) {
      const predicted = shared * own + Math.sqrt(1 - shared * shared) * normal(random)
      addRegression(outcomes, 0, predicted)
      if (named) addNumberEntity(outcomes, errorOf(0, predicted), entity % 256)
    }
  }
  return outcomes
}

describe('outcomes of several classes whose entities bring many', () => {
  it('show how much they resemble each other: as many as an entity brings where all are the same', () => {
    expect(classDesignEffect(1, classed(1_000, 10, true))).toBeGreaterThan(8)
    expect(classDesignEffect(1, classed(1_000, 10, true))).toBeLessThan(12)
    expect(classDesignEffect(1, classed(5_000, 1, true))).toBeLessThan(1.3)
    expect(classDesignEffect(20, classed(1_000, 10, true))).toBe(20)
    expect(classDesignEffect(2, classed(1_000, 10, false))).toBe(2)
  })

  it('widen every interval, also far out, and say by how much', () => {
    const [plain, named] = [classed(300, 10, false), classed(300, 10, true)]
    for (const name of classMetrics) {
      const metric = metrics[name] as Metric
      const [before, after] = [readMetric(metric, plain), readMetric(metric, named)]
      const effect = after.detail!.designEffect as number
      expect(effect, name).toBeGreaterThan(7)
      expect(after.value, name).toBe(before.value)
      expect(width(after.interval!), name).toBeGreaterThan((name === 'macro-roc-auc' ? 1.2 : 1.5) * width(before.interval!)) // the error of bins, which n does not touch, is in the AUC
      expect(before.detail?.designEffect, name).toBeUndefined()
    }
    expect(width(intervalAt('accuracy', named, 1e-6)!)).toBeGreaterThan(2 * width(intervalAt('accuracy', plain, 1e-6)!))
  })

  it('add up from parts', () => {
    const sum = classed(40, 5, true)
    mergeMulticlass(sum, createMulticlassOutcomes(3))
    mergeMulticlass(sum, classed(40, 5, true))
    expect(sum.byEntity!.reduce((a, b) => a + b, 0)).toBe(400 + sum.counts[0] + sum.counts[6] + sum.counts[12])
  })
})

describe('errors of a regression whose entities bring many', () => {
  it('show how much they resemble each other, for each mean that is taken of them', () => {
    const clustered = numbers(2_000, 10, 0.9)
    const [error, absolute, squared] = (['error', 'absolute', 'squared'] as const).map((of) => numberDesignEffect(1, of, clustered))
    expect(error).toBeGreaterThan(6.5) // 1 + 9 × .81 in the mean
    expect(error).toBeLessThan(10.5)
    for (const effect of [absolute, squared]) expect(effect).toBeGreaterThan(3)
    for (const of of ['error', 'absolute', 'squared'] as const) expect(numberDesignEffect(1, of, numbers(2_000, 10, 0))).toBeLessThan(1.3)
    expect(numberDesignEffect(3, 'error', numbers(20, 10, 0.9, false))).toBe(3)
  })

  it('widen the intervals of every metric, and add up from parts', () => {
    const [plain, named] = [numbers(300, 10, 0.9, false), numbers(300, 10, 0.9)]
    for (const name of ['mae', 'rmse', 'bias'] as const) {
      const [before, after] = [readMetric(metrics[name] as Metric, plain), readMetric(metrics[name] as Metric, named)]
      expect(after.value).toBe(before.value)
      expect(width(after.interval!) / width(before.interval!), name).toBeCloseTo(Math.sqrt(after.detail!.designEffect as number), 0)
    }
    const sum = createRegressionOutcomes()
    mergeOutcomes(sum, named)
    expect(sum.byEntity).toEqual(named.byEntity)
    expect(sum.byEntity).not.toBe(named.byEntity)
  })

  it('say nothing where there is one entity, or no variance', () => {
    const one = createRegressionOutcomes()
    for (let i = 0; i < 100; i++) {
      addRegression(one, 0, i % 2)
      addNumberEntity(one, i % 2, 7)
    }
    expect(numberDesignEffect(1, 'error', one)).toBe(1)
    const same = createRegressionOutcomes()
    for (let i = 0; i < 100; i++) {
      addRegression(same, 0, 1)
      addNumberEntity(same, 1, i)
    }
    expect(numberDesignEffect(1, 'absolute', same)).toBe(1)
  })
})
