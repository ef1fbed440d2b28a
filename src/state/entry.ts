import { Encoder } from 'cbor-x'
import type { OutboxEntry, OutputRole } from '../engine/ports.ts'

type Packed = [role: OutputRole, partition: number, timestampMs: number, key: Uint8Array | null, value: Uint8Array | null, headers: [name: string, value: string][]]

// Plain CBOR (RFC 8949) that any reader understands: arrays and byte strings, no records, no tags.
const cbor = new Encoder({ useRecords: false, tagUint8Array: false })

const own = (bytes: Uint8Array | null) => (bytes === null ? null : new Uint8Array(bytes))

/** Bytes of an outbox entry without its (epoch, index), which the store keeps as its position. */
export const packEntry = (entry: OutboxEntry): Buffer => cbor.encode(toPacked(entry))

export const unpackEntry = (bytes: Uint8Array, epoch: number, index: number): OutboxEntry => fromPacked(cbor.decode(bytes) as Packed, epoch, index)

/** A quarantined entry stands alone: position and reason included. */
export const packQuarantined = (entry: OutboxEntry, reason: string): Buffer => cbor.encode([entry.epoch, entry.index, reason, toPacked(entry)])

export function unpackQuarantined(bytes: Uint8Array): { entry: OutboxEntry; reason: string } {
  const [epoch, index, reason, packed] = cbor.decode(bytes) as [number, number, string, Packed]
  return { entry: fromPacked(packed, epoch, index), reason }
}

const toPacked = ({ role, partition, timestampMs, key, value, headers }: OutboxEntry): Packed =>
  [role, partition, timestampMs, key, value, Object.entries(headers)]

const fromPacked = ([role, partition, timestampMs, key, value, headers]: Packed, epoch: number, index: number): OutboxEntry =>
  ({ epoch, index, role, partition, timestampMs, key: own(key), value: own(value), headers: Object.fromEntries(headers) })
