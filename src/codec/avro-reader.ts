/** The general Avro reader: a compiled tree of closures over the writer's schema that leaves out what nobody asks for. */
import type { AvroType } from './avro-schema.ts'
import type { Cursor } from './avro-cursor.ts'
import { refuse } from './codes.ts'

export type Read = (cursor: Cursor) => unknown

/** Which fields of a record to keep, by name; `true` keeps the whole. */
export type Wanted = true | ReadonlyMap<string, Wanted>

const ONE_MS_DAY = 86_400_000

/**
 * Compiles a reader. Records become plain objects, maps become Maps, enums strings, times numbers of epoch milliseconds, decimals
 * numbers; a long beyond 2^53 is a bigint. Unwanted fields are passed over.
 */
export function compileReader(type: AvroType, wanted: Wanted = true, seen = new Map<AvroType, Read>()): Read {
  const base = compileBase(type, wanted, seen)
  const { logical } = type
  switch (logical?.logical) {
    case 'time': return (cursor) => Math.floor(Number(base(cursor)) * logical.msPerUnit)
    case 'date': return (cursor) => Number(base(cursor)) * ONE_MS_DAY
    case 'decimal': return (cursor) => decimal(base(cursor) as Buffer, logical.scale)
    default: return base
  }
}

function compileBase(type: AvroType, wanted: Wanted, seen: Map<AvroType, Read>): Read {
  switch (type.kind) {
    case 'null': return () => null
    case 'boolean': return (cursor) => cursor.boolean()
    case 'int':
    case 'long': return (cursor) => cursor.long()
    case 'float': return (cursor) => cursor.float()
    case 'double': return (cursor) => cursor.double()
    case 'bytes': return (cursor) => cursor.bytes(cursor.size())
    case 'string': return (cursor) => cursor.string()
    case 'fixed': return (cursor) => cursor.bytes(type.size)
    case 'enum': return (cursor) => pick(type.symbols, cursor.size(), 'symbol')
    case 'array': return arrayReader(type.items, seen)
    case 'map': return mapReader(type.values, seen)
    case 'union': {
      const branches = type.branches.map((branch) => compileReader(branch, wanted, seen))
      return (cursor) => pick(branches, cursor.size(), 'branch')(cursor)
    }
    case 'record': return recordReader(type, wanted, seen)
  }
}

function pick<T>(choices: readonly T[], index: number, what: string): T {
  return index < choices.length ? choices[index] : refuse('UNDECODABLE', `${what} ${index} of ${choices.length}: the value was written with another schema`)
}

function arrayReader(items: AvroType, seen: Map<AvroType, Read>): Read {
  const read = compileReader(items, true, seen)
  const least = bytesMin(items)
  return (cursor) => {
    const list: unknown[] = []
    for (let count = cursor.blockCount(least); count > 0; count = cursor.blockCount(least)) while (count-- > 0) list.push(read(cursor))
    return list
  }
}

function mapReader(values: AvroType, seen: Map<AvroType, Read>): Read {
  const read = compileReader(values, true, seen)
  const least = 1 + bytesMin(values)
  return (cursor) => {
    const map = new Map<string, unknown>()
    for (let count = cursor.blockCount(least); count > 0; count = cursor.blockCount(least)) {
      while (count-- > 0) map.set(cursor.commonString(), read(cursor))
    }
    return map
  }
}

function recordReader(type: AvroType & { kind: 'record' }, wanted: Wanted, seen: Map<AvroType, Read>): Read {
  const known = wanted === true ? seen.get(type) : undefined
  if (known !== undefined) return known
  const fields: { name: string; read: Read; kept: boolean }[] = []
  const read: Read = (cursor) => {
    const record: Record<string, unknown> = {}
    for (const field of fields) {
      const value = field.read(cursor)
      if (field.kept) record[field.name] = value
    }
    return record
  }
  if (wanted === true) seen.set(type, read)
  for (const { name, type: fieldType } of type.fields) {
    const part = wanted === true ? true : wanted.get(name)
    if (part === undefined) fields.push({ name, read: compileSkip(fieldType), kept: false })
    else fields.push({ name, read: compileReader(fieldType, part, part === true ? seen : new Map<AvroType, Read>()), kept: true })
  }
  return read
}

/** Passes over a value without making it. */
export function compileSkip(type: AvroType): Read {
  switch (type.kind) {
    case 'float': return (cursor) => { cursor.skip(4) }
    case 'double': return (cursor) => { cursor.skip(8) }
    case 'bytes':
    case 'string': return (cursor) => { cursor.skip(cursor.size()) }
    case 'fixed': return (cursor) => { cursor.skip(type.size) }
    default: {
      const read = compileBase(type, true, new Map())
      return (cursor) => { read(cursor) }
    }
  }
}

/** The least bytes that a value takes; a record inside itself counts as nothing. */
function bytesMin(type: AvroType, within: readonly AvroType[] = []): number {
  switch (type.kind) {
    case 'null': return 0
    case 'float': return 4
    case 'double': return 8
    case 'fixed': return type.size
    case 'record': return within.includes(type) ? 0 : type.fields.reduce((sum, field) => sum + bytesMin(field.type, [...within, type]), 0)
    default: return 1
  }
}

/** Two's complement, big-endian, unscaled. */
function decimal(unscaled: Buffer, scale: number): number {
  if (unscaled.length === 0) return 0
  const magnitude = BigInt.asIntN(8 * unscaled.length, BigInt(`0x${unscaled.toString('hex')}`))
  return Number(magnitude) / 10 ** scale
}
