import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../src/codec/state.ts'
import { idHash } from '../../../src/core/join/id-hash.ts'
import { addColumns, addRow, compactRowSample, createRowSample, mergeRowSamples, rowsFor, wantsRow, type RowSample } from '../../../src/core/panes/row-sample.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'

interface Given {
  id: string
  row: Readonly<Record<string, number>>
}

const random = seeded(3)
const given = Array.from({ length: 500 }, (_, i): Given => ({
  id: `i${i}`, row: i % 3 === 0 ? { amount: normal(random), age: i } : i % 3 === 1 ? { age: i, rate: normal(random) } : { amount: i, rate: NaN, zip: 7 },
}))

function sampleOf(rows: readonly Given[], rowsMax = 40, columnsMax = 10): RowSample {
  const sample = createRowSample(rowsMax, columnsMax)
  const hash = new Uint32Array(2)
  for (const { id, row } of rows) {
    addColumns(sample, Object.keys(row))
    idHash(id, hash)
    if (wantsRow(sample, hash[0], hash[1])) addRow(sample, hash[0], hash[1], sample.features.map((name) => row[name] ?? NaN))
  }
  return compactRowSample(sample)
}

function shuffledRows(seed: number): Given[] {
  const order = seeded(seed)
  return given.map((each) => ({ each, at: uniform(order) })).sort((a, b) => a.at - b.at).map(({ each }) => each)
}

const bytes = (sample: RowSample) => Buffer.from(stateCodec.encode(sample)).toString('hex')

describe('a sample of rows', () => {
  it('is those whose ids hash lowest, columns by name, NaN where a row lacks one', () => {
    const hash = new Uint32Array(2)
    const lowest = given.map((each) => ({ each, low: (idHash(each.id, hash), hash[0]) })).sort((a, b) => a.low - b.low).slice(0, 40)
    const sample = sampleOf(given)
    expect(sample).toMatchObject({ n: 40, features: ['age', 'amount', 'rate', 'zip'] })
    expect(Array.from({ length: 40 }, (_, i) => sample.hashes[i * 2])).toEqual(lowest.map(({ low }) => low))
    expect(Array.from(sample.values)).toEqual(lowest.flatMap(({ each: { row } }) => sample.features.map((name) => row[name] ?? NaN)))
  })

  it('is the same bytes in whatever order rows came, however often', () => {
    const expected = bytes(sampleOf(given))
    for (const seed of [1, 2, 3]) expect(bytes(sampleOf([...shuffledRows(seed), ...shuffledRows(seed + 10)]))).toBe(expected)
  })

  it('merges parts into the sample of the whole, in whatever order and with rows in more than one', () => {
    const parts = [given.slice(0, 100), given.slice(80, 300), given.slice(300, 301), given.slice(250)].map((rows) => sampleOf(rows))
    for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [2, 0, 3, 1]]) {
      const merged = order.slice(1).reduce((into, i) => (mergeRowSamples(into, parts[i]), into), compactRowSample(parts[order[0]]))
      expect(bytes(compactRowSample(merged))).toBe(bytes(sampleOf(given)))
    }
  })

  it('keeps one of two rows under one id, the same whichever came first', () => {
    const twins: Given[] = [{ id: 'a', row: { x: 1, y: NaN } }, { id: 'a', row: { x: 1, y: 2 } }]
    expect(sampleOf(twins)).toMatchObject({ n: 1, values: Float64Array.of(1, 2) })
    expect(bytes(sampleOf([...twins].reverse()))).toBe(bytes(sampleOf(twins)))
  })

  it('leaves the last columns by name out beyond the limit, whatever order they came in', () => {
    for (const seed of [1, 2]) expect(bytes(sampleOf(shuffledRows(seed), 40, 2))).toBe(bytes(sampleOf(given, 40, 2)))
    expect(sampleOf(given, 40, 2).features).toEqual(['age', 'amount'])
  })

  it('takes fewer rows where columns are many, so that it stays below 256 KiB', () => {
    expect([rowsFor(200, 20), rowsFor(200, 500), rowsFor(10_000, 20)]).toEqual([200, 65, 1560])
    const wide = Array.from({ length: 300 }, (_, i) => ({ id: `w${i}`, row: Object.fromEntries(Array.from({ length: 500 }, (_, j) => [`f${j}`, i + j + 0.5])) }))
    const sample = sampleOf(wide, 200, 500)
    expect(sample.n).toBe(65)
    expect(stateCodec.encode(sample).length).toBeLessThan(300 * 1024)
    const parts = [sampleOf(wide.slice(0, 150), 200, 500), sampleOf(wide.slice(150), 200, 500)]
    mergeRowSamples(parts[1], parts[0])
    expect(bytes(compactRowSample(parts[1]))).toBe(bytes(sample))
  })

  it('goes on from its stored form, mid-pane and mid-merge', () => {
    const half = createRowSample(40, 10)
    const hash = new Uint32Array(2)
    const into = (sample: RowSample, rows: readonly Given[]) => {
      for (const { id, row } of rows) {
        addColumns(sample, Object.keys(row))
        idHash(id, hash)
        if (wantsRow(sample, hash[0], hash[1])) addRow(sample, hash[0], hash[1], sample.features.map((name) => row[name] ?? NaN))
      }
      return sample
    }
    const restored = stateCodec.decode(stateCodec.encode(into(half, given.slice(0, 77)))) as RowSample
    expect(bytes(compactRowSample(into(restored, given.slice(77))))).toBe(bytes(sampleOf(given)))
  })
})
