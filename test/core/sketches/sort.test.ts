import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import { sortAscending } from '../../../src/core/sketches/sort.ts'

const bits = (values: Float64Array): BigUint64Array => new BigUint64Array(values.slice().buffer)

const agree = (values: Float64Array): void => {
  const expected = bits(values.slice().sort())
  const sorted = sortAscending(values)
  expect(sorted).toBe(values)
  expect(bits(sorted)).toEqual(expected)
}

const random = seeded(11)
const listOf = (count: number, draw: (i: number) => number): Float64Array => Float64Array.from({ length: count }, (_, i) => draw(i))

const lists: Readonly<Record<string, (i: number) => number>> = {
  'normal values': () => normal(random),
  'values of all magnitudes': () => (uniform(random) < 0.5 ? -1 : 1) * 2 ** (2_000 * uniform(random) - 1_050),
  'zeros of both signs among values next to them': () => [0, -0, 5e-324, -5e-324][Math.floor(4 * uniform(random))],
  'equal values': () => 7,
  'few distinct values': () => Math.floor(5 * uniform(random)),
  'values that differ in their last bits alone': () => 1 + 1e-12 * uniform(random),
  'values that descend': (i) => -i,
  'infinities': (i) => [Infinity, -Infinity, Number.MAX_VALUE, -Number.MAX_VALUE, i][i % 5],
}

test.each(Object.keys(lists))('%s come out bit for bit as the engine sorts them, in short and long lists', (name) => {
  for (const count of [0, 1, 2, 63, 64, 65, 500, 1_024, 1_025, 4_095, 4_096, 20_000]) agree(listOf(count, lists[name]))
})

test('any doubles but NaN come out as the engine sorts them, to the last bit', () => {
  fc.assert(fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 64, maxLength: 300 }), (values) => { agree(Float64Array.from(values)) }), { seed: 3, numRuns: 200 })
})

test('part of a larger list is sorted where it lies, and its neighbours are left alone', () => {
  const whole = listOf(700, () => normal(random))
  const [before, after] = [whole.slice(0, 100), whole.slice(600)]
  agree(whole.subarray(100, 600))
  expect(whole.slice(0, 100)).toEqual(before)
  expect(whole.slice(600)).toEqual(after)
})
