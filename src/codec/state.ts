/**
 * Plain data ⇄ CBOR (RFC 8949, typed arrays as in RFC 8746) for state parts, internal topics and the journal.
 *
 * Equal data gives equal bytes: a number's form follows from its value alone, every NaN has one bit pattern (the processor gives
 * 0/0 a sign that the literal has not), and keys keep their order, because the order of keys is data: merges follow it.
 * Doubles that are mostly 0, as the bins of a small pane, are written as [length, places, values] under a tag of our own.
 * Encoding is our own for that reason; decoding is cbor-x, without its native addon and its record extension.
 */
import { addExtension, Decoder } from 'cbor-x/index-no-eval'
import type { StateCodec } from '../engine/ports.ts'

/** Tags of RFC 8746, little-endian. */
const typedArrayTags = new Map<unknown, number>([
  [Uint8Array, 64], [Uint16Array, 69], [Uint32Array, 70], [BigUint64Array, 71],
  [Int8Array, 72], [Int16Array, 77], [Int32Array, 78], [BigInt64Array, 79], [Float32Array, 85], [Float64Array, 86],
])

/** Beside those of RFC 8746 and given to nobody: a Float64Array by what in it is not +0. */
const SPARSE_TAG = 88
/** shorter ones are written whole */
const SPARSE_LENGTH_MIN = 16

const INITIAL_BYTES = 16 * 1024
/** a buffer grown beyond this is let go after use */
const KEPT_BYTES = 1024 * 1024

let bytes = Buffer.allocUnsafeSlow(INITIAL_BYTES)
let view = new DataView(bytes.buffer)
let at = 0

addExtension({
  tag: SPARSE_TAG,
  decode([length, places, values]: [number, Uint16Array | Uint32Array, Float64Array]) {
    const array = new Float64Array(length)
    for (let i = 0; i < places.length; i++) array[places[i]] = values[i]
    return array
  },
} as never) // its types ask for what encodes, too

const decoder = new Decoder({ useRecords: false, mapsAsObjects: true, copyBuffers: true })

/** The state codec. Stateless and shared. */
export const stateCodec: StateCodec = {
  /** @throws TypeError for what is not plain data: class instances, Maps, functions, undefined, a `__proto__` key */
  encode(value) {
    at = 0
    write(value)
    const encoded = Uint8Array.prototype.slice.call(new Uint8Array(bytes.buffer, 0, at))
    if (bytes.length > KEPT_BYTES) reserve(INITIAL_BYTES)
    return encoded
  },
  /** Typed arrays come back as their own type, each on a buffer of its own. @throws Error when the bytes are not whole */
  decode(encoded) {
    return decoder.decode(encoded)
  },
}

function reserve(length: number): void {
  bytes = Buffer.allocUnsafeSlow(length)
  view = new DataView(bytes.buffer)
}

function room(length: number): void {
  if (at + length <= bytes.length) return
  const full = bytes
  reserve(Math.max(full.length * 2, at + length))
  full.copy(bytes, 0, 0, at)
}

function write(value: unknown): void {
  switch (typeof value) {
    case 'number': return writeNumber(value)
    case 'string': return writeString(value)
    case 'boolean': return writeByte(value ? 0xf5 : 0xf4)
    case 'bigint': return writeBigInt(value)
    case 'object': return value === null ? writeByte(0xf6) : writeObject(value)
    default: throw new TypeError(`${typeof value} is not plain data and cannot be stored`)
  }
}

function writeByte(byte: number): void {
  room(1)
  bytes[at++] = byte
}

/** A major type with its argument in the shortest form. */
function writeHead(major: number, argument: number): void {
  room(9)
  if (argument < 24) bytes[at++] = major | argument
  else if (argument < 0x100) {
    bytes[at++] = major | 24
    bytes[at++] = argument
  } else if (argument < 0x10000) {
    bytes[at++] = major | 25
    view.setUint16(at, argument)
    at += 2
  } else {
    bytes[at++] = major | 26
    view.setUint32(at, argument)
    at += 4
  }
}

