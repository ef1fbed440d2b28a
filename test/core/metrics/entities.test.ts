import { describe, expect, it } from 'vitest'
import { bucketOf, clusterDesignEffect, createEntityCounts, entityBuckets, largerDesignEffect, meanDesignEffect } from '../../../src/core/metrics/entities.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { addBinary, addEntity, createBinaryOutcomes, mergeOutcomes } from '../../../src/core/metrics/outcomes.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { seeded, uniform, type Random } from '../../../src/core/random.ts'

/** Entities of `each` outcomes; with the chance `icc` an outcome is its entity's own, else drawn afresh: the correlation within an entity is icc². */
function sample(random: Random, entities: number, each: number, icc: number, named = true) {
  const outcomes = createBinaryOutcomes([])
  for (let entity = 0; entity < entities; entity++) {
    const [own, bucket] = [uniform(random) < 0.3 ? 1 : 0, bucketOf(`entity ${entity} ${uniform(random)}`)]
    for (let i = 0; i < each; i++) {
      const actual = uniform(random) < icc ? own : uniform(random) < 0.3 ? 1 : 0
      addBinary(outcomes, actual as 0 | 1, NaN, 1)
      if (named) addEntity(outcomes, actual as 0 | 1, 1, bucket)
    }
  }
  return outcomes
}

const meanEffect = (entities: number, each: number, icc: number) => {
  const random = seeded(3)
  let sum = 0
  for (let run = 0; run < 60; run++) sum += readMetric(metrics.accuracy, sample(random, entities, each, icc)).detail!.designEffect as number
  return sum / 60
}

describe('entities', () => {
  it('inflate variance by 1 + (m − 1) ρ where each brings m outcomes of correlation ρ', () => {
    expect(meanEffect(400, 10, 0)).toBeLessThan(1.1)
    expect(meanEffect(400, 10, 1)).toBeCloseTo(10, -0.5)
    expect(Math.abs(meanEffect(400, 10, Math.SQRT1_2) / 5.5 - 1)).toBeLessThan(0.05)
  })

  it('give intervals that hold the truth where those of independent outcomes do not: 100 entities of ten like outcomes', () => {
    const random = seeded(8)
    const covers = (named: boolean) => {
      let covered = 0
      for (let run = 0; run < 500; run++) {
        const [low, high] = readMetric(metrics.accuracy, sample(random, 100, 10, 1, named)).interval!
        covered += Number(low <= 0.3 && 0.3 <= high)
      }
      return covered / 500
    }
    expect(covers(true)).toBeGreaterThanOrEqual(0.92)
    expect(covers(false)).toBeLessThan(0.6)
  })

  it('never narrow an interval, and the larger of theirs and the given effect counts', () => {
    const outcomes = sample(seeded(1), 100, 5, 0.8)
    const own = readMetric(metrics.accuracy, outcomes)
    expect(readMetric(metrics.accuracy, outcomes, { designEffect: 1.1 }).interval).toEqual(own.interval)
    expect(readMetric(metrics.accuracy, outcomes, { designEffect: 40 }).detail).toEqual({ designEffect: 40 })
  })

  it('widen the interval of balanced accuracy too, class by class', () => {
    const random = seeded(5)
    const outcomes = createBinaryOutcomes([])
    for (let entity = 0; entity < 200; entity++) {
      const [actual, decision] = [(entity % 2) as 0 | 1, (uniform(random) < 0.8 ? entity % 2 : 1 - (entity % 2)) as 0 | 1]
      for (let i = 0; i < 6; i++) {
        addBinary(outcomes, actual, NaN, decision)
        addEntity(outcomes, actual, decision, bucketOf(`entity ${entity}`))
      }
    }
    const width = (given: typeof outcomes) => readMetric(metrics['balanced-accuracy'], given).interval!.reduce((low, high) => high - low)
    const { byEntity: _, ...unnamed } = outcomes
    expect(width(outcomes) / width(unnamed)).toBeCloseTo(Math.sqrt(6), 0)
  })

  it('add up when parts are merged', () => {
    const random = seeded(2)
    const [a, b] = [sample(random, 50, 4, 0.5), sample(random, 50, 4, 0.5)]
    const counts = a.byEntity!.map((count, i) => count + b.byEntity![i])
    mergeOutcomes(a, b)
    expect(a.byEntity).toEqual(counts)
    const none = createBinaryOutcomes([])
    mergeOutcomes(none, b)
    expect(none.byEntity).toEqual(b.byEntity)
    expect(none.byEntity).not.toBe(b.byEntity)
  })

  it('count by their share where other outcomes name none: each of those is its own', () => {
    const outcomes = sample(seeded(9), 200, 10, 1)
    const share = (tp: number, fp: number, fn: number, tn: number): [number, number] => [tp + tn, tp + fp + fn + tn]
    const [all, half] = [2_000, 4_000].map((trials) => largerDesignEffect(1, outcomes.byEntity, share, trials))
    expect(half - 1).toBeCloseTo((all - 1) / 2, 10)
    const effect = (confusion: readonly number[]) => meanDesignEffect(1, outcomes.byEntity, [1, 0, 0, 1], confusion)
    expect(effect(Array.from(outcomes.confusion))).toBeCloseTo(all, 10)
    expect(effect(Array.from(outcomes.confusion, (count) => 2 * count))).toBeCloseTo(half, 10)
  })

  it('give Matthews correlation an interval that holds the truth where that of independent outcomes does not', () => {
    const random = seeded(12)
    const covers = (named: boolean) => {
      let covered = 0
      for (let run = 0; run < 400; run++) {
        const outcomes = createBinaryOutcomes([])
        for (let entity = 0; entity < 120; entity++) {
          const actual = uniform(random) < 0.5 ? 1 : 0
          const decision = uniform(random) < 0.8 ? actual : 1 - actual
          for (let i = 0; i < 8; i++) {
            addBinary(outcomes, actual, NaN, decision as 0 | 1)
            if (named) addEntity(outcomes, actual, decision as 0 | 1, bucketOf(`entity ${entity} ${run}`))
          }
        }
        const [low, high] = readMetric(metrics.mcc, outcomes).interval!
        covered += Number(low <= 0.6 && 0.6 <= high)
      }
      return covered / 400
    }
    expect(covers(true)).toBeGreaterThanOrEqual(0.92)
    expect(covers(false)).toBeLessThan(0.65)
  })

  it('say nothing where one bucket holds all, or where there is no variance', () => {
    const counts = createEntityCounts()
    counts.set([3, 1, 0, 0])
    const share = (tp: number, fp: number): [number, number] => [tp, tp + fp]
    expect(clusterDesignEffect(counts, share)).toBe(1)
    counts.set([4, 0, 0, 0, 5, 0, 0, 0])
    expect(clusterDesignEffect(counts, share)).toBe(1)
    expect(bucketOf('a')).toBeLessThan(entityBuckets)
  })
})
