import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { addToWindow, createCountWindow, exactRocAuc } from '../../../src/core/metrics/count-window.ts'
import { createBinaryOutcomes } from '../../../src/core/metrics/outcomes.ts'

const rolling = JSON.parse(readFileSync(new URL('../../vectors/river_rolling.json', import.meta.url), 'utf8'))

describe('the exact ROC AUC of a count window', () => {
  const { y, p } = rolling.streams.ties as { y: (0 | 1)[]; p: number[] }

  for (const one of rolling.cases.filter((each: { metric: string }) => each.metric === 'RollingROCAUC')) {
    it(`of ${one.params.window_size} is the exact target at every checkpoint, ties counting half`, () => {
      const window = createCountWindow(one.params.window_size)
      const sums = createBinaryOutcomes([])
      const expected = new Map<number, number | null>(one.expected.map(([index, exact]: [number, number | null]) => [index, exact]))
      y.forEach((actual, i) => {
        addToWindow(window, sums, actual, p[i], p[i] > 0.5 ? 1 : 0)
        const wanted = expected.get(i)
        if (wanted === null) expect(exactRocAuc(window)).toMatchObject({ value: null, verdict: 'insufficient' })
        else if (wanted !== undefined) expect(exactRocAuc(window).value).toBeCloseTo(wanted, 12)
      })
      expect(sums.n).toBe(one.params.window_size)
    })
  }

  it('leaves out what had no score', () => {
    const window = createCountWindow(3)
    const sums = createBinaryOutcomes([])
    addToWindow(window, sums, 1, 0.7, 1)
    addToWindow(window, sums, 1, NaN, 1)
    addToWindow(window, sums, 0, 0.2, 0)
    expect(exactRocAuc(window)).toMatchObject({ value: 1, n: 2, detail: { positives: 1, negatives: 1, bound: 0 } })
  })
})
