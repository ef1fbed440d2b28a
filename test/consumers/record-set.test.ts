import { createRequire } from 'node:module'
import { gunzipSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { OldFormatError, readRecordSet } from '../../src/consumers/record-set.ts'
import type { AbortedTransaction } from '../../src/consumers/record-set.ts'

const require = createRequire(import.meta.url)
interface KafkaRecord { offsetDelta: number; timestampDelta: number; key: Buffer | null; value: Buffer | null; headers: Record<string, string> }
/** kafkajs's own encoder */
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as { RecordBatch(batch: object): Promise<{ buffer: Buffer }> }
const recordOf = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: KafkaRecord) => object

const BASE_MS = 1_700_000_000_000
const CONTROL = 0x20
const LOG_APPEND_TIME = 0x08
const unpack = (_: number, bytes: Buffer) => Promise.resolve(gunzipSync(bytes))
const read = (bytes: Buffer, aborted: AbortedTransaction[] = []) => readRecordSet(bytes, aborted, unpack)

const plain = (offsetDelta: number, value = `v${offsetDelta}`): KafkaRecord => ({ offsetDelta, timestampDelta: offsetDelta, key: null, value: Buffer.from(value), headers: {} })
interface BatchOptions { firstOffset?: number; lastOffsetDelta?: number; producerId?: number; transactional?: boolean; attributes?: number }
async function batch(records: KafkaRecord[], { attributes = 0, ...options }: BatchOptions = {}): Promise<Buffer> {
  const { buffer } = await RecordBatch({
    firstOffset: 0, firstTimestamp: BASE_MS, maxTimestamp: BASE_MS + 777, lastOffsetDelta: Math.max(0, ...records.map(({ offsetDelta }) => offsetDelta)), producerId: -1,
    ...options, records: records.map(recordOf) })
  buffer.writeInt16BE(buffer.readInt16BE(21) | attributes, 21)
  return buffer
}
const marker = (firstOffset: number, producerId: number, type: 0 | 1) =>
  batch([{ ...plain(0), key: Buffer.from([0, 0, 0, type]) }], { firstOffset, producerId, transactional: true, attributes: CONTROL })
const offsets = async (bytes: Buffer, aborted?: AbortedTransaction[]) => (await read(bytes, aborted)).records.map(({ offset }) => offset)

const bytes = fc.option(fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array)))
const someRecords = fc.array(fc.record({
  timestampDelta: fc.integer({ min: -(2 ** 44), max: 2 ** 44 }), key: bytes, value: bytes,
  headers: fc.dictionary(fc.string({ minLength: 1, maxLength: 10 }), fc.string({ maxLength: 10 }), { maxKeys: 3 }).map((headers) => ({ ...headers })),
}), { minLength: 1, maxLength: 20 }).map((records) => records.map((record, i) => ({ ...record, offsetDelta: i * 3 })))

describe('readRecordSet', () => {
  it('reads what kafkajs writes', async () => {
    await fc.assert(fc.asyncProperty(someRecords, fc.integer({ min: 0, max: 2 ** 50 }), async (records, firstOffset) => {
      const { records: got, nextOffset } = await read(await batch(records, { firstOffset }))
      expect(nextOffset).toBe(firstOffset + records.at(-1)!.offsetDelta + 1)
      expect(got.map(({ headers, ...rest }) => ({ ...rest, headers: { ...headers } }))).toEqual(records.map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
        offset: firstOffset + offsetDelta, timestampMs: BASE_MS + timestampDelta, key, value, headers })))
    }), { numRuns: 300 })
  })

  it('reads several batches, and leaves one that was cut off for later', async () => {
    const [first, second] = [await batch([plain(0), plain(1)]), await batch([plain(0)], { firstOffset: 2 })]
    const whole = Buffer.concat([first, second])
    expect(await offsets(whole)).toEqual([0, 1, 2])
    for (let cut = first.length; cut < whole.length; cut++) {
      expect(await read(whole.subarray(0, cut))).toMatchObject({ records: [{ offset: 0 }, { offset: 1 }], nextOffset: 2 })
    }
    expect(await read(first.subarray(0, first.length - 1))).toEqual({ records: [], nextOffset: null })
    expect(await read(Buffer.alloc(0))).toEqual({ records: [], nextOffset: null })
  })

  it('goes to the end that a compacted batch had, also when no record of it is left', async () => {
    expect(await read(await batch([plain(2)], { firstOffset: 10, lastOffsetDelta: 9 }))).toMatchObject({ records: [{ offset: 12 }], nextOffset: 20 })
    expect(await read(await batch([], { firstOffset: 10, lastOffsetDelta: 9 }))).toEqual({ records: [], nextOffset: 20 })
  })

  it('takes the broker\'s time where the topic says so', async () => {
    const { records } = await read(await batch([plain(0), plain(1)], { attributes: LOG_APPEND_TIME }))
    expect(records.map(({ timestampMs }) => timestampMs)).toEqual([BASE_MS + 777, BASE_MS + 777])
  })

  it('unpacks compressed batches', async () => {
    const loose = await batch([plain(0), plain(1)])
    const packed = gzipSync(loose.subarray(61))
    const compressed = Buffer.concat([loose.subarray(0, 61), packed])
    compressed.writeInt32BE(compressed.length - 12, 8)
    compressed.writeInt16BE(1, 21)
    expect(await read(compressed)).toEqual(await read(loose))
  })

  it('passes control records and what an aborted transaction wrote, of that producer and until its marker', async () => {
    const set = Buffer.concat([
      await batch([plain(0)], { firstOffset: 0, producerId: 7, transactional: true }), // committed before
      await marker(1, 7, 1),
      await batch([plain(0)], { firstOffset: 2, producerId: 7, transactional: true }), // aborted
      await batch([plain(0)], { firstOffset: 3, producerId: 8, transactional: true }), // another's
      await batch([plain(0)], { firstOffset: 4, producerId: 7 }), // outside of a transaction
      await batch([plain(0)], { firstOffset: 5, producerId: 7, transactional: true }), // aborted
      await marker(6, 7, 0),
      await batch([plain(0)], { firstOffset: 7, producerId: 7, transactional: true }), // the next transaction
      await marker(8, 8, 1),
    ])
    expect(await read(set, [{ producerId: 7, firstOffset: 2 }])).toMatchObject({
      records: [{ offset: 0 }, { offset: 3 }, { offset: 4 }, { offset: 7 }], nextOffset: 9 })
    expect(await offsets(set)).toEqual([0, 2, 3, 4, 5, 7])
  })

  it('does not read old formats', async () => {
    const old = await batch([plain(0)])
    old[16] = 1
    await expect(read(old)).rejects.toBeInstanceOf(OldFormatError)
  })

  it('refuses a record that is not as long as it says', async () => {
    const bad = await batch([plain(0), plain(1)])
    bad[61] += 2
    await expect(read(bad)).rejects.toThrow(/offset 0 is not \d+ bytes long/)
  })
})
