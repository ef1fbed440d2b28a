import { describe, expect, it } from 'vitest'
import { deepFreeze, faultsOf, sizeOf, throughBytes } from './plain-data.ts'

describe('plain data', () => {
  it('is told from what a snapshot could not hold, place by place', () => {
    expect(faultsOf({ a: 1, b: [true, null, 'x'], c: Float64Array.of(1) })).toEqual([])
    expect(faultsOf({ a: [1, Number.NaN], b: Float64Array.of(0, Number.POSITIVE_INFINITY) })).toEqual(['.a[1]: NaN', '.b[1]: Infinity'])
    for (const bad of [undefined, new Map(), () => 1, new (class Thing {})()]) expect(faultsOf({ bad })).toHaveLength(1)
  })

  it('is copied without shared memory, within the copy or with the original', () => {
    const shared = Float64Array.of(1, 2, 3, 4)
    const copy = throughBytes({ a: shared.subarray(1, 3), b: shared, n: -0.1 })
    copy.a[0] = 9
    expect([Array.from(copy.b), shared[1], copy.n]).toEqual([[1, 2, 3, 4], 2, -0.1])
    expect(copy.a.buffer.byteLength).toBe(16)
  })

  it('is measured with the whole buffer behind a view', () => {
    expect(sizeOf({ a: new Float64Array(100).subarray(0, 1) })).toBeGreaterThan(800)
    expect(sizeOf(['abc', 1, null])).toBe(8 + 6 + 8 + 1)
  })

  it('is frozen all the way down', () => {
    expect(() => { deepFreeze({ a: { b: [1] } }).a.b.push(2) }).toThrow(TypeError)
  })
})
