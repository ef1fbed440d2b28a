import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { PartitionInput } from '../../src/engine/input.ts'
import { batch, raw } from './fakes.ts'

const input = (position = 0, timeMs = -Infinity) => new PartitionInput('labels', 'labels', 0, position, timeMs)

describe('one partition of one topic', () => {
  it('is released in offset order, with stream time that never goes back, however it was cut into batches', () => {
    const times = fc.array(fc.nat(50), { minLength: 1, maxLength: 40 })
    fc.assert(fc.property(times, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 40, maxLength: 40 }), (stamps, cuts) => {
      const queue = input()
      const records = stamps.map((time, i) => raw(i, time, `r${i}`))
      for (let from = 0, i = 0; from < records.length; from += cuts[i++]) queue.push(batch('labels', records.slice(from, from + cuts[i])), i + 1)
      let reached = -Infinity
      records.forEach((record, i) => {
        expect(queue.buffered).toBe(records.length - i)
        const head = queue.shift()
        expect(head.raw).toBe(record)
        reached = Math.max(reached, record.timestampMs)
        expect(head.timeMs).toBe(reached)
        expect(queue.position).toBe(i + 1)
      })
      expect(queue.head()).toBeNull()
      expect(queue.bufferedBytes).toBe(0)
    }))
  })

  it('goes on from the stream time that was stored', () => {
    const queue = input(5, 100)
    queue.push(batch('labels', [raw(5, 40, 'late')]), 1)
    expect(queue.head()!.timeMs).toBe(100)
  })

  it('is not moved in time by a head that is set aside', () => {
    const queue = input()
    queue.push(batch('labels', [raw(0, 10, 'a'), raw(1, 9_999, 'future'), raw(2, 20, 'b')]), 1)
    queue.shift()
    queue.shift(true)
    expect([queue.timeMs, queue.position, queue.head()!.timeMs]).toEqual([10, 2, 20])
  })

  it('passes control records and compacted tails with the record before them', () => {
    const queue = input()
    queue.push(batch('labels', [raw(0, 1, 'a')], { nextOffset: 4 }), 1)
    queue.push(batch('labels', [raw(6, 2, 'b')], { fromOffset: 4, nextOffset: 9 }), 2)
    expect([queue.position, queue.readTo]).toEqual([0, 9])
    queue.shift()
    expect(queue.position).toBe(4)
    queue.shift()
    expect(queue.position).toBe(9)
  })

  it('moves its position over a batch without records at once when nothing waits, else after what waits', () => {
    const queue = input()
    queue.push(batch('labels', [], { fromOffset: 0, nextOffset: 3 }), 1)
    expect(queue.position).toBe(3)
    queue.push(batch('labels', [raw(3, 1, 'a')]), 2)
    queue.push(batch('labels', [], { fromOffset: 4, nextOffset: 8 }), 3)
    expect(queue.position).toBe(3)
    queue.shift()
    expect([queue.position, queue.head()]).toEqual([8, null])
  })

  it('no longer counts as caught up once something came', () => {
    const queue = input()
    queue.caughtUpAt = 4
    queue.push(batch('labels', [], { fromOffset: 0, nextOffset: 3 }), 5)
    expect(queue.caughtUpAt).toBe(-1)
  })

  it('takes nothing that does not continue where it stopped', () => {
    const queue = input()
    queue.push(batch('labels', [raw(100, 1, 'first kept'), raw(101, 1, 'b')]), 1)
    expect(() => queue.push(batch('labels', [raw(101, 1, 'again')]), 2)).toThrow(/102/)
    expect(() => queue.push(batch('labels', [raw(105, 1, 'beyond a hole')]), 2)).toThrow(/102/)
    queue.push(batch('labels', [raw(102, 1, 'c')]), 2)
    expect(queue.buffered).toBe(3)
  })
})