function writeNumber(value: number): void {
  if (value >>> 0 === value && !Object.is(value, -0)) return writeHead(0x00, value)
  if (value < 0 && value >= -0x1_0000_0000 && Number.isInteger(value)) return writeHead(0x20, -1 - value)
  room(9)
  bytes[at++] = 0xfb
  if (value !== value) view.setBigUint64(at, CANONICAL_NAN)
  else view.setFloat64(at, value)
  at += 8
}

const CANONICAL_NAN = 0x7ff8_0000_0000_0000n

function writeBigInt(value: bigint): void {
  if (BigInt.asUintN(64, value) !== value) throw new TypeError(`${value} does not fit an unsigned 64-bit number and cannot be stored`)
  room(9)
  bytes[at++] = 0x1b
  view.setBigUint64(at, value)
  at += 8
}

function writeString(value: string): void {
  // short keys: a byte a character, falling back at the first that is not ASCII
  const length = value.length
  if (length < 24) {
    room(1 + length)
    let i = 0
    for (let code = 0; i < length && (code = value.charCodeAt(i)) < 0x80; i++) bytes[at + 1 + i] = code
    if (i === length) {
      bytes[at] = 0x60 | length
      at += 1 + length
      return
    }
  }
  const byteLength = Buffer.byteLength(value)
  writeHead(0x60, byteLength)
  room(byteLength)
  at += bytes.write(value, at, byteLength)
}

function writeObject(value: object): void {
  if (Array.isArray(value)) {
    writeHead(0x80, value.length)
    for (let i = 0; i < value.length; i++) write(value[i])
    return
  }
  if (ArrayBuffer.isView(value)) return writeTypedArray(value as Float64Array)
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) throw new TypeError(`a ${value.constructor.name} is not plain data and cannot be stored`)
  const keys = Object.keys(value)
  writeHead(0xa0, keys.length)
  for (const key of keys) {
    if (key === '__proto__') throw new TypeError('a key named __proto__ cannot be stored')
    writeString(key)
    write((value as Record<string, unknown>)[key])
  }
}

function writeTypedArray(array: Float64Array): void {
  const tag = typedArrayTags.get(array.constructor) ?? (array instanceof Uint8Array ? 64 : undefined)
  if (tag === undefined) throw new TypeError(`a ${array.constructor.name} cannot be stored`)
  if (tag === 86 && array.length >= SPARSE_LENGTH_MIN) {
    const filled = filledIfSparse(array)
    if (filled >= 0) return writeSparse(array, filled)
  }
  writeHead(0xc0, tag)
  writeHead(0x40, array.byteLength)
  room(array.byteLength)
  bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), at)
  if (tag === 86) canonicalNaNs(array, at)
  at += array.byteLength
}

const isZero = (x: number): boolean => x === 0 && !Object.is(x, -0)

/** How many are not +0, where their places and values take less than half of the whole; else −1, having looked no further than it must. */
function filledIfSparse(array: Float64Array): number {
  const most = Math.floor((array.length * 4 - 16) / 10)
  let filled = 0
  for (let i = 0; i < array.length; i++) if (!isZero(array[i]) && ++filled > most) return -1
  return filled
}

function writeSparse(array: Float64Array, filled: number): void {
  writeHead(0xc0, SPARSE_TAG)
  writeHead(0x80, 3)
  writeHead(0x00, array.length)
  const width = array.length <= 0x10000 ? 2 : 4
  writeHead(0xc0, width === 2 ? 69 : 70)
  writeHead(0x40, filled * width)
  room(filled * width)
  for (let i = 0; i < array.length; i++) {
    if (isZero(array[i])) continue
    if (width === 2) view.setUint16(at, i, true)
    else view.setUint32(at, i, true)
    at += width
  }
  writeHead(0xc0, 86)
  writeHead(0x40, filled * 8)
  room(filled * 8)
  for (let i = 0; i < array.length; i++) {
    const x = array[i]
    if (isZero(x)) continue
    if (x !== x) view.setBigUint64(at, CANONICAL_NAN, true)
    else view.setFloat64(at, x, true)
    at += 8
  }
}

function canonicalNaNs(array: Float64Array, start: number): void {
  for (let i = 0; i < array.length; i++) if (array[i] !== array[i]) view.setBigUint64(start + 8 * i, CANONICAL_NAN, true)
}
