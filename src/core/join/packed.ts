/**
 * The packed form of pending entries: what one epoch appended, as one chunk. Row by row, about 20 bytes a prediction, 12 a label.
 * Layout of a row: head byte (kind, whether joinedAt, bucket and actual are spelt out), flags, 8 bytes of hash, zigzag varints of
 * `since` against the row before and of `time` against `since`, then what the kind needs.
 */
import { assert } from '../assert.ts'
import { blankClassRow, reserveClasses, type ClassRing, type ClassRow } from './class-ring.ts'
import { CLASSED, FEATURES, PREDICTION, type Entry, type EntryKind } from './pending.ts'

const KIND_BITS = 3
const HAS_JOINED_AT = 4
const HAS_BUCKET = 8
/** the label is 0 or 1, held in bit 32; otherwise eight bytes follow */
const BIT_VALUE = 16
const BIT_ONE = 32
const HAS_VALUE = 64
/** the prediction's decision and class probabilities follow */
const HAS_CLASSES = 128

export interface ChunkWriter {
  bytes: Uint8Array
  view: DataView
  length: number
  /** `since` of the row before */
  since: number
}

export function createChunkWriter(capacity = 4096): ChunkWriter {
  const bytes = new Uint8Array(capacity)
  return { bytes, view: new DataView(bytes.buffer), length: 0, since: 0 }
}

/** A copy of what was written; the writer starts over. Null when nothing was. */
export function takeChunk(writer: ChunkWriter): Uint8Array | null {
  if (writer.length === 0) return null
  const chunk = writer.bytes.slice(0, writer.length)
  writer.length = 0
  writer.since = 0
  return chunk
}

/** Appends one entry of model number `model`; `vector` is the features row to keep with it, `classes` where a classed prediction has its row. */
export function writeEntry(writer: ChunkWriter, model: number, entry: Entry, vector: ArrayLike<number> | null, classes: ClassRing | null = null): void {
  const hasClasses = classes !== null && entry.kind === PREDICTION && (entry.flags & CLASSED) !== 0 && !Number.isNaN(entry.value)
  if (hasClasses) classes.read(entry.value, written)
  reserve(writer, 64 + (vector === null ? 0 : vector.length * 4) + (hasClasses ? Math.max(0, written.count) * CLASS_BYTES_MAX : 0))
  const isBit = Object.is(entry.value, 0) || entry.value === 1
  const ownBucket = entry.bucket !== (entry.low & 255)
  let head: number = entry.kind
  if (!Number.isNaN(entry.joinedAt)) head |= HAS_JOINED_AT
  if (ownBucket) head |= HAS_BUCKET
  if (hasClasses) head |= HAS_CLASSES
  else if (entry.kind !== FEATURES && !Number.isNaN(entry.value)) head |= isBit ? BIT_VALUE | (entry.value === 1 ? BIT_ONE : 0) : HAS_VALUE
  writer.bytes[writer.length++] = head
  writer.bytes[writer.length++] = entry.flags
  writeVarint(writer, model)
  writer.view.setUint32(writer.length, entry.low, true)
  writer.view.setUint32(writer.length + 4, entry.high, true)
  writer.length += 8
  writeSigned(writer, entry.since - writer.since)
  writeSigned(writer, entry.time - entry.since)
  writer.since = entry.since
  if ((head & HAS_JOINED_AT) !== 0) writeSigned(writer, entry.joinedAt - entry.since)
  if (ownBucket) writer.bytes[writer.length++] = entry.bucket
  if ((head & HAS_VALUE) !== 0) {
    writer.view.setFloat64(writer.length, entry.value, true)
    writer.length += 8
  }
  if (entry.kind === PREDICTION) {
    writeVarint(writer, entry.version)
    writeVarint(writer, entry.segments)
    if (hasClasses) writeClasses(writer, written)
  } else if (entry.kind === FEATURES) {
    writeVector(writer, vector)
  }
}

/** Room for a row between the ring and the chunk; never read before it is written, so it is no state. */
const written = blankClassRow()
const CLASS_BYTES_MAX = 5 + 8

function writeClasses(writer: ChunkWriter, { decision, count, codes, scores }: ClassRow): void {
  writeVarint(writer, decision)
  writeVarint(writer, count + 1)
  for (let i = 0; i < count; i++) {
    writeVarint(writer, codes[i])
    writer.view.setFloat64(writer.length, scores[i], true)
    writer.length += 8
  }
}

