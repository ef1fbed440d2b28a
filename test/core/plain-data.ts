/** What the conformance suite needs to know about plain-data state: is it plain, how big is it, and a copy made byte by byte. */

type TypedArray = Float64Array | Float32Array | Int32Array | Uint32Array | Int16Array | Uint16Array | Int8Array | Uint8Array | Uint8ClampedArray | BigInt64Array | BigUint64Array

export const isTypedArray = (value: unknown): value is TypedArray => ArrayBuffer.isView(value) && !(value instanceof DataView)

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && (Object.getPrototypeOf(value) === Object.prototype || Object.getPrototypeOf(value) === null)

/**
 * Every place in `value` that is not plain data (a function, an undefined, a class instance, a Map) or not a finite number, as `path: what`.
 * An empty list means: may be a state, a reading or an output.
 */
export function faultsOf(value: unknown, path = ''): string[] {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return []
  if (typeof value === 'number') return Number.isFinite(value) ? [] : [`${path || '.'}: ${value}`]
  if (isTypedArray(value)) {
    const list = Array.from(value as Iterable<number | bigint>)
    const at = list.findIndex((x) => typeof x === 'number' && !Number.isFinite(x))
    return at === -1 ? [] : [`${path}[${at}]: ${list[at]}`]
  }
  if (Array.isArray(value)) return value.flatMap((item, i) => faultsOf(item, `${path}[${i}]`))
  if (isRecord(value)) return Object.entries(value).flatMap(([key, item]) => faultsOf(item, `${path}.${key}`))
  return [`${path || '.'}: ${typeof value} is not plain data`]
}

/** Bytes that a binary form of `value` takes, roughly: 8 a number, 2 a character, the whole buffer behind a typed array, keys included. */
export function sizeOf(value: unknown): number {
  if (value === null || typeof value === 'boolean' || value === undefined) return 1
  if (typeof value === 'number') return 8
  if (typeof value === 'string') return 2 * value.length
  if (isTypedArray(value)) return value.buffer.byteLength
  if (Array.isArray(value)) return value.reduce<number>((sum, item) => sum + sizeOf(item), 8)
  return Object.entries(value as object).reduce((sum, [key, item]) => sum + 2 * key.length + sizeOf(item), 8)
}

/**
 * A copy that went through bytes: typed arrays keep only their own window of a buffer, nothing is shared with the original or within the copy,
 * numbers are written as 64 bits. A state that relies on two fields being the same object, or on spare room behind a view, does not survive it.
 */
export function throughBytes<T>(value: T): T {
  if (typeof value === 'number') {
    const view = new DataView(new ArrayBuffer(8))
    view.setFloat64(0, value)
    return view.getFloat64(0) as T
  }
  if (isTypedArray(value)) {
    const bytes = new Uint8Array(value.buffer, value.byteOffset, value.byteLength).slice()
    return new (value.constructor as new (buffer: ArrayBuffer) => T)(bytes.buffer)
  }
  if (Array.isArray(value)) return value.map(throughBytes) as T
  if (isRecord(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, throughBytes(item)])) as T
  return value
}

/** Freezes records and lists all the way down, so that a unit that writes to its parameters throws. Typed arrays cannot be frozen. */
export function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !isTypedArray(value)) {
    Object.values(value).forEach(deepFreeze)
    Object.freeze(value)
  }
  return value
}
