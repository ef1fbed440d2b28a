/** Bytes of an input topic → a record, or a code that says why not. */
import { isUtf8 } from 'node:buffer'
import { StewardError } from '../errors.ts'
import type { Decoded, InputRole, OutputRole, RawRecord, RecordDecoder } from '../engine/ports.ts'
import { Cursor } from './avro-cursor.ts'
import { compileReader } from './avro-reader.ts'
import type { Read } from './avro-reader.ts'
import type { AvroType, WriterSchema } from './avro-schema.ts'
import { Refusal, refuse } from './codes.ts'
import { ShapeTable } from './features.ts'
import { compileFlat } from './flat.ts'
import { generalReader, schemaKinds, wantedFields } from './general.ts'
import type { FromValue } from './general.ts'
import { resolveMapping } from './mapping.ts'
import type { FieldMapping, MappedRole, ResolvedMapping } from './mapping.ts'
import type { SchemaSource } from './schemas.ts'
import { stateCodec } from './state.ts'
import { fromWire } from './wire.ts'
import { isInternal } from './own.ts'

export interface DecoderOptions {
  /** absent: values with a schema id in front are refused as UNKNOWN_SCHEMA */
  schemas?: SchemaSource
  /** fields of input topics that are not ours */
  mappings?: Partial<Readonly<Record<MappedRole, FieldMapping>>>
  /** larger values are refused as OVERSIZED; default 1 MiB; `panes` are ours and not limited */
  valueBytesMax?: number
}

/** Decodes inputs, and our own outputs of any schema version, for those who read them back: the command line, tests. */
export interface Decoder extends RecordDecoder {
  /** `pending`: await `prepareOutput(bytes)` and call again */
  decodeOutput(role: OutputRole, bytes: Uint8Array): Decoded<unknown> | { ok: 'pending' }
  prepareOutput(bytes: Uint8Array): Promise<void>
}

const VALUE_BYTES_MAX = 1024 * 1024
/** magic byte and a four-byte schema id */
const FRAME_BYTES = 5

type FromAvro = (cursor: Cursor, raw: RawRecord) => unknown

/** How to read one role: from a decoded value, and from Avro bytes by schema id. */
interface RoleReader {
  fromValue(value: unknown, raw: RawRecord): unknown
  compile(type: AvroType): FromAvro
  byId: Map<number, FromAvro>
}

/**
 * A decoder for all input roles. Each value may be Avro behind the registry's framing (byte 0, schema id) or a JSON object; `panes`
 * are the state codec's.
 */
export function createDecoder({ schemas, mappings = {}, valueBytesMax = VALUE_BYTES_MAX }: DecoderOptions = {}): Decoder {
  const shapes = new ShapeTable()
  const cursor = new Cursor()
  const readers = new Map<Role, RoleReader>()
  const readerOf = (role: Role): RoleReader => {
    const reader = readers.get(role) ?? createReader(role, mappings, shapes)
    readers.set(role, reader)
    return reader
  }

  const fromFramed = (role: Role, bytes: Buffer, raw: RawRecord): unknown => {
    if (bytes.length < FRAME_BYTES) return refuse('UNDECODABLE', `${bytes.length} bytes: too short for a schema id`)
    const id = bytes.readUInt32BE(1)
    const reader = readerOf(role)
    let read = reader.byId.get(id)
    if (read === undefined) {
      const schema = schemas === undefined ? null : schemas.get(id)
      if (schema === undefined) return PENDING
      const usable = usableSchema(schema, id, schemas !== undefined)
      if (usable.format === 'json') return reader.fromValue(parseJson(bytes.subarray(FRAME_BYTES)), raw)
      read = reader.compile(usable.type)
      reader.byId.set(id, read)
    }
    cursor.reset(bytes, FRAME_BYTES)
    return read(cursor, raw)
  }

  const read = (role: Role, raw: RawRecord, bytesMax: number): unknown => {
    const { value } = raw
    if (value === null) return refuse('NO_VALUE', 'the record has no value')
    if (isInternal(role)) return stateCodec.decode(value)
    if (value.length > bytesMax) return refuse('OVERSIZED', `${value.length} bytes; the limit is ${bytesMax}`)
    const bytes = value instanceof Buffer ? value : Buffer.from(value.buffer, value.byteOffset, value.byteLength)
    if (bytes[0] === 0) return fromFramed(role, bytes, raw)
    return readerOf(role).fromValue(parseJson(bytes), raw)
  }

  const decode = (role: Role, raw: RawRecord, bytesMax: number): Decoded<unknown> | { ok: 'pending' } => {
    try {
      const record = read(role, raw, bytesMax)
      return record === PENDING ? pending : { ok: true, record }
    } catch (error) {
      return refused(error)
    }
  }
  const load = async (value: Uint8Array | null): Promise<void> => {
    if (value === null || value.length < FRAME_BYTES || value[0] !== 0) return
    await schemas?.load(new DataView(value.buffer, value.byteOffset).getUint32(1))
  }
  return {
    decode: (role, raw) => decode(role, raw, valueBytesMax),
    prepare: (_role, { value }) => load(value),
    decodeOutput: (role, bytes) => decode(role, { offset: 0, timestampMs: 0, key: null, value: bytes, headers: {} }, Infinity),
    prepareOutput: load,
  }
}

