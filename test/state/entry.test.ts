import { describe, expect, it } from 'vitest'
import fc from 'fast-check'
import { packEntry, packQuarantined, unpackEntry, unpackQuarantined } from '../../src/state/entry.ts'
import { entryOf } from './contract.ts'

const optionalBytes = fc.option(fc.uint8Array({ maxLength: 40 }))
const entries = fc.record({
  epoch: fc.integer({ min: 1, max: 2 ** 40 }), index: fc.nat(), partition: fc.nat(), timestampMs: fc.maxSafeInteger(), key: optionalBytes, value: optionalBytes,
  headers: fc.dictionary(fc.string(), fc.string()).map((headers) => ({ ...headers })),
}).map(({ epoch, index, ...fields }) => entryOf(epoch, index, fields))

describe('packed outbox entries', () => {
  it('come back as they were, with or without a reason', () => {
    fc.assert(fc.property(entries, fc.string(), (entry, reason) => {
      expect(unpackEntry(packEntry(entry), entry.epoch, entry.index)).toEqual(entry)
      expect(unpackQuarantined(packQuarantined(entry, reason))).toEqual({ entry, reason })
    }))
  })

  it('cost little more than their bytes', () => {
    const entry = entryOf(1, 0, { value: new Uint8Array(100), key: new Uint8Array(10) })
    expect(packEntry(entry).length).toBeLessThan(110 + 25)
  })
})
