/** Avro schemas as a small resolved tree: names looked up, logical types noted. Parsing and checking are avsc's. */
import avro from 'avsc'
import type { Type } from 'avsc'

/** How a number or its bytes are to be read: milliseconds in one unit of a time, or the scale of a decimal. */
export type Logical = { logical: 'time'; msPerUnit: number } | { logical: 'date' } | { logical: 'decimal'; scale: number }

export interface AvroField {
  name: string
  type: AvroType
}

export type AvroType = { logical?: Logical } & (
  | { kind: 'null' | 'boolean' | 'int' | 'long' | 'float' | 'double' | 'bytes' | 'string' }
  | { kind: 'fixed'; size: number }
  | { kind: 'enum'; symbols: readonly string[] }
  | { kind: 'array'; items: AvroType }
  | { kind: 'map'; values: AvroType }
  | { kind: 'union'; branches: readonly AvroType[] }
  | { kind: 'record'; name: string; fields: readonly AvroField[] })

/** What an id stands for. */
export type WriterSchema =
  | { format: 'avro'; type: AvroType }
  /** JSON behind the registry's framing */
  | { format: 'json' }
  /** a schema that cannot be used: Protobuf, or one that is itself wrong */
  | { format: 'unusable'; reason: string }

const timeUnits: Readonly<Record<string, number>> = {
  'timestamp-millis': 1, 'timestamp-micros': 1e-3, 'timestamp-nanos': 1e-6,
  'local-timestamp-millis': 1, 'local-timestamp-micros': 1e-3, 'local-timestamp-nanos': 1e-6,
}

/** avsc keeps no attributes of logical types that it does not know, so it is told of those that matter. */
class Known extends avro.types.LogicalType {
  logical: Logical
  constructor(schema: { logicalType: string; scale?: number }, options: unknown) {
    super(schema as never, options)
    const msPerUnit = timeUnits[schema.logicalType]
    if (msPerUnit !== undefined) this.logical = { logical: 'time', msPerUnit }
    else this.logical = schema.logicalType === 'date' ? { logical: 'date' } : { logical: 'decimal', scale: schema.scale ?? 0 }
  }
}

const logicalTypes = Object.fromEntries([...Object.keys(timeUnits), 'date', 'decimal'].map((name) => [name, Known]))

/**
 * Parses a schema.
 * @param references schemas of named types that it uses, each after those that it uses itself
 * @throws Error naming what is wrong with the schema
 */
export function parseSchema(schema: unknown, references: readonly unknown[] = []): AvroType {
  const registry = {}
  const options = { registry, logicalTypes, wrapUnions: 'always' as const }
  for (const reference of references) avro.Type.forSchema(reference as never, options as never)
  return walk(avro.Type.forSchema(schema as never, options as never), new Map())
}

/** The members of avsc's types that its typings leave open. */
type Open = Type & {
  fields: { name: string; type: Open }[]
  itemsType: Open
  valuesType: Open
  types: Open[]
  symbols: string[]
  size: number
  underlyingType: Open
  logical: Logical
}

function walk(given: Type, seen: Map<Type, AvroType>): AvroType {
  const type = given as Open
  const known = seen.get(type)
  if (known !== undefined) return known
  const { typeName } = type
  if (typeName.startsWith('logical:')) {
    const underlying = walk(type.underlyingType, new Map(seen))
    return { ...underlying, logical: type.logical }
  }
  if (typeName.startsWith('union:')) return { kind: 'union', branches: type.types.map((branch) => walk(branch, seen)) }
  switch (typeName) {
    case 'record':
    case 'error': {
      const fields: AvroField[] = []
      const record: AvroType = { kind: 'record', name: type.name ?? '', fields }
      seen.set(type, record)
      for (const field of type.fields) fields.push({ name: field.name, type: walk(field.type, seen) })
      return record
    }
    case 'array': return { kind: 'array', items: walk(type.itemsType, seen) }
    case 'map': return { kind: 'map', values: walk(type.valuesType, seen) }
    case 'enum': return { kind: 'enum', symbols: type.symbols }
    case 'fixed': return { kind: 'fixed', size: type.size }
    default: {
      const kind = typeName.replace('abstract:', '') as 'null'
      return { kind }
    }
  }
}

/** The type behind `null | type`, and at which index the null stands; a plain type has nullAt −1. Null when it is another union. */
export function optional(type: AvroType): { type: AvroType; nullAt: number } | null {
  if (type.kind !== 'union') return { type, nullAt: -1 }
  const nullAt = type.branches.findIndex((branch) => branch.kind === 'null')
  if (type.branches.length !== 2 || nullAt < 0) return null
  return { type: type.branches[1 - nullAt], nullAt }
}

/** Times are not features: a clock always drifts. */
export const isTime = (type: AvroType): boolean => type.logical?.logical === 'time' || type.logical?.logical === 'date'
