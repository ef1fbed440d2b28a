import { describe, expect, it } from 'vitest'
import { addArrivals, ageEdges, arrivalCurve, createArrivals, mergeArrivals, shareBy } from '../../../src/core/maturity/arrivals.ts'

const arrived = (count: number, score = 0.5) => ({ count, scored: count, scoreSum: count * score, scoreSquareSum: count * score * score })

describe('age bins', () => {
  it('are as fine as the panes at first and a quarter of an octave later, and reach the last age', () => {
    const edges = ageEdges(10, 400)
    expect(Array.from(edges.slice(0, 12))).toEqual([10, 20, 30, 40, 50, 60, 70, 80, 100, 120, 140, 160])
    expect(edges.at(-1)).toBeGreaterThanOrEqual(400)
    expect(edges.every((edge, i) => i === 0 || (edge - edges[i - 1]) / edge <= 0.25 || i < 4)).toBe(true)
  })

  it('of a week of panes of ten minutes are few', () => {
    expect(ageEdges(600_000, 7 * 86_400_000).length).toBeLessThan(50)
  })
})

describe('an arrival curve', () => {
  const edges = ageEdges(1, 16)

  it('is the share that had come by an age, a straight line within a bin', () => {
    const arrivals = createArrivals(edges)
    addArrivals(arrivals, 'positive', 1, arrived(25))
    addArrivals(arrivals, 'positive', 9, arrived(25))
    addArrivals(arrivals, 'positive', 10, arrived(50))
    const curve = arrivalCurve(edges, arrivals.classes.positive)!
    expect([0, 1, 5, 8, 9, 10, 16, 99].map((age) => shareBy(curve, age))).toEqual([0, 0.25, 0.25, 0.25, 0.625, 1, 1, 1])
    expect(curve.n).toBe(100)
  })

  it('is unknown from few labels, and of a class that never came', () => {
    const arrivals = createArrivals(edges)
    addArrivals(arrivals, 'positive', 1, arrived(49))
    expect(arrivalCurve(edges, arrivals.classes.positive)).toBe(null)
    expect(arrivalCurve(edges, arrivals.classes.negative)).toBe(null)
  })

  it('does not fall where labels were taken back', () => {
    const arrivals = createArrivals(edges)
    addArrivals(arrivals, 'negative', 1, arrived(110))
    addArrivals(arrivals, 'negative', 3, arrived(-10))
    const { shares } = arrivalCurve(edges, arrivals.classes.negative)!
    expect(shares.every((share, i) => share <= 1 && (i === 0 || share >= shares[i - 1]))).toBe(true)
    expect(shares.at(-1)).toBe(1)
  })

  it('of parts added together is that of the whole, whatever their order', () => {
    const [a, b, whole] = [createArrivals(edges), createArrivals(edges), createArrivals(edges)]
    for (const [age, count] of [[1, 10], [2, 30], [4, 5]] as const) {
      addArrivals(a, 'positive', age, arrived(count, 0.25))
      addArrivals(whole, 'positive', age, arrived(count, 0.25))
    }
    addArrivals(b, 'negative', 3, arrived(7))
    addArrivals(b, 'positive', 3, arrived(7))
    addArrivals(whole, 'negative', 3, arrived(7))
    addArrivals(whole, 'positive', 3, arrived(7))
    const [ab, ba] = [createArrivals(edges), createArrivals(edges)]
    expect([mergeArrivals(ab, a), mergeArrivals(ab, b), mergeArrivals(ba, b), mergeArrivals(ba, a)]).toEqual([true, true, true, true])
    expect(ab).toEqual(whole)
    expect(ba).toEqual(whole)
  })

  it('is not mixed with one on other age bins', () => {
    expect(mergeArrivals(createArrivals(edges), createArrivals(ageEdges(2, 16)))).toBe(false)
  })
})
