import fc from 'fast-check'
import { expect, test } from 'vitest'
import { normal, seeded } from '../../../src/core/random.ts'
import { putInOrder, type Run } from '../../../src/core/sketches/digest-order.ts'

/** What a stable sort makes of the runs laid end to end. */
const expected = (runs: readonly Run[]): [number, number][] =>
  runs.flatMap(({ means, weights, used }) => Array.from({ length: used }, (_, i): [number, number] => [means[i], weights?.[i] ?? 1])).sort((a, b) => a[0] - b[0])

const found = (runs: readonly Run[]): [number, number][] => {
  const { means, weights } = putInOrder(runs)
  return expected(runs).map((_, i) => [means[i], weights[i]])
}

const runOf = (values: readonly number[], weightFrom: number | null): Run => ({
  means: Float64Array.from(values).sort(), weights: weightFrom === null ? null : Float64Array.from(values, (_, i) => weightFrom + i), used: values.length,
})

const values = fc.array(fc.oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer({ min: 0, max: 3 })), { maxLength: 40 })

test.each([2, 4])('%i runs come out in one order with their weights, equal values in the order of their runs', (count) => {
  fc.assert(fc.property(fc.array(values, { minLength: count, maxLength: count }), (lists) => {
    const runs = lists.map((list, i) => runOf(list.map((x) => x + 0), i % 2 === 0 ? 100 * i + 2 : null))
    expect(found(runs)).toEqual(expected(runs))
  }), { seed: 5, numRuns: 300 })
})

test('takes of a run only what is used of it', () => {
  const spare: Run = { means: Float64Array.of(1, 3, -9), weights: Float64Array.of(5, 6, 7), used: 2 }
  const runs = [spare, runOf([2], null), { ...spare, used: 0 }, runOf([0, 4], 8)]
  expect(found(runs)).toEqual([[0, 8], [1, 5], [2, 1], [3, 6], [4, 9]])
})

test('runs longer than any before find room', () => {
  const random = seeded(2)
  const runs = Array.from({ length: 4 }, () => runOf(Array.from({ length: 20_000 }, () => normal(random)), 1))
  expect(found(runs)).toEqual(expected(runs))
})
