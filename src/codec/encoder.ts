/** Records → bytes: Avro behind the registry's framing, or JSON; the state codec for what only we read. */
import avro from 'avsc'
import type { Type } from 'avsc'
import type { DeadLetter, DecideEvent } from '../core/records.ts'
import type { Headers, InputRole, OutputRole, RecordEncoder } from '../engine/ports.ts'
import { isInternal, ownSchema } from './own.ts'
import type { SchemaRole } from './own.ts'
import type { Registry } from './registry.ts'
import { stateCodec } from './state.ts'
import { toWire } from './wire.ts'
import type { WireFormat } from './wire.ts'

export interface EncoderOptions {
  /** default: avro where there is a registry, else json */
  format?: WireFormat
  /** where schemas are registered at start; needed for avro */
  registry?: Registry | null
  /** topic of each role, for the subject `<topic>-value`; default: the role's name */
  topics?: Partial<Readonly<Record<OutputRole | InputRole, string>>>
  /** roles whose schemas are registered at start: what this process will write; default: all that decide writes, and dead letters */
  roles?: readonly SchemaRole[]
  /** `ce_source`: who emits; default `/model-steward` */
  source?: string
}

/** Encodes outputs, and inputs where the program itself writes them: commands, policies, profiles, ticks, captures. */
export interface Encoder extends RecordEncoder {
  encodeInput(role: InputRole, record: unknown): { value: Uint8Array; headers: Headers }
}

const outputRoles: readonly SchemaRole[] = [
  'profiles', 'retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'dead-letters',
]

const FRAME_BYTES = 5
const NO_HEADERS: Headers = {}

/**
 * Makes an encoder; with `avro`, registers our schemas first. Equal records give equal bytes.
 * @throws StewardError REGISTRY_UNAVAILABLE, SCHEMA_INCOMPATIBLE
 */
export async function createEncoder(options: EncoderOptions = {}): Promise<Encoder> {
  const { registry = null, topics = {}, roles = outputRoles, source = '/model-steward' } = options
  const format = options.format ?? (registry === null ? 'json' : 'avro')
  const writers = new Map<string, { id: number; type: Type }>()
  if (format === 'avro') {
    for (const role of roles) writers.set(role, await avroWriter(role, topics[role] ?? role, registry))
  }

  const encodeRecord = (role: SchemaRole, record: { kind: string }): Uint8Array => {
    if (format === 'json') return Buffer.from(JSON.stringify(toWire(record, 'json'), finiteOrText))
    const writer = writers.get(role)
    if (writer === undefined) throw new TypeError(`the schema of '${role}' was not registered at start: name it under roles`)
    return framed(writer.id, writer.type.toBuffer(toWire(record, 'avro')))
  }

  return {
    encode(role, value) {
      if (isInternal(role)) return { value: stateCodec.encode(value), headers: NO_HEADERS }
      return { value: encodeRecord(role, value as { kind: string }), headers: cloudEvent(value as DecideEvent | DeadLetter, source, format) }
    },
    encodeInput(role, record) {
      if (isInternal(role)) return { value: stateCodec.encode(record), headers: NO_HEADERS }
      return { value: encodeRecord(role, record as { kind: string }), headers: NO_HEADERS }
    },
  }
}

async function avroWriter(role: SchemaRole, topic: string, registry: Registry | null): Promise<{ id: number; type: Type }> {
  if (registry === null) throw new TypeError('avro needs a registry')
  const schema = ownSchema(role)
  return { id: await registry.register(`${topic}-value`, schema), type: avro.Type.forSchema(schema as never) }
}

function framed(id: number, body: Buffer): Buffer {
  const value = Buffer.allocUnsafe(FRAME_BYTES + body.length)
  value[0] = 0
  value.writeUInt32BE(id, 1)
  body.copy(value, FRAME_BYTES)
  return value
}

/** JSON has no word for the non-finite numbers; the decoder takes these. */
const finiteOrText = (_key: string, value: unknown): unknown => (typeof value === 'number' && !Number.isFinite(value) ? String(value) : value)

/** CloudEvents 1.0, Kafka binding, binary mode: attributes that follow from the event alone. */
function cloudEvent(event: DecideEvent | DeadLetter, source: string, format: WireFormat): Headers {
  const time = event.kind === 'dead-letter' ? event.timestampMs : event.kind === 'profile' ? event.effectiveFrom : event.at
  return {
    ce_specversion: '1.0',
    ce_id: eventId(event),
    ce_source: source,
    ce_type: `io.modelsteward.${event.kind}`,
    ...(time === null ? {} : { ce_time: new Date(time).toISOString() }),
    'content-type': format === 'json' ? 'application/json' : 'application/avro',
  }
}

function eventId(event: DecideEvent | DeadLetter): string {
  if (event.kind === 'serving-config') return `${event.model}/${event.sequence}`
  return event.kind === 'profile' ? `${event.model}/${event.version}` : event.id
}
