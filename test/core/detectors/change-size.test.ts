import { describe, expect, it } from 'vitest'
import { addToChangeSizes, changeSizesOf, startChangeSizes } from '../../../src/core/detectors/change-size.ts'
import { errorDivergence } from '../../../src/core/detectors/evaluate.ts'

const sizesOf = (values: readonly number[], changePoints: readonly number[], alarms: readonly number[] = []) => {
  const sizes = startChangeSizes(changePoints)
  values.forEach((value, i) => addToChangeSizes(sizes, value, alarms.includes(i)))
  return changeSizesOf(sizes)
}
const repeated = (n: number, ...pattern: number[]) => Array.from({ length: n }, (_, i) => pattern[i % pattern.length])

describe('the size of a change', () => {
  it('is that of the error rates on either side, up to the next change', () => {
    const sizes = sizesOf([...repeated(100, 0, 0, 0, 1), ...repeated(200, 0, 1), ...repeated(40, 1)], [100, 300])
    expect(sizes.map(({ before, after }) => [before, after])).toEqual([[expect.closeTo(0.25, 12), expect.closeTo(0.5, 12)], [expect.closeTo(0.5, 12), 1]])
    expect(sizes[0].divergence).toBeCloseTo(errorDivergence(25.5 / 101, 100.5 / 201), 12)
    expect(sizes[1].divergence).toBeCloseTo(errorDivergence(100.5 / 201, 40.5 / 41), 12)
  })

  it('leaves out what follows its alarm, where the model recovers', () => {
    const values = [...repeated(1_000, 0, 0, 0, 1), ...repeated(300, 0, 1), ...repeated(1_000, 0, 0, 0, 1)]
    expect(sizesOf(values, [1_000], [1_299])[0]).toMatchObject({ after: expect.closeTo(0.5, 12) as unknown })
    expect(sizesOf(values, [1_000], [1_010])[0]).toMatchObject({ after: expect.closeTo(0.5, 12) as unknown })
    expect(sizesOf(values, [1_000], [500])[0].after).toBeCloseTo(400 / 1_300, 12)
  })

  it('of losses is that of normal laws: ½ for one deviation', () => {
    const [{ divergence }] = sizesOf([...repeated(100, -1, 1), ...repeated(100, 0, 2)], [100])
    expect(divergence).toBeCloseTo(0.5, 12)
    const [wider] = sizesOf([...repeated(100, -1, 1), ...repeated(100, -2, 2)], [100])
    expect(wider.divergence).toBeCloseTo((4 - 1 - Math.log(4)) / 2, 12)
  })

  it('is unknown where a side is empty or does not vary', () => {
    expect(sizesOf(repeated(10, 0, 1), [0])).toEqual([{ before: null, after: 0.5, divergence: null }])
    expect(sizesOf(repeated(10, 0, 1), [20])).toEqual([{ before: 0.5, after: null, divergence: null }])
    expect(sizesOf([...repeated(10, 3), ...repeated(10, 4, 5)], [10])[0].divergence).toBeNull()
  })
})
