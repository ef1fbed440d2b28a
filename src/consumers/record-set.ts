/**
 * Reads Kafka's record batches (magic 2) straight into records. kafkajs makes a decoder and several objects for each record, which is most of
 * what reading costs, and does not see where a compacted batch ends.
 * Layout: https://kafka.apache.org/documentation/#messageformat
 */
import type { Headers, RawRecord } from '../engine/ports.ts'

export interface RecordSet {
  /** committed data records in offset order */
  records: RawRecord[]
  /** one past the last whole batch, records or not; null when there was none */
  nextOffset: number | null
}

export interface AbortedTransaction { producerId: number; firstOffset: number }

/** The set holds batches of a format older than 2. */
export class OldFormatError extends Error {}

/** Unpacks the records of a batch by the compression number in its attributes. */
export type Decompress = (compression: number, bytes: Buffer) => Promise<Buffer>

const NO_HEADERS: Headers = Object.freeze({})
const LENGTH_AT = 8
const LENGTH_END = 12
const MAGIC_AT = 16
const RECORDS_AT = 61
const COMPRESSION_MASK = 0x07
const LOG_APPEND_TIME = 0x08
const TRANSACTIONAL = 0x10
const CONTROL = 0x20
const ABORT_MARKER = 0

/**
 * Records of all whole batches in `bytes`; a last one that was cut off is left for the next fetch. Keys and values are views of `bytes`.
 * Records of the transactions in `aborted`, and control records, are passed.
 * @throws OldFormatError, or an Error when the bytes are not record batches
 */
export async function readRecordSet(bytes: Buffer, aborted: readonly AbortedTransaction[], decompress: Decompress): Promise<RecordSet> {
  const records: RawRecord[] = []
  const transactions = abortedTransactions(aborted)
  let nextOffset: number | null = null
  for (let at = 0; at + RECORDS_AT <= bytes.length;) {
    const end = at + LENGTH_END + bytes.readInt32BE(at + LENGTH_AT)
    if (bytes[at + MAGIC_AT] !== 2) throw new OldFormatError()
    if (end > bytes.length) break
    const batch = header(bytes, at)
    nextOffset = batch.lastOffset + 1
    const isHidden = transactions.isAborted(batch)
    const isCompressed = (batch.attributes & COMPRESSION_MASK) !== 0
    const packed = bytes.subarray(at + RECORDS_AT, end)
    if (batch.attributes & CONTROL) {
      if (batch.count > 0 && markerType(packed) === ABORT_MARKER) transactions.ended(batch.producerId)
    } else if (!isHidden && batch.count > 0) {
      readRecords(isCompressed ? await decompress(batch.attributes & COMPRESSION_MASK, packed) : packed, batch, records)
    }
    at = end
  }
  return { records, nextOffset }
}

interface BatchHeader {
  baseOffset: number
  lastOffset: number
  attributes: number
  baseTimestampMs: number
  maxTimestampMs: number
  producerId: number
  count: number
}

function header(bytes: Buffer, at: number): BatchHeader {
  const baseOffset = Number(bytes.readBigInt64BE(at))
  return {
    baseOffset,
    attributes: bytes.readInt16BE(at + 21),
    lastOffset: baseOffset + bytes.readInt32BE(at + 23),
    baseTimestampMs: Number(bytes.readBigInt64BE(at + 27)),
    maxTimestampMs: Number(bytes.readBigInt64BE(at + 35)),
    producerId: Number(bytes.readBigInt64BE(at + 43)),
    count: bytes.readInt32BE(at + 57),
  }
}

/** Follows which producers are inside an aborted transaction as batches go by. */
function abortedTransactions(aborted: readonly AbortedTransaction[]) {
  const waiting = [...aborted].sort((a, b) => a.firstOffset - b.firstOffset)
  const open = new Set<number>()
  return {
    isAborted({ attributes, producerId, lastOffset }: BatchHeader): boolean {
      while (waiting.length > 0 && waiting[0].firstOffset <= lastOffset) open.add(waiting.shift()!.producerId)
      return (attributes & TRANSACTIONAL) !== 0 && open.has(producerId)
    },
    ended: (producerId: number): boolean => open.delete(producerId),
  }
}

/** The type in the key (version, type) of the one record of a control batch. */
function markerType(packed: Buffer): number {
  const reader = new Reader(packed)
  reader.varint() // length
  reader.at += 1 // attributes
  reader.varint() // timestamp
  reader.varint() // offset
  const key = reader.bytes()
  return key === null ? -1 : key.readInt16BE(2)
}

function readRecords(packed: Buffer, { baseOffset, baseTimestampMs, maxTimestampMs, attributes, count }: BatchHeader, into: RawRecord[]): void {
  const reader = new Reader(packed)
  const isStampedByBroker = (attributes & LOG_APPEND_TIME) !== 0
  for (let i = 0; i < count; i++) {
    const length = reader.varint()
    const end = reader.at + length
    reader.at += 1 // attributes of a record are not used
    const timestampDelta = reader.varint()
    const offset = baseOffset + reader.varint()
    const key = reader.bytes()
    const value = reader.bytes()
    const headerCount = reader.varint()
    const headers = headerCount === 0 ? NO_HEADERS : reader.headers(headerCount)
    if (reader.at !== end || end > packed.length) throw new Error(`the record at offset ${offset} is not ${length} bytes long as it says`)
    into.push({ offset, timestampMs: isStampedByBroker ? maxTimestampMs : baseTimestampMs + timestampDelta, key, value, headers })
  }
}

class Reader {
  at = 0
  private readonly from: Buffer
  constructor(from: Buffer) {
    this.from = from
  }

  /** Zigzag, of any length up to 2^53. */
  varint(): number {
    let byte = this.from[this.at++]
    let bits = byte & 0x7f
    for (let scale = 128; byte >= 0x80; scale *= 128) {
      byte = this.from[this.at++]
      bits += (byte & 0x7f) * scale
    }
    return bits % 2 === 0 ? bits / 2 : -(bits + 1) / 2
  }

  bytes(): Buffer | null {
    const length = this.varint()
    if (length < 0) return null
    const start = this.at
    this.at += length
    return this.from.subarray(start, this.at)
  }

  /** As text; of several with one name the last, as Kafka's own `lastHeader`. */
  headers(count: number): Headers {
    const headers: Record<string, string> = {}
    for (let i = 0; i < count; i++) {
      const name = this.bytes()!.toString()
      put(headers, name, this.bytes()?.toString() ?? '')
    }
    return headers
  }
}

/** A header may have any name, `__proto__` too, which an assignment would take for something else. */
function put(headers: Record<string, string>, name: string, value: string): void {
  if (name === '__proto__') Object.defineProperty(headers, name, { value, enumerable: true, configurable: true, writable: true })
  else headers[name] = value
}
