import { describe, expect, it } from 'vitest'
import { absoluteNoise, addBridgeWeight, createBridgeWeights, squareNoise } from '../../../src/core/drift/bridge-noise.ts'
import { chiSquareQuantile } from '../../../src/core/math/chi-square.ts'
import { normalQuantile } from '../../../src/core/math/normal.ts'

const weights = (...parts: [share: number, weight: number][]) => {
  const bridge = createBridgeWeights()
  for (const [share, weight] of parts) addBridgeWeight(bridge, share, weight)
  return bridge
}
const even = weights(...Array.from({ length: 4_000 }, (_, i): [number, number] => [(i + 0.5) / 4_000, 1 / 4_000]))

describe('noise of a Brownian bridge', () => {
  it('is that of one normal where there is one share', () => {
    const one = weights([0.3, 2])
    expect(squareNoise(one, 0.99)).toBeCloseTo(2 * 0.21 * chiSquareQuantile(0.99, 1), 9)
    expect(absoluteNoise(one, 0.99)).toBeCloseTo(2 * Math.sqrt(0.21) * normalQuantile(0.995), 9)
  })

  it('squared, over all shares, has the percentage points of Cramér–von Mises within 2 %', () => {
    for (const [level, point] of [[0.9, 0.3473], [0.95, 0.46136], [0.99, 0.74346], [0.999, 1.16786]]) expect(Math.abs(squareNoise(even, level) / point - 1)).toBeLessThan(0.02)
  })

  it('in absolute value is never below the area with its sign, and at most 10 % above it', () => {
    for (const level of [0.95, 0.99, 0.999, 0.999999999]) {
      const signed = normalQuantile((1 + level) / 2) / Math.sqrt(12)
      expect(absoluteNoise(even, level) / signed).toBeGreaterThan(1)
      expect(absoluteNoise(even, level) / signed).toBeLessThan(1.11)
    }
  })

  it('is 0 where nothing can vary, and takes no weight from nonsense', () => {
    expect([squareNoise(weights([0, 1], [1, 1]), 0.99), absoluteNoise(weights([0, 1], [1, 1]), 0.99)]).toEqual([0, 0])
    expect(weights([0.5, 0], [0.5, Number.NaN], [0.5, -1])).toEqual(createBridgeWeights())
  })
})
