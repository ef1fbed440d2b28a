import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../src/codec/state.ts'
import { idHash } from '../../../src/core/join/id-hash.ts'
import { compactLossSamples, createLossSamples, evenly, mergeLossSamples, ownColumns, predictionColumn, type LossSamples } from '../../../src/core/panes/loss-rows.ts'
import { addColumns, addRow, wantsRow } from '../../../src/core/panes/row-sample.ts'

const hash = new Uint32Array(2)

/** Rows `from` to `to`, each with its number for its prediction. */
function samplesOf(from: number, to: number, rowsMax = 20, featuresMax = 3, names: readonly string[] = ['age', 'amount']): LossSamples {
  const samples = createLossSamples(rowsMax, featuresMax)
  for (let i = from; i < to; i++) {
    idHash(`i${i}`, hash)
    const { rows } = samples.predicted
    addColumns(rows, [...ownColumns, ...names])
    samples.predicted.offered += 1
    if (wantsRow(rows, hash[0], hash[1])) addRow(rows, hash[0], hash[1], rows.features.map((name) => (name === predictionColumn ? i : NaN)))
  }
  return compactLossSamples(samples)
}

const bytes = (samples: LossSamples) => Buffer.from(stateCodec.encode(samples)).toString('hex')
const numbersOf = (samples: readonly LossSamples[], rowsMax = Infinity) => evenly(samples.map(({ predicted }) => predicted.rows), rowsMax)
  .map(({ sample, row }) => sample.values[row * sample.features.length + sample.features.indexOf(predictionColumn)])

describe('rows behind a loss', () => {
  it('merge into what one task would have kept, in either order', () => {
    const [whole, a, b] = [samplesOf(0, 100), samplesOf(0, 30), samplesOf(30, 100)]
    const [ab, ba] = [structuredClone(a), structuredClone(b)]
    mergeLossSamples(ab, b)
    mergeLossSamples(ba, a)
    expect(bytes(compactLossSamples(ab))).toBe(bytes(whole))
    expect(bytes(compactLossSamples(ba))).toBe(bytes(whole))
    expect(whole.predicted).toMatchObject({ offered: 100, rows: { n: 20 } })
  })

  it('keep their own columns where features are more than are kept', () => {
    const { features } = samplesOf(0, 5, 20, 2, ['a', 'b', 'c', 'd']).predicted.rows
    expect(features).toEqual([...ownColumns, 'a', 'b'])
  })

  it('stand for all that several samples are of: a pane of much traffic counts for as much', () => {
    // 60 rows of one pane and 2,000 of another, 40 kept of each
    const [small, large] = [samplesOf(0, 60, 40), samplesOf(60, 2_060, 40)]
    const numbers = numbersOf([small, large])
    expect(numbers.filter((i) => i >= 60)).toHaveLength(40)
    expect(numbers.filter((i) => i < 60).length).toBeLessThan(8)
    expect(numbersOf([large, small])).toEqual(numbers)
    const lowest = Array.from({ length: 2_060 }, (_, i) => (idHash(`i${i}`, hash), { i, low: hash[0] })).sort((x, y) => x.low - y.low)
    expect(numbers).toEqual(lowest.slice(0, numbers.length).map(({ i }) => i))
    expect(numbersOf([small, large], 7)).toEqual(numbers.slice(0, 7))
  })

  it('are all taken where no sample is full, and none where there are none', () => {
    expect(numbersOf([samplesOf(0, 7), samplesOf(7, 19)]).sort((x, y) => x - y)).toEqual(Array.from({ length: 19 }, (_, i) => i))
    expect(numbersOf([samplesOf(0, 0)])).toEqual([])
  })
})