function readClasses(cursor: Cursor): ClassRow {
  const row = blankClassRow()
  row.decision = readVarint(cursor)
  row.count = readVarint(cursor) - 1
  reserveClasses(row, row.count)
  for (let i = 0; i < row.count; i++, cursor.at += 8) {
    row.codes[i] = readVarint(cursor)
    row.scores[i] = cursor.view.getFloat64(cursor.at, true)
  }
  return row
}

function writeVector(writer: ChunkWriter, vector: ArrayLike<number> | null): void {
  writeVarint(writer, vector === null ? 0 : vector.length)
  if (vector === null) return
  for (let i = 0; i < vector.length; i++) {
    writer.view.setFloat32(writer.length, vector[i], true)
    writer.length += 4
  }
}

/**
 * Reads a chunk row by row into `entry` (reused) and calls `row` for each; `vector` and `classes` are null for rows without them, else valid during the call.
 * The `value` of a prediction with `classes` is NaN: whoever keeps the row knows where.
 * @throws InvariantError when the bytes end inside a row
 */
export function readChunk(chunk: Uint8Array, entry: Entry, row: (model: number, vector: Float32Array | null, classes: ClassRow | null) => void): void {
  const cursor = { view: new DataView(chunk.buffer, chunk.byteOffset, chunk.byteLength), at: 0 }
  let since = 0
  while (cursor.at < chunk.byteLength) {
    const head = chunk[cursor.at++]
    entry.kind = (head & KIND_BITS) as EntryKind
    entry.flags = chunk[cursor.at++]
    const model = readVarint(cursor)
    entry.low = cursor.view.getUint32(cursor.at, true)
    entry.high = cursor.view.getUint32(cursor.at + 4, true)
    cursor.at += 8
    since += readSigned(cursor)
    entry.since = since
    entry.time = since + readSigned(cursor)
    entry.joinedAt = (head & HAS_JOINED_AT) !== 0 ? since + readSigned(cursor) : NaN
    entry.bucket = (head & HAS_BUCKET) !== 0 ? chunk[cursor.at++] : entry.low & 255
    entry.value = readValue(cursor, head)
    entry.version = entry.kind === PREDICTION ? readVarint(cursor) : 0
    entry.segments = entry.kind === PREDICTION ? readVarint(cursor) : 0
    const classes = (head & HAS_CLASSES) !== 0 ? readClasses(cursor) : null
    row(model, entry.kind === FEATURES ? readVector(cursor) : null, classes)
  }
  assert(cursor.at === chunk.byteLength, 'a chunk ends at a row')
}

interface Cursor {
  view: DataView
  at: number
}

function readValue(cursor: Cursor, head: number): number {
  if ((head & BIT_VALUE) !== 0) return (head & BIT_ONE) !== 0 ? 1 : 0
  if ((head & HAS_VALUE) === 0) return NaN
  cursor.at += 8
  return cursor.view.getFloat64(cursor.at - 8, true)
}

function readVector(cursor: Cursor): Float32Array | null {
  const length = readVarint(cursor)
  if (length === 0) return null
  const vector = new Float32Array(length)
  for (let i = 0; i < length; i++, cursor.at += 4) vector[i] = cursor.view.getFloat32(cursor.at, true)
  return vector
}

function reserve(writer: ChunkWriter, more: number): void {
  if (writer.length + more <= writer.bytes.length) return
  const bytes = new Uint8Array(Math.max(writer.bytes.length * 2, writer.length + more))
  bytes.set(writer.bytes.subarray(0, writer.length))
  writer.bytes = bytes
  writer.view = new DataView(bytes.buffer)
}

/** LEB128 of a non-negative integer below 2^53. */
function writeVarint(writer: ChunkWriter, value: number): void {
  while (value >= 0x80) {
    writer.bytes[writer.length++] = (value % 0x80) | 0x80
    value = Math.floor(value / 0x80)
  }
  writer.bytes[writer.length++] = value
}

function readVarint(cursor: Cursor): number {
  let value = 0
  for (let scale = 1; ; scale *= 0x80) {
    const byte = cursor.view.getUint8(cursor.at++)
    value += (byte & 0x7f) * scale
    if (byte < 0x80) return value
  }
}

/** Integers only: event and stream times are whole milliseconds (the decoder rounds). */
function writeSigned(writer: ChunkWriter, value: number): void {
  writeVarint(writer, value < 0 ? -2 * value - 1 : 2 * value)
}

function readSigned(cursor: Cursor): number {
  const value = readVarint(cursor)
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2
}
