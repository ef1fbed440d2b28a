import { describe, expect, it } from 'vitest'
import { moments } from '../../../src/core/sketches/moments.ts'

const over = (values: number[]) => {
  const state = moments.init({})
  for (const value of values) moments.update(state, value, {})
  return state
}

describe('moments', () => {
  it('gives the population variance of what it saw', () => {
    expect(moments.read(over([2, 4, 4, 4, 5, 5, 7, 9]), {})).toEqual({ n: 8, mean: 5, variance: 4 })
  })

  it('has no variance before the first value', () => {
    expect(moments.read(over([]), {})).toEqual({ n: 0, mean: 0, variance: null })
  })

  it('merges parts into what the whole would have been', () => {
    const whole = over([1, 5, 2, 8, 3])
    const merged = over([1, 5])
    moments.merge!(merged, over([2, 8, 3]), {})
    expect(merged.n).toBe(whole.n)
    expect(merged.mean).toBeCloseTo(whole.mean, 12)
    expect(merged.m2).toBeCloseTo(whole.m2, 12)
  })
})
