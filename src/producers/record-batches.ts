/** Outgoing records as what one kafkajs send takes: one topic, one partition, and few enough bytes for one record batch. */
import type { Message } from 'kafkajs'
import type { OutgoingRecord } from '../engine/ports.ts'

/** below the 1 MiB that a broker takes by default, with room for what compression cannot win */
const BATCH_BYTES_MAX = 900 * 1024
const RECORD_OVERHEAD_BYTES = 70

export const recordBytes = ({ key, value, headers }: OutgoingRecord): number =>
  RECORD_OVERHEAD_BYTES + (key?.length ?? 0) + (value?.length ?? 0)
  + Object.entries(headers).reduce((sum, [name, text]) => sum + name.length + text.length * 3, 0)

/** Runs of records, in order, each within the batch limit; a record above it is a run of its own. */
export function inBatches(records: readonly OutgoingRecord[], bytesMax = BATCH_BYTES_MAX): OutgoingRecord[][] {
  const batches: OutgoingRecord[][] = []
  let room = 0
  for (const record of records) {
    const bytes = recordBytes(record)
    if (batches.length === 0 || bytes > room) {
      batches.push([])
      room = bytesMax
    }
    batches.at(-1)!.push(record)
    room -= bytes
  }
  return batches
}

/** Runs of consecutive records of one role and partition. */
export function byPartition(records: readonly OutgoingRecord[]): OutgoingRecord[][] {
  const runs: OutgoingRecord[][] = []
  for (const record of records) {
    const first = runs.at(-1)?.[0]
    if (first?.role === record.role && first.partition === record.partition) runs.at(-1)!.push(record)
    else runs.push([record])
  }
  return runs
}

export const messageOf = ({ timestampMs, key, value, headers }: OutgoingRecord, partition: number): Message =>
  ({ partition, timestamp: String(timestampMs), key: bytesOf(key), value: bytesOf(value), headers })

const bytesOf = (bytes: Uint8Array | null): Buffer | null => (bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
