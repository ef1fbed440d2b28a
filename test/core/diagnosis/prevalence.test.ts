import { describe, expect, it } from 'vitest'
import { prevalenceByConfusion, prevalenceByEm } from '../../../src/core/diagnosis/prevalence.ts'
import { scoreBin, scoreEdges } from '../../../src/core/metrics/outcomes.ts'
import { normal, seeded, uniform, type Random } from '../../../src/core/random.ts'

const edges = scoreEdges(50)

/** A score in (0, 1) of a positive or a negative, about 1.5 standard deviations apart. */
const scoreOf = (draws: Random, isPositive: boolean): number => 1 / (1 + Math.exp(-(normal(draws) + (isPositive ? 0.75 : -0.75))))

function world(draws: Random, n: number, prevalence: number) {
  const bins = { positives: new Float64Array(50), negatives: new Float64Array(50), all: new Float64Array(50) }
  const confusion = [0, 0, 0, 0]
  for (let i = 0; i < n; i++) {
    const isPositive = uniform(draws) < prevalence
    const score = scoreOf(draws, isPositive)
    const bin = scoreBin(edges, score)
    bins.all[bin] += 1
    bins[isPositive ? 'positives' : 'negatives'][bin] += 1
    confusion[(score >= 0.5 ? 0 : 2) + (isPositive ? 0 : 1)] += 1
  }
  return { ...bins, confusion, n, positive: confusion[0] + confusion[1] }
}

const estimators = {
  em: (source: ReturnType<typeof world>, target: ReturnType<typeof world>) =>
    prevalenceByEm({ positives: source.positives, negatives: source.negatives, target: target.all }),
  bbse: (source: ReturnType<typeof world>, target: ReturnType<typeof world>) => prevalenceByConfusion(source.confusion, target),
}

describe.each(Object.entries(estimators))('prevalence by %s', (_name, estimate) => {
  it.each([0.02, 0.2, 0.5, 0.8])('finds %d from labels in which it was .2', (prevalence) => {
    const draws = seeded(11)
    const { value, interval } = estimate(world(draws, 20_000, 0.2), world(draws, 20_000, prevalence))
    expect(Math.abs(value! - prevalence)).toBeLessThan(0.02)
    expect(interval![1] - interval![0]).toBeLessThan(0.06)
  })

  it('covers the truth with its interval in about 95 of 100 samples', () => {
    const draws = seeded(5)
    const covered = Array.from({ length: 200 }, () => {
      const [low, high] = estimate(world(draws, 1_500, 0.3), world(draws, 1_000, 0.45)).interval!
      return low <= 0.45 && 0.45 <= high
    })
    expect(covered.filter(Boolean).length / 200).toBeGreaterThan(0.89)
  })

  it('does not move when only labels change: scores are as they were', () => {
    const draws = seeded(7)
    const source = world(draws, 10_000, 0.2)
    const { interval } = estimate(source, world(draws, 10_000, 0.2))
    expect(interval![0]).toBeLessThan(0.2)
    expect(interval![1]).toBeGreaterThan(0.2)
  })

  it('is insufficient with one class alone and with few predictions', () => {
    const draws = seeded(9)
    expect(estimate(world(draws, 1_000, 0), world(draws, 1_000, 0.2)).verdict).toBe('insufficient')
    expect(estimate(world(draws, 1_000, 0.3), world(draws, 40, 0.2)).verdict).toBe('insufficient')
  })
})

describe('prevalence', () => {
  it('by EM narrows more than by BBSE: it uses the whole score', () => {
    const draws = seeded(13)
    const [source, target] = [world(draws, 50_000, 0.3), world(draws, 1_000, 0.5)]
    const width = ({ interval }: { interval?: readonly [number, number] }) => interval![1] - interval![0]
    expect(width(estimators.em(source, target))).toBeLessThan(width(estimators.bbse(source, target)))
  })

  it('by BBSE is (rate − FPR)/(TPR − FPR)', () => {
    expect(prevalenceByConfusion([80, 20, 20, 80], { n: 1_000, positive: 500 }).value).toBeCloseTo(0.5, 12)
    expect(prevalenceByConfusion([90, 100, 10, 900], { n: 200, positive: 52 }).value).toBeCloseTo((0.26 - 0.1) / 0.8, 12)
  })

  it('is insufficient where scores do not tell the classes apart', () => {
    const flat = { positives: [500, 500], negatives: [500, 500], target: [400, 600] }
    expect(prevalenceByEm(flat).verdict).toBe('insufficient')
    expect(prevalenceByConfusion([50, 500, 50, 500], { n: 1_000, positive: 300 }).verdict).toBe('insufficient')
  })

  it('by EM passes bins without a label, and counts that corrections drove below zero', () => {
    const reading = prevalenceByEm({ positives: [5, 0, -1, 95], negatives: [300, 0, 0, 30], target: [50, 10, 10, 50] })
    expect(reading.verdict).toBe('ok')
    expect(reading.value).toBeGreaterThan(0.3)
  })
})
