import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { OutgoingRecord, OutputRole } from '../../src/engine/ports.ts'
import { byPartition, inBatches, messageOf, recordBytes } from '../../src/producers/record-batches.ts'

const record = (role: OutputRole, partition: number, bytes: number): OutgoingRecord =>
  ({ role, partition, timestampMs: 5, key: null, value: new Uint8Array(bytes), headers: { a: 'é' } })
const records = fc.array(fc.record({ role: fc.constantFrom<OutputRole>('panes', 'journal'), partition: fc.integer({ min: 0, max: 2 }), bytes: fc.integer({ min: 0, max: 3000 }) })
  .map(({ role, partition, bytes }) => record(role, partition, bytes)), { maxLength: 60 })

describe('inBatches', () => {
  it('keeps every record, in order, and no batch of several above the limit', () => {
    fc.assert(fc.property(records, (all) => {
      const batches = inBatches(all, 4000)
      expect(batches.flat()).toEqual(all)
      for (const batch of batches) expect(batch.length === 1 || batch.reduce((sum, one) => sum + recordBytes(one), 0) <= 4000).toBe(true)
    }))
  })

  it('does not spread over several batches what fits into one', () => {
    expect(inBatches([record('panes', 0, 100), record('panes', 0, 100)], 4000)).toHaveLength(1)
  })
})

describe('byPartition', () => {
  it('cuts where the role or partition changes and keeps the order', () => {
    fc.assert(fc.property(records, (all) => {
      const runs = byPartition(all)
      expect(runs.flat()).toEqual(all)
      for (const run of runs) expect(new Set(run.map(({ role, partition }) => `${role}-${partition}`)).size).toBe(1)
      for (const [i, run] of runs.slice(1).entries()) expect([run[0].role, run[0].partition]).not.toEqual([runs[i][0].role, runs[i][0].partition])
    }))
  })
})

describe('messageOf', () => {
  it('shares the bytes of a view instead of copying what lies around it', () => {
    const whole = new Uint8Array([9, 1, 2, 9])
    const message = messageOf({ ...record('panes', 0, 0), value: whole.subarray(1, 3) }, 3)
    expect(message).toMatchObject({ partition: 3, timestamp: '5', key: null, headers: { a: 'é' } })
    expect([...(message.value as Buffer)]).toEqual([1, 2])
  })
})
