/** Our Avro readers against avsc's: two general implementations of one format, and the flat one against both. */
import avro from 'avsc'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../src/codec/avro-cursor.ts'
import { compileReader } from '../../src/codec/avro-reader.ts'
import { parseSchema } from '../../src/codec/avro-schema.ts'
import { Refusal } from '../../src/codec/codes.ts'
import { ShapeTable } from '../../src/codec/features.ts'
import { compileFlat } from '../../src/codec/flat.ts'
import { generalReader, schemaKinds } from '../../src/codec/general.ts'
import { resolveMapping } from '../../src/codec/mapping.ts'
import { raw } from './helpers.ts'

type Schema = string | { type: unknown } | Schema[]
interface Sample { schema: Schema; value: unknown }

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const scalars: fc.Arbitrary<Sample>[] = [
  fc.double().map((value) => ({ schema: 'double', value })),
  fc.float().map((value) => ({ schema: 'float', value })),
  // avsc writes no long at the very ends
  fc.maxSafeInteger().filter((value) => Math.abs(value) < Number.MAX_SAFE_INTEGER).map((value) => ({ schema: 'long', value })),
  fc.integer().map((value) => ({ schema: 'int', value })),
  fc.boolean().map((value) => ({ schema: 'boolean', value })),
  text.map((value) => ({ schema: 'string', value })),
  fc.constantFrom('A', 'B').map((value) => ({ schema: { type: 'enum', name: 'E', symbols: ['A', 'B'] }, value })),
]
const nullable = (sample: fc.Arbitrary<Sample>) => fc.tuple(sample, fc.boolean(), fc.boolean())
  .map(([{ schema, value }, absent, nullFirst]) => ({ schema: nullFirst ? ['null', schema] : [schema, 'null'], value: absent ? null : value }))
const flatField = fc.oneof(...scalars, ...scalars.map(nullable))

/** Types and values of every kind; names of named types are made unique afterwards. */
const { tree } = fc.letrec<{ tree: Sample }>((tie) => ({
  tree: fc.oneof(
    { maxDepth: 3 },
    flatField,
    fc.uint8Array().map((bytes) => ({ schema: 'bytes', value: Buffer.from(bytes) })),
    fc.tuple(tie('tree'), fc.nat(5)).map(([{ schema, value }, n]) => ({ schema: { type: 'array', items: schema }, value: Array.from({ length: n }, () => value) })),
    fc.tuple(tie('tree'), fc.uniqueArray(text, { maxLength: 5 }))
      .map(([{ schema, value }, keys]) => ({ schema: { type: 'map', values: schema }, value: Object.fromEntries(keys.filter((key) => key !== '__proto__').map((key) => [key, value])) })),
    fc.array(tie('tree'), { minLength: 1, maxLength: 6 }).map((members) => ({
      schema: { type: 'record', name: 'R', fields: members.map(({ schema }, i) => ({ name: `f${i}`, type: schema })) },
      value: Object.fromEntries(members.map(({ value }, i) => [`f${i}`, value])),
    })),
  ),
}))

function uniqueNames(schema: unknown, counter = { n: 0 }): unknown {
  if (Array.isArray(schema)) return schema.map((branch) => uniqueNames(branch, counter))
  if (typeof schema !== 'object' || schema === null) return schema
  const node = Object.fromEntries(Object.entries(schema).map(([key, part]) => [key, key === 'symbols' ? part : uniqueNames(part, counter)]))
  return 'type' in node && ['record', 'enum'].includes(node.type as string) ? { ...node, name: `N${counter.n++}` } : node
}

/** As plain data: our reader gives Maps, avsc's gives instances. */
function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value as Map<string, unknown>].map(([key, member]) => [key, plain(member)]))
  if (Array.isArray(value)) return value.map(plain)
  if (value instanceof Uint8Array) return [...value]
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, plain(member)]))
}

function read(bytes: Buffer, schema: unknown): unknown {
  const cursor = new Cursor()
  cursor.reset(bytes, 0)
  const value = compileReader(parseSchema(schema))(cursor)
  cursor.finish()
  return value
}

