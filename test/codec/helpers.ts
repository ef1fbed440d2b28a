/** Avro values and raw records for codec tests; avsc writes, so that our reader never checks itself. */
import avro from 'avsc'
import type { RawRecord } from '../../src/engine/ports.ts'
import { parseSchema } from '../../src/codec/avro-schema.ts'
import type { WriterSchema } from '../../src/codec/avro-schema.ts'
import type { SchemaSource } from '../../src/codec/schemas.ts'

export const raw = (value: Uint8Array | null, extra: Partial<RawRecord> = {}): RawRecord => ({ offset: 0, timestampMs: 0, key: null, value, headers: {}, ...extra })

export const json = (value: unknown): RawRecord => raw(Buffer.from(JSON.stringify(value)))

export function framed(id: number, body: Uint8Array): Buffer {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(id, 1)
  return Buffer.concat([head, body])
}

/** A record as somebody's serialiser writes it. */
export const written = (id: number, schema: unknown, value: unknown): RawRecord =>
  raw(framed(id, avro.Type.forSchema(schema as never, { wrapUnions: 'auto' }).toBuffer(value)))

/** Schemas that are all known from the start. */
export function known(schemas: Readonly<Record<number, unknown>>): SchemaSource {
  const byId = new Map<number, WriterSchema>(Object.entries(schemas).map(([id, schema]) => [Number(id), { format: 'avro', type: parseSchema(schema) }]))
  return { get: (id) => byId.get(id) ?? null, load: () => Promise.resolve() }
}

const time = { type: 'long', logicalType: 'timestamp-millis' }
const fields = (types: Record<string, unknown>) => Object.entries(types).map(([name, type]) => ({ name, type }))

/** The records of workload W1: twelve doubles and two strings, flat. */
export const w1 = {
  features: {
    type: 'record', name: 'W1Features',
    fields: fields({
      inferenceId: 'string', model: 'string', observedAt: time,
      ...Object.fromEntries(Array.from({ length: 12 }, (_, i) => [`x${i}`, 'double'])), c0: 'string', c1: 'string',
    }),
  },
  prediction: {
    type: 'record', name: 'W1Prediction',
    fields: fields({
      inferenceId: 'string', model: 'string', version: 'string', predictedAt: time, score: 'double', decision: 'boolean', latencyMs: 'double', segment: 'string',
    }),
  },
  label: { type: 'record', name: 'W1Label', fields: fields({ inferenceId: 'string', model: 'string', observedAt: time, value: 'boolean' }) },
}
