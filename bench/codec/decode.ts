/**
 * Decoding the records of workload W1: ours against avsc with a cached type, the same bytes in the same run.
 * `npx tsx bench/codec/decode.ts`
 */
import avro from 'avsc'
import { createDecoder } from '../../src/codec/decoder.ts'
import { framed, known, raw, w1 } from '../../test/codec/helpers.ts'
import { whenStarted, type Task } from '../core/per-record.ts'

const RECORDS = 2_000
const T = 1_767_225_600_000
const categories = Array.from({ length: 40 }, (_, i) => `k${String(i).padStart(2, '0')}`)
const id = (i: number) => (i * 2654435761 % 2 ** 32).toString(16).padStart(16, '0')
const base = (i: number) => ({ inferenceId: id(i), model: 'm00' })

/** Records of one fetch lie in one buffer, as Kafka delivers them. */
function fetched(schemaId: number, schema: unknown, make: (i: number) => unknown): Buffer[] {
  const type = avro.Type.forSchema(schema as never)
  const values = Array.from({ length: RECORDS }, (_, i) => framed(schemaId, type.toBuffer(make(i))))
  const whole = Buffer.concat(values)
  let at = 0
  return values.map((value) => whole.subarray(at, at += value.length))
}

const features = fetched(1, w1.features, (i) => ({
  ...base(i), observedAt: T + i, c0: 'abcde'[i % 5], c1: categories[i % 40],
  ...Object.fromEntries(Array.from({ length: 12 }, (_, j) => [`x${j}`, Math.sin(i * 12 + j)])),
}))
const predictions = fetched(2, w1.prediction, (i) => ({
  ...base(i), version: 'v1', predictedAt: T + i, score: i / RECORDS, decision: i % 2 === 0, latencyMs: 4.5, segment: `seg${i % 4}`,
}))
const labels = fetched(3, w1.label, (i) => ({ ...base(i), observedAt: T + i, value: i % 3 === 0 }))
const json = features.map((value) => Buffer.from(JSON.stringify(avro.Type.forSchema(w1.features as never).fromBuffer(value.subarray(5)))))

const decoder = createDecoder({ schemas: known({ 1: w1.features, 2: w1.prediction, 3: w1.label }), mappings: { predictions: { segments: { segment: 'segment' } } } })
const wrapped = (values: Buffer[]) => values.map((value) => raw(value))
const all = { features: wrapped(features), predictions: wrapped(predictions), labels: wrapped(labels) }

const type = avro.Type.forSchema(w1.features as never)
const jsonRecords = wrapped(json)
export const tasks: readonly Task[] = [
  ...(['features', 'predictions', 'labels'] as const).map((role): Task => (
    { name: `decode W1 ${role}, flat`, records: RECORDS, run: () => { for (const record of all[role]) decoder.decode(role, record) } })),
  { name: 'decode W1 features as JSON', records: RECORDS, run: () => { for (const record of jsonRecords) decoder.decode('features', record) } },
  { name: 'decode W1 features, avsc alone, no mapping', records: RECORDS, run: () => { for (const value of features) type.fromBuffer(value.subarray(5)) } },
]

await whenStarted(import.meta.url, tasks)
