import { describe, expect, it } from 'vitest'
import { cellOf, cellRate, controlLimit } from '../../../src/core/detectors/ewma-limit.ts'
import { seeded, uniform } from '../../../src/core/random.ts'

/** Mean time between passings of the limit, drawn; the moving mean starts over at the rate. */
function runLength(p: number, lambda: number, limit: number, n = 400_000): number {
  const random = seeded(11)
  const bound = p + limit * Math.sqrt((p * (1 - p) * lambda) / (2 - lambda))
  let [moving, passings] = [p, 0]
  for (let i = 0; i < n; i++) {
    moving += lambda * (Number(uniform(random) < p) - moving)
    if (moving <= bound) continue
    passings += 1
    moving = p
  }
  return n / passings
}

describe('the control limit of the EWMA chart', () => {
  for (const [p, lambda, length] of [[0.05, 0.2, 1000], [0.2, 0.2, 100], [0.2, 0.2, 1000], [0.4, 0.2, 400], [0.7, 0.2, 1000], [0.1, 0.05, 1000], [0.1, 0.5, 1000]] as const) {
    it(`gives a run length of ${length} at an error rate of ${p} and lambda ${lambda}, drawn`, () => {
      const ratio = runLength(p, lambda, controlLimit(p, lambda, length)) / length
      expect(ratio).toBeGreaterThan(0.8)
      expect(ratio).toBeLessThan(1.25)
    })
  }

  it('is at least what was asked for where errors are too rare for every run length', () => {
    expect(runLength(0.01, 0.2, controlLimit(0.01, 0.2, 200))).toBeGreaterThan(190)
  })

  it('rises with the run length', () => {
    const limits = [100, 1000, 10_000, 100_000].map((length) => controlLimit(0.1, 0.2, length))
    expect(limits).toEqual([...limits].sort((a, b) => a - b))
    expect(new Set(limits).size).toBe(4)
  })

  it('puts every rate into a cell, the nearest where it lies beyond them', () => {
    for (let p = 0.001; p < 0.999; p += 0.0017) {
      expect(cellRate(cellOf(p))).toBeLessThanOrEqual(p * (1 + 1e-12))
      expect(cellRate(cellOf(p) + 1)).toBeGreaterThanOrEqual(p * (1 - 1e-12))
    }
    expect([cellOf(0), cellOf(1e-9), cellOf(1 - 1e-9), cellOf(1)]).toEqual([0, 0, 119, 119])
  })
})
