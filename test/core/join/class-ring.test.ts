import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { blankClassRow, ClassRing, reserveClasses, type ClassRow } from '../../../src/core/join/class-ring.ts'
import { createChunkWriter, readChunk, takeChunk, writeEntry } from '../../../src/core/join/packed.ts'
import { ACTED, blankEntry, CLASSED, LABEL, Pending, PREDICTION, type Entry } from '../../../src/core/join/pending.ts'

const rowOf = (decision: number, scores: [code: number, score: number][] | null): ClassRow =>
  ({ decision, count: scores?.length ?? -1, codes: Uint32Array.from(scores ?? [], ([code]) => code), scores: Float64Array.from(scores ?? [], ([, score]) => score) })

const plain = ({ decision, count, codes, scores }: ClassRow) => ({ decision, count, scores: Array.from({ length: Math.max(0, count) }, (_, i) => [codes[i], scores[i]]) })

const read = (ring: ClassRing, position: number) => {
  const row = blankClassRow()
  ring.read(position, row)
  return plain(row)
}

const anyRow = fc.record({
  decision: fc.oneof(fc.nat(4), fc.integer({ min: 65_536, max: 2 ** 32 - 1 })),
  scores: fc.option(fc.array(fc.tuple(fc.nat(70_000), fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 9 })),
}).map(({ decision, scores }) => rowOf(decision, scores))

describe('a ring of class probabilities', () => {
  it('gives back every row that was not dropped, however it grew and wrapped', () => {
    fc.assert(fc.property(fc.array(fc.tuple(anyRow, fc.nat(2)), { maxLength: 200 }), (steps) => {
      const ring = new ClassRing(2)
      const held: { position: number; row: ClassRow }[] = []
      for (const [row, drops] of steps) {
        held.push({ position: ring.append(row), row })
        for (let i = 0; i < drops && held.length > 0; i++) ring.dropThrough(held.shift()!.position)
        for (const { position, row: kept } of held) expect(read(ring, position)).toEqual(plain(kept))
      }
    }))
  })

  it('carries a row on before its first copy goes', () => {
    const ring = new ClassRing(2)
    const first = ring.append(rowOf(1, [[0, 0.25], [1, 0.75]]))
    const carried = ring.carry(first)
    ring.dropThrough(first)
    ring.append(rowOf(2, null))
    expect(read(ring, carried)).toEqual({ decision: 1, count: 2, scores: [[0, 0.25], [1, 0.75]] })
  })

  it('keeps what a row held when there is room already', () => {
    const row = rowOf(1, [[3, 0.5]])
    reserveClasses(row, 1)
    expect(row.scores[0]).toBe(0.5)
  })
})

describe('pending predictions of classes', () => {
  const entryOf = (low: number, since: number, value: number): Entry => ({ ...blankEntry(), kind: PREDICTION, low, high: 1, time: since, since, value, flags: ACTED | CLASSED, version: 2 })

  it('are rebuilt from a chunk, code by code and digit by digit', () => {
    fc.assert(fc.property(fc.array(anyRow, { maxLength: 30 }), (rows) => {
      const ring = new ClassRing(2)
      const writer = createChunkWriter(16)
      rows.forEach((row, i) => { writeEntry(writer, 0, entryOf(i, i, ring.append(row)), null, ring) })
      writeEntry(writer, 0, entryOf(99, 99, NaN), null, ring)
      writeEntry(writer, 0, { ...entryOf(100, 100, 70_000), kind: LABEL }, null, ring)
      const found: (ReturnType<typeof plain> | number)[] = []
      const entry = blankEntry()
      readChunk(takeChunk(writer)!, entry, (_, vector, classes) => {
        expect(vector).toBeNull()
        found.push(classes === null ? entry.value : plain(classes))
      })
      expect(found).toEqual([...rows.map(plain), NaN, 70_000])
    }))
  })

  it('keep their row while a correction may reach them, and give it up with the entry', () => {
    const pending = new Pending(4)
    pending.classes = new ClassRing(2)
    pending.append(entryOf(1, 0, pending.classes.append(rowOf(7, [[7, 1]]))))
    pending.append({ ...blankEntry(), kind: LABEL, low: 1, high: 1, time: 90, since: 90, value: 7, flags: CLASSED })
    pending.append(entryOf(2, 95, pending.classes.append(rowOf(8, [[8, 1]]))))
    const carried: number[] = []
    pending.expire(101, { labelMs: 100, correctionMs: 50 }, null, { predictions: 0, labels: 0 }, ({ low, value }) => {
      carried.push(low)
      expect(read(pending.classes!, value)).toEqual({ decision: 7, count: 1, scores: [[7, 1]] })
    })
    expect(carried).toEqual([1])
    while (pending.size > 0) pending.dropHead(null)
    expect(pending.classes.head).toBe(pending.classes.tail)
  })
})