describe('the general Avro reader', () => {
  it('reads what avsc wrote as avsc reads it', () => {
    fc.assert(fc.property(tree, (sample) => {
      const schema = uniqueNames(sample.schema)
      const type = avro.Type.forSchema(schema as never, { wrapUnions: 'never' })
      const bytes = type.toBuffer(sample.value)
      expect(plain(read(bytes, schema))).toStrictEqual(plain(type.fromBuffer(bytes)))
    }), { numRuns: 400 })
  })

  it('refuses every truncation without reading past the end', () => {
    fc.assert(fc.property(tree, fc.nat(), (sample, cut) => {
      const schema = uniqueNames(sample.schema)
      const bytes = avro.Type.forSchema(schema as never, { wrapUnions: 'never' }).toBuffer(sample.value)
      fc.pre(bytes.length > 0)
      let thrown: unknown = null
      try {
        read(bytes.subarray(0, cut % bytes.length), schema)
      } catch (error) {
        thrown = error
      }
      expect(thrown).toBeInstanceOf(Refusal)
    }), { numRuns: 300 })
  })

  it('reads blocks that carry their size, as Java may write them', () => {
    expect(read(Buffer.from([0x03, 0x04, 0x02, 0x04, 0x00]), { type: 'array', items: 'int' })).toEqual([1, 2])
  })

  it('reads a record that holds itself', () => {
    const schema = { type: 'record', name: 'Node', fields: [{ name: 'n', type: 'int' }, { name: 'next', type: ['null', 'Node'] }] }
    expect(read(Buffer.from([2, 2, 4, 0]), schema)).toEqual({ n: 1, next: { n: 2, next: null } })
  })

  it('keeps longs beyond 2^53 exact', () => {
    expect(read(Buffer.from('feffffffffffffffff01', 'hex'), 'long')).toBe(2n ** 63n - 1n)
    expect(read(Buffer.from('ffffffffffffffffff01', 'hex'), 'long')).toBe(-(2n ** 63n))
    expect(read(Buffer.from('fdffffffffffff1f', 'hex'), 'long')).toBe(Number.MIN_SAFE_INTEGER)
    expect(read(Buffer.from('feffffffffffff1f', 'hex'), 'long')).toBe(Number.MAX_SAFE_INTEGER)
  })
})

describe('the flat reader', () => {
  const mapping = resolveMapping('features', { time: 'id.t', id: 'id.i' })
  const head = { type: 'record', name: 'Id', fields: [{ name: 'i', type: 'string' }, { name: 't', type: { type: 'long', logicalType: 'timestamp-millis' } }] }

  it('gives what the general one gives, in the same shape object', () => {
    fc.assert(fc.property(fc.array(flatField, { maxLength: 20 }), text.filter((id) => id !== ''), (columns, id) => {
      const fields = [{ name: 'id', type: head }, { name: 'model', type: 'string' }, ...columns.map(({ schema }, i) => ({ name: `c${i}`, type: schema }))]
      const schema = uniqueNames({ type: 'record', name: 'R', fields })
      const value = { id: { i: id, t: 1e12 }, model: 'm', ...Object.fromEntries(columns.map((column, i) => [`c${i}`, column.value])) }
      const bytes = avro.Type.forSchema(schema as never, { wrapUnions: 'never' }).toBuffer(value)
      const shapes = new ShapeTable()
      const type = parseSchema(schema)
      const flat = compileFlat(type, mapping, shapes)
      expect(flat).not.toBeNull()
      const cursor = new Cursor()
      cursor.reset(bytes, 0)
      const fast = flat!(cursor, raw(bytes))
      const slow = generalReader(mapping, shapes)(read(bytes, schema), raw(bytes), schemaKinds(type, mapping.features))
      expect(fast).toStrictEqual(slow)
      expect('vector' in fast && 'vector' in slow && fast.vector.shape === slow.vector.shape).toBe(true)
    }), { numRuns: 300 })
  })

  it('leaves lists, maps and mixed unions to the general one', () => {
    const of = (type: unknown) => compileFlat(parseSchema({ type: 'record', name: 'R', fields: [{ name: 'x', type }] }), mapping, new ShapeTable())
    expect([{ type: 'array', items: 'int' }, { type: 'map', values: 'int' }, ['int', 'string']].map(of)).toEqual([null, null, null])
  })
})