type Role = InputRole | OutputRole

const PENDING = Symbol('pending')
const pending = { ok: 'pending' } as const

function refused(error: unknown): Decoded<never> {
  if (error instanceof Refusal) return { ok: false, code: error.code, message: error.message }
  if (error instanceof StewardError) throw error
  // nothing that a record holds may stop a task: a nesting too deep for the stack, bytes that an internal format does not know
  return { ok: false, code: 'UNDECODABLE', message: `the value cannot be read: ${(error as Error).message}` }
}

function usableSchema(schema: WriterSchema | null, id: number, asked: boolean): Exclude<WriterSchema, { format: 'unusable' }> {
  if (schema === null) {
    return refuse('UNKNOWN_SCHEMA', asked
      ? `neither the registry nor \`schemaFiles\` knows schema id ${id}: register it or map it to a file, then redrive`
      : `the value names schema id ${id}, but there is neither a registry nor \`schemaFiles\` in the configuration`)
  }
  return schema.format === 'unusable' ? refuse('UNSUPPORTED', `schema id ${id} cannot be used: ${schema.reason}`) : schema
}

/** A byte order mark, which some producers on Windows write. */
const startsWithMark = (bytes: Buffer): boolean => bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf

function parseJson(bytes: Buffer): unknown {
  if (!isUtf8(bytes)) return refuse('UNDECODABLE', 'neither Avro behind a schema id nor JSON: the bytes are not UTF-8')
  let value: unknown
  try {
    value = JSON.parse(bytes.toString('utf8', startsWithMark(bytes) ? 3 : 0))
  } catch (error) {
    return refuse('UNDECODABLE', `neither Avro behind a schema id nor JSON: ${(error as Error).message.slice(0, 80)}`)
  }
  if (Array.isArray(value)) return refuse('UNSUPPORTED', 'a list of records in one value: send one record in each')
  return typeof value === 'object' && value !== null ? value : refuse('WRONG_TYPE', 'the value must be a JSON object')
}

function createReader(role: Role, mappings: DecoderOptions['mappings'] & object, shapes: ShapeTable): RoleReader {
  if (role === 'predictions' || role === 'labels' || role === 'features') {
    const mapping = resolveMapping(role, mappings[role])
    const fromValue = generalReader(mapping, shapes)
    return { fromValue, compile: (type) => compileMapped(type, mapping, fromValue, shapes), byId: new Map() }
  }
  if (isInternal(role)) throw new TypeError(`${role} is decoded by the state codec`)
  const fromValue = (value: unknown): unknown => fromWire(role, value)
  return { fromValue, compile: (type) => whole(compileReader(type), fromValue), byId: new Map() }
}

function compileMapped(type: AvroType, mapping: ResolvedMapping, fromValue: FromValue, shapes: ShapeTable): FromAvro {
  const flat = compileFlat(type, mapping, shapes)
  if (flat !== null) return flat
  const kinds = schemaKinds(type, mapping.features)
  return whole(compileReader(type, wantedFields(mapping)), (value, raw) => fromValue(value, raw, kinds))
}

/** Reads the whole value before anything looks at it: bytes left over betray another schema. */
function whole(read: Read, then: (value: unknown, raw: RawRecord) => unknown): FromAvro {
  return (cursor, raw) => {
    const value = read(cursor)
    cursor.finish()
    return then(value, raw)
  }
}
