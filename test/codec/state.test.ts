import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../src/codec/state.ts'

const copy = (value: unknown) => stateCodec.decode(stateCodec.encode(value))
const hex = (value: unknown) => Buffer.from(stateCodec.encode(value)).toString('hex')

const number = fc.oneof(fc.double(), fc.integer(), fc.maxSafeInteger(), fc.constantFrom(Infinity, -Infinity, NaN, -0, 2 ** 31, 2 ** 32, -(2 ** 32), -(2 ** 32) - 1))
const typedArray = fc.oneof(
  fc.float64Array(), fc.float32Array(), fc.uint8Array(), fc.uint16Array(), fc.uint32Array(), fc.int8Array(), fc.int16Array(), fc.int32Array(),
  fc.bigUint64Array(), fc.bigInt64Array(),
)
const key = fc.string({ unit: 'grapheme', maxLength: 40 }).filter((name) => name !== '__proto__')
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 4 },
    number, fc.string({ unit: 'grapheme', maxLength: 300 }), fc.boolean(), fc.constant(null), typedArray,
    fc.array(tie('tree'), { maxLength: 30 }), fc.dictionary(key, tie('tree'), { noNullPrototype: true, maxKeys: 30 }),
  ),
}))

describe('stateCodec', () => {
  it('gives back what it was given', () => {
    fc.assert(fc.property(tree, (value) => { expect(copy(value)).toStrictEqual(value) }), { numRuns: 500 })
  })

  it('gives the same bytes after a round trip, keys in their order', () => {
    fc.assert(fc.property(tree, (value) => { expect(hex(copy(value))).toBe(hex(value)) }), { numRuns: 300 })
    expect(Object.keys(copy({ b: 1, a: 2, '10': 3, '9': 4 }) as object)).toEqual(['9', '10', 'b', 'a'])
  })

  it('writes a number by its value, however it was computed', () => {
    const zero = Number('0')
    const negative = new Float64Array(new BigUint64Array([0xfff8_0000_0000_0001n]).buffer)
    expect(hex({ a: 5e10 / 5, b: 7 / 7, c: zero / zero, d: negative[0] })).toBe(hex({ a: 1e10, b: 1, c: NaN, d: NaN }))
    expect(hex(negative)).toBe(hex(new Float64Array([NaN])))
  })

  it('keeps the infinities, NaN and the sign of zero', () => {
    expect(copy([Infinity, -Infinity, NaN, -0])).toStrictEqual([Infinity, -Infinity, NaN, -0])
    expect(copy(new Float64Array([Infinity, -Infinity, NaN, -0]))).toStrictEqual(new Float64Array([Infinity, -Infinity, NaN, -0]))
  })

  it('restores typed arrays on buffers of their own, whatever their place in the bytes', () => {
    const state = { pad: 'x', doubles: new Float64Array([1, 2]), words: new Uint32Array([3]), raw: new Uint8Array([4]), big: new BigUint64Array([5n]) }
    const restored = copy(state) as typeof state
    for (const array of [restored.doubles, restored.words, restored.raw, restored.big]) {
      expect(array.byteOffset).toBe(0)
      expect(array.buffer.byteLength).toBe(array.byteLength)
    }
    expect(restored.raw.constructor).toBe(Uint8Array)
  })

  it('stores only the part of a buffer that a view shows', () => {
    const slab = new Float64Array([1, 2, 3, 4])
    expect(hex(slab.subarray(1, 3))).toBe(hex(new Float64Array([2, 3])))
  })

  it('writes doubles that are mostly 0 by what is not, the sign of zero and NaN included', () => {
    const sparse = fc.tuple(fc.integer({ min: 16, max: 400 }), fc.array(fc.tuple(fc.nat(399), fc.oneof(fc.double(), fc.constantFrom(-0, NaN, -Infinity))), { maxLength: 40 }))
      .map(([length, given]) => {
        const array = new Float64Array(length)
        for (const [i, x] of given) if (i < length) array[i] = x
        return array
      })
    fc.assert(fc.property(sparse, (array) => {
      const restored = copy(array) as Float64Array
      expect(restored).toStrictEqual(array)
      expect(restored.buffer.byteLength).toBe(array.byteLength)
      expect(hex(restored)).toBe(hex(array))
      const filled = array.reduce((n, x) => n + Number(!Object.is(x, 0)), 0)
      expect(stateCodec.encode(array).length).toBeLessThanOrEqual(Math.max(24 + 10 * filled, filled * 10 + 16 >= array.byteLength / 2 ? array.byteLength + 6 : 0))
    }), { numRuns: 300 })
    const long = new Float64Array(70_000)
    long[69_999] = 1
    expect(copy(long)).toStrictEqual(long)
    expect(stateCodec.encode(long).length).toBeLessThan(40)
  })

  it('hands out bytes that a later call does not touch', () => {
    const first = stateCodec.encode({ a: 1 })
    stateCodec.encode({ b: 'something else' })
    expect(stateCodec.decode(first)).toEqual({ a: 1 })
  })

  it('grows beyond its first buffer', () => {
    const value = { numbers: Array.from({ length: 200_000 }, (_, i) => i * 1.5), text: 'ä'.repeat(100_000) }
    expect(copy(value)).toEqual(value)
  })

  it('keeps the bytes of the format', () => {
    expect(hex({ n: 1, x: 0.5, s: 'é', a: [null, true], f: new Uint32Array([1]) })).toBe('a5616e016178fb3fe0000000000000617362c3a9616182f6f56166d8464401000000')
  })

  it('refuses what is not plain data', () => {
    for (const value of [new Map(), new Date(0), undefined, () => 0, { a: undefined }, JSON.parse('{"__proto__":1}'), Symbol('x')]) {
      expect(() => stateCodec.encode(value)).toThrow(TypeError)
    }
  })

  it('refuses bytes that were cut short', () => {
    const whole = stateCodec.encode({ a: [1, 2, 3], b: 'text' })
    for (let length = 0; length < whole.length; length++) expect(() => stateCodec.decode(whole.subarray(0, length))).toThrow()
  })
})
