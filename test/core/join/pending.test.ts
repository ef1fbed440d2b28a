import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createChunkWriter, readChunk, takeChunk, writeEntry } from '../../../src/core/join/packed.ts'
import { blankEntry, FEATURES, LABEL, Pending, PREDICTION, type Entry, type EntryKind } from '../../../src/core/join/pending.ts'
import { VectorRing } from '../../../src/core/join/vectors.ts'

const entry = (over: Partial<Entry>): Entry => ({ ...blankEntry(), ...over })
const horizons = { labelMs: 100, correctionMs: 0 }
const nothing = () => ({ predictions: 0, labels: 0 })

describe('the ring of pending inferences', () => {
  it('joins a label to every prediction of its inference', () => {
    const pending = new Pending(4)
    pending.append(entry({ low: 1, version: 0, since: 10 }))
    pending.append(entry({ low: 1, version: 1, since: 11 }))
    pending.append(entry({ kind: LABEL, low: 1, value: 1, since: 20 }))
    expect([pending.joinedAt[0], pending.joinedAt[1]]).toEqual([20, 20])
  })

  it('joins a prediction to a parked label when it arrives', () => {
    const pending = new Pending(4)
    pending.append(entry({ kind: LABEL, low: 1, value: 0, since: 5 }))
    pending.append(entry({ low: 1, since: 9 }))
    expect(pending.joinedAt[1]).toBe(9)
  })

  it('keeps the first join time when a label is corrected', () => {
    const pending = new Pending(4)
    pending.append(entry({ low: 1, since: 1 }))
    pending.append(entry({ kind: LABEL, low: 1, value: 0, since: 5 }))
    pending.append(entry({ kind: LABEL, low: 1, value: 1, since: 9 }))
    expect(pending.joinedAt[0]).toBe(5)
  })

  it('counts what ran out without a partner', () => {
    const pending = new Pending(4)
    pending.append(entry({ low: 1, since: 0 }))
    pending.append(entry({ kind: LABEL, low: 2, value: 1, since: 0 }))
    const counts = nothing()
    pending.expire(100, horizons, null, counts, () => {})
    expect(counts).toEqual({ predictions: 0, labels: 0 })
    pending.expire(101, horizons, null, counts, () => {})
    expect(counts).toEqual({ predictions: 1, labels: 1 })
    expect(pending.size).toBe(0)
  })

  it('carries on an outcome that a correction may still reach', () => {
    const pending = new Pending(4)
    pending.append(entry({ low: 1, since: 0 }))
    pending.append(entry({ kind: LABEL, low: 1, value: 1, since: 90 }))
    const carried: number[] = []
    pending.expire(101, { labelMs: 100, correctionMs: 50 }, null, nothing(), (e) => carried.push(e.joinedAt))
    expect(carried).toEqual([90])
    expect(pending.newest(pending.find(1, 0), PREDICTION)).not.toBe(-1)
    pending.expire(192, { labelMs: 100, correctionMs: 50 }, null, nothing(), () => {})
    expect(pending.newest(pending.find(1, 0), PREDICTION)).toBe(-1)
  })

  it('finds what a plain map finds, through growth, expiry and hash clusters', () => {
    const step = fc.record({ low: fc.integer({ min: 0, max: 40 }), kind: fc.constantFrom<EntryKind>(PREDICTION, LABEL, FEATURES), gap: fc.integer({ min: 0, max: 30 }) })
    fc.assert(fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const pending = new Pending(4)
      const plain: { sequence: number; low: number; since: number }[] = []
      let since = 0
      for (const { low, kind, gap } of steps) {
        since += gap
        pending.expire(since, horizons, null, nothing(), () => {})
        while (plain.length > 0 && plain[0].since + horizons.labelMs < since) plain.shift()
        plain.push({ sequence: pending.append(entry({ low, high: low % 3, kind, since, value: 1 })), low, since })
      }
      expect(pending.size).toBe(plain.length)
      for (let low = 0; low <= 40; low++) {
        const chain: number[] = []
        for (let s = pending.find(low, low % 3); s !== -1; s = pending.older(s)) chain.push(s)
        expect(chain).toEqual(plain.filter((p) => p.low === low).map((p) => p.sequence).reverse())
      }
    }))
  })

  it('is rebuilt from its chunks as it was', () => {
    const step = fc.record({
      low: fc.integer({ min: 0, max: 20 }), kind: fc.constantFrom<EntryKind>(PREDICTION, LABEL), gap: fc.integer({ min: 0, max: 30 }),
      value: fc.oneof(fc.constantFrom(0, 1, NaN), fc.double({ noNaN: true })), late: fc.integer({ min: -500, max: 500 }), bucket: fc.integer({ min: 0, max: 255 }),
    })
    fc.assert(fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
      const [original, restored] = [new Pending(4), new Pending(4)]
      const writer = createChunkWriter(16)
      let since = 1_767_225_600_000
      for (const { gap, late, ...rest } of steps) {
        since += gap
        const made = entry({ ...rest, high: 7, since, time: since + late })
        original.append(made)
        writeEntry(writer, 3, made, null)
      }
      const chunk = takeChunk(writer)
      const read = blankEntry()
      if (chunk !== null) readChunk(chunk, read, (model) => { expect(model).toBe(3); restored.append(read) })
      expect(restored.tail).toBe(original.tail)
      for (const column of ['low', 'time', 'since', 'value', 'joinedAt', 'flags', 'kind', 'bucket'] as const) {
        expect(Array.from(restored[column].slice(0, steps.length))).toEqual(Array.from(original[column].slice(0, steps.length)))
      }
    }))
  })
})

describe('a packed chunk', () => {
  it('takes at most 24 bytes for a prediction and 16 for a label', () => {
    const writer = createChunkWriter()
    const t = 1_767_225_600_000
    for (let i = 0; i < 1000; i++) writeEntry(writer, 0, entry({ low: i * 7919, high: i, bucket: (i * 7919) & 255, since: t + i * 4, time: t + i * 4, value: i / 1001, segments: i % 4 }), null)
    expect(writer.length / 1000).toBeLessThan(24)
    const labels = createChunkWriter()
    for (let i = 0; i < 1000; i++) writeEntry(labels, 0, entry({ kind: LABEL, low: i * 7919, high: i, bucket: (i * 7919) & 255, since: t + i * 4, time: t + i * 4, value: i % 2 }), null)
    expect(labels.length / 1000).toBeLessThan(16)
  })

  it('keeps feature rows in single precision, missing ones as NaN', () => {
    const writer = createChunkWriter()
    writeEntry(writer, 0, entry({ kind: FEATURES, value: 0 }), [1.1, NaN, -3])
    let got: number[] = []
    readChunk(takeChunk(writer)!, blankEntry(), (_, vector) => { got = Array.from(vector!) })
    expect(got).toEqual([Math.fround(1.1), NaN, -3])
  })
})

describe('the vector ring', () => {
  it('keeps rows through growth and widening', () => {
    const ring = new VectorRing(2, 2)
    for (let i = 0; i < 5; i++) ring.append([i, i + 0.5])
    ring.dropTo(2)
    const last = ring.append([9, 9, 9])
    const out = new Float64Array(3)
    ring.read(3, out)
    expect(Array.from(out)).toEqual([3, 3.5, NaN])
    ring.read(last, out)
    expect(Array.from(out)).toEqual([9, 9, 9])
  })
})
