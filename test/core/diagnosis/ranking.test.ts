import { describe, expect, it } from 'vitest'
import { rankFeatures, spearman, type MovedFeature } from '../../../src/core/diagnosis/ranking.ts'

const feature = (name: string, given: Partial<MovedFeature> = {}): MovedFeature =>
  ({ feature: name, measure: 'psi', value: 0.4, level: 0.2, importanceShare: 0.1, driftSeries: [], ...given })
const names = (moved: MovedFeature[], loss: (number | null)[] = []) => rankFeatures(moved, loss).map((ranked) => ranked.feature)
const rising = [0, 1, 2, 3, 4, 5, 6, 7]

describe('the ranking of moved features', () => {
  it('is by how far each is beyond its level, and by importance', () => {
    const far = feature('far', { value: 2 })
    const heavy = feature('heavy', { importanceShare: 0.8 })
    expect(names([feature('plain'), far, heavy])).toEqual(['heavy', 'far', 'plain'])
    expect(rankFeatures([far], [])).toMatchObject([{ excess: 10, importanceShare: 0.1, correlation: null, blame: 1 }])
  })

  it('counts a drift that went along with the loss up to twice, and one against it in full', () => {
    const along = feature('along', { driftSeries: rising })
    const against = feature('against', { driftSeries: [...rising].reverse() })
    const ranked = rankFeatures([against, along], rising)
    expect(ranked.map(({ feature: name, correlation, blame }) => [name, correlation, blame])).toEqual([['along', 1, 0.4], ['against', -1, 0.2]])
  })

  it('breaks ties by excess and then by name, whatever the order given', () => {
    const [a, b, c] = [feature('a'), feature('b'), feature('c', { value: 0.8, importanceShare: 0.05 })]
    expect(names([b, c, a])).toEqual(['c', 'a', 'b'])
    expect(names([a, b, c])).toEqual(['c', 'a', 'b'])
  })

  it('takes a level of zero as one: the value itself says how far', () => {
    expect(rankFeatures([feature('a', { level: 0 })], [])[0].excess).toBe(0.4)
  })
})

describe('Spearman\'s correlation', () => {
  it('sees any monotone relation, ties at their mean rank', () => {
    expect(spearman(rising, rising.map((x) => x ** 3))).toBe(1)
    expect(spearman([1, 2, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6])).toBeCloseTo(0.9856, 4)
  })

  it('passes intervals in which one of both is unknown', () => {
    expect(spearman([null, ...rising], [99, ...rising])).toBe(1)
    expect(spearman([null, null, null, ...rising.slice(3)], rising)).toBe(null)
  })

  it('is unknown where one side never changes', () => {
    expect(spearman(rising, rising.map(() => 1))).toBe(null)
  })
})
