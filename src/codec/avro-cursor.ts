/**
 * A place in Avro bytes. Every read checks the end first: a corrupt length or count is refused at once, where the usual readers
 * run on past the end (an array of 2^28 missing items exhausts the memory).
 */
import { refuse } from './codes.ts'

const TWO_27 = 2 ** 27
/** strings remembered, a power of two: categories, models, segments come again and again */
const INTERNED = 4096
const INTERNED_BYTES_MAX = 24

const chars = String.fromCharCode

export class Cursor {
  pos = 0
  end = 0
  #bytes: Buffer = Buffer.alloc(0)
  /** over the whole buffer that the bytes lie in: records of one fetch share it */
  #view: DataView = new DataView(new ArrayBuffer(0))
  #base = 0
  readonly #interned: string[] = new Array<string>(INTERNED).fill('')

  /** Begins at `pos` of other bytes. */
  reset(bytes: Buffer, pos: number): void {
    this.#bytes = bytes
    this.pos = pos
    this.end = bytes.length
    if (bytes.buffer !== this.#view.buffer) this.#view = new DataView(bytes.buffer)
    this.#base = bytes.byteOffset
  }

  skip(length: number): void {
    // written so that NaN fails too
    if (!(length >= 0 && length <= this.end - this.pos)) this.#truncated()
    this.pos += length
  }

  boolean(): boolean {
    if (this.pos >= this.end) this.#truncated()
    const byte = this.#bytes[this.pos++]
    if (byte > 1) refuse('UNDECODABLE', `a boolean holds the byte ${byte}: the value was written with another schema`)
    return byte === 1
  }

  float(): number {
    if (this.end - this.pos < 4) this.#truncated()
    const value = this.#view.getFloat32(this.#base + this.pos, true)
    this.pos += 4
    return value
  }

  double(): number {
    if (this.end - this.pos < 8) this.#truncated()
    const value = this.#view.getFloat64(this.#base + this.pos, true)
    this.pos += 8
    return value
  }

  /** `count` doubles, each to its place (`places[first]` on); NaN becomes infinite, as NaN means missing there. */
  doubles(into: Float64Array, places: Int32Array, first: number, count: number): void {
    if (this.end - this.pos < 8 * count) this.#truncated()
    const view = this.#view
    let at = this.#base + this.pos
    for (let i = first; i < first + count; i++, at += 8) {
      const value = view.getFloat64(at, true)
      into[places[i]] = value !== value ? Infinity : value
    }
    this.pos += 8 * count
  }

  /** A whole number; exact as a bigint beyond 2^53. */
  long(): number | bigint {
    const start = this.pos
    const value = this.#varint()
    return Number.isSafeInteger(value) ? value : this.#bigVarint(start)
  }

  /** A length, count or index: whole, not negative, small. */
  size(): number {
    const value = this.#varint()
    if (value < 0 || value > 0x7fff_ffff) refuse('UNDECODABLE', `a length of ${value}: the value was written with another schema or is corrupt`)
    return value
  }

  /** Items of the next block of an array or map; 0 ends it. `bytesMin` is the least that one item takes. */
  blockCount(bytesMin: number): number {
    let count = this.#varint()
    if (count < 0) {
      count = -count
      this.size()
    }
    const most = bytesMin === 0 ? ZERO_SIZED_ITEMS_MAX : (this.end - this.pos) / bytesMin
    if (count > most) refuse('UNDECODABLE', `an array or map claims ${count} items, more than its bytes can hold: the value was written with another schema or is corrupt`)
    return count
  }

  bytes(length: number): Buffer {
    const start = this.pos
    this.skip(length)
    return this.#bytes.subarray(start, this.pos)
  }

  /** A string that hardly ever comes again (an id). */
  string(): string {
    const length = this.size()
    const start = this.pos
    this.skip(length)
    const b = this.#bytes
    // 16 characters at once: a third of the time of a call into the runtime, which starts to pay at about 50
    if (length === 16 && ascii(b, start, 16)) return ascii16(b, start)
    if (length === 32 && ascii(b, start, 32)) return ascii16(b, start) + ascii16(b, start + 16)
    return b.toString('utf8', start, this.pos)
  }

  /** A string that comes again and again (a category, a model): the same object each time where it is short. */
  commonString(): string {
    const length = this.size()
    const start = this.pos
    this.skip(length)
    const b = this.#bytes
    if (length > INTERNED_BYTES_MAX) return b.toString('utf8', start, this.pos)
    let hash = length
    for (let i = start; i < this.pos; i++) hash = Math.imul(hash ^ b[i], 0x0100_0193)
    const slot = (hash ^ (hash >>> 15)) & (INTERNED - 1)
    const known = this.#interned[slot]
    if (known.length === length && same(known, b, start)) return known
    const text = b.toString('utf8', start, this.pos)
    if (text.length === length) this.#interned[slot] = text
    return text
  }

  /** Refuses bytes that nobody read. */
  finish(): void {
    if (this.pos !== this.end) refuse('UNDECODABLE', `${this.end - this.pos} bytes are left over after the last field: the value was written with another schema`)
  }

  /** Zigzag varint as a double: exact up to 2^53, beyond only large. */
  #varint(): number {
    const b = this.#bytes
    let pos = this.pos
    const end = this.end
    let byte = 0
    let low = 0
    let shift = 0
    do {
      if (pos >= end) this.#truncated()
      byte = b[pos++]
      low |= (byte & 0x7f) << shift
      shift += 7
    } while (byte >= 0x80 && shift < 28)
    if (byte < 0x80) {
      this.pos = pos
      return (low >>> 1) ^ -(low & 1)
    }
    let high = 0
    let scale = 1
    do {
      if (pos >= end) this.#truncated()
      byte = b[pos++]
      high += (byte & 0x7f) * scale
      scale *= 128
      if (pos - this.pos > 10) refuse('UNDECODABLE', 'a whole number has more than 64 bits: the value was written with another schema')
    } while (byte >= 0x80)
    this.pos = pos
    const half = (low >>> 1) + high * TWO_27
    return (low & 1) === 1 ? -half - 1 : half
  }

  #bigVarint(start: number): bigint {
    let raw = 0n
    for (let i = start, shift = 0n; i < this.pos; i++, shift += 7n) raw |= BigInt(this.#bytes[i] & 0x7f) << shift
    return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n))
  }

  #truncated(): never {
    return refuse('UNDECODABLE', 'the value ends before its last field: it was cut short or written with another schema')
  }
}

const ZERO_SIZED_ITEMS_MAX = 65_536

function same(text: string, b: Buffer, start: number): boolean {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== b[start + i]) return false
  return true
}

function ascii(b: Buffer, start: number, length: number): boolean {
  let all = 0
  for (let i = start; i < start + length; i++) all |= b[i]
  return all < 0x80
}

function ascii16(b: Buffer, i: number): string {
  return chars(
    b[i], b[i + 1], b[i + 2], b[i + 3], b[i + 4], b[i + 5], b[i + 6], b[i + 7],
    b[i + 8], b[i + 9], b[i + 10], b[i + 11], b[i + 12], b[i + 13], b[i + 14], b[i + 15],
  )
}
