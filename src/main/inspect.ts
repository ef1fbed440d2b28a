/** Looking at a running cluster: views, events, captures, dead letters. */
import type { Kafka } from 'kafkajs'
import type { CaptureOptions, CaptureRecord, DeadLetterFilter, DeadLetterRow, FoundEvent, ModelView } from '../cli/services.ts'
import type { Decoder } from '../codec/decoder.ts'
import { toWire } from '../codec/wire.ts'
import type { Config } from '../config/config.ts'
import type { DeadLetter, Decision, EventBase } from '../core/records.ts'
import { MODELS_VIEW } from '../engine/programs/decide.ts'
import type { InputRole, OutputRole, Sink, StateStore } from '../engine/ports.ts'
import type { Log } from '../telemetry/log.ts'
import { topicOf } from './clients.ts'
import { readTopic, type TopicRecord } from './read-topic.ts'

/** What a look needs. */
export interface Reach {
  config: Config
  kafka: Kafka
  decoder: Decoder
  log: Log
}

const captured: readonly InputRole[] = ['policies', 'profiles', 'candidates', 'commands', 'ticks', 'features', 'predictions', 'labels']
const looked: readonly OutputRole[] = ['retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions']

export async function views(store: StateStore, model: string | null): Promise<ModelView[]> {
  const names = model === null ? (await store.view('decide', MODELS_VIEW)).flatMap((list) => JSON.parse(list) as string[]).sort() : [model]
  const found = await Promise.all(names.map(async (name) => newest((await store.view('decide', name)).map((view) => JSON.parse(view) as ModelView))))
  return found.filter((view) => view !== null)
}

/** A model whose partition moved with a repartition has an old view too. */
function newest(held: readonly ModelView[]): ModelView | null {
  return held.reduce<ModelView | null>((best, view) => (best === null || (view.panes.lastEndMs ?? 0) > (best.panes.lastEndMs ?? 0) ? view : best), null)
}

/** Every input record of the topics as of the call, in capture form. */
export async function* capture({ config, kafka, decoder, log }: Reach, { sinceMs, untilMs, models, onProgress, signal }: CaptureOptions): AsyncGenerator<CaptureRecord> {
  let done = 0
  for (const role of captured) {
    for await (const raw of readTopic(config, kafka, role, log, signal)) {
      if (raw.timestampMs < (sinceMs ?? -Infinity) || raw.timestampMs >= (untilMs ?? Infinity)) continue
      const record = await captureRecord(decoder, role, raw)
      if (models !== null && !models.includes(modelOf(record) ?? '')) continue
      yield record
      if (++done % 1000 === 0) onProgress({ phase: `capturing ${role}`, done, total: null })
    }
  }
}

/** A value that cannot be decoded is kept as its bytes. */
async function captureRecord(decoder: Decoder, role: InputRole, raw: TopicRecord): Promise<CaptureRecord> {
  let decoded = decoder.decode(role, raw)
  if (decoded.ok === 'pending') {
    await decoder.prepare(role, raw)
    decoded = decoder.decode(role, raw)
  }
  const { partition, offset, timestampMs, key, headers, value } = raw
  const base = { topic: role, partition, offset, timestampMs, key: key === null ? null : Buffer.from(key).toString(), headers }
  if (decoded.ok === true) return { ...base, value: toWire(decoded.record as { kind: string }, 'json') }
  return value === null ? { ...base, value: null } : { ...base, value: null, valueBase64: Buffer.from(value).toString('base64') }
}

const modelOf = ({ value }: CaptureRecord): string | null => (value as { model?: string } | null)?.model ?? null

/** Finds an event, or the decision that names it, by id. */
export async function findEvent({ config, kafka, decoder, log }: Reach, id: string, signal: AbortSignal): Promise<FoundEvent> {
  const found: FoundEvent = { event: null, decision: null }
  for (const role of looked) {
    for await (const raw of readTopic(config, kafka, role, log, signal)) {
      const event = await decodeOutput<EventBase & Partial<Decision>>(decoder, role, raw)
      if (event === null) continue
      const inCapture = () => ({ topic: role, partition: raw.partition, offset: raw.offset, timestampMs: raw.timestampMs, key: raw.key === null ? null : Buffer.from(raw.key).toString(), headers: raw.headers, value: event })
      if (event.id === id) found.event ??= inCapture()
      if (role === 'decisions' && (event.eventId === id || event.id === id)) found.decision ??= inCapture()
    }
  }
  return found
}

export async function decodeOutput<T>(decoder: Decoder, role: OutputRole, { value }: TopicRecord): Promise<T | null> {
  if (value === null) return null
  let decoded = decoder.decodeOutput(role, value)
  if (decoded.ok === 'pending') {
    await decoder.prepareOutput(value)
    decoded = decoder.decodeOutput(role, value)
  }
  return decoded.ok === true ? (decoded.record as T) : null
}

/** Each letter once: a crash may have published it twice. */
async function* letters({ config, kafka, decoder, log }: Reach, filter: DeadLetterFilter, signal: AbortSignal): AsyncGenerator<DeadLetter> {
  const seen = new Set<string>()
  for await (const raw of readTopic(config, kafka, 'dead-letters', log, signal)) {
    const letter = await decodeOutput<DeadLetter>(decoder, 'dead-letters', raw)
    if (letter === null || seen.has(letter.id) || !matches(letter, filter)) continue
    if (filter.limit !== null && seen.size >= filter.limit) return
    seen.add(letter.id)
    yield letter
  }
}

const matches = (letter: DeadLetter, { code, topic, id }: DeadLetterFilter): boolean =>
  (code === null || letter.code === code) && (topic === null || letter.topic === topic) && (id === null || letter.id === id)

const rowOf = ({ id, topic, partition, offset, timestampMs, code, message, length, bytes }: DeadLetter): DeadLetterRow =>
  ({ id, topic, partition, offset, timestampMs, code, message, length, truncated: (bytes?.length ?? 0) < length })

export async function* deadLetters(reach: Reach, filter: DeadLetterFilter, signal: AbortSignal): AsyncGenerator<DeadLetterRow> {
  for await (const letter of letters(reach, filter, signal)) yield rowOf(letter)
}

/** Sends what was set aside back to where it came from. */
export async function* redrive(reach: Reach, sink: Sink, filter: DeadLetterFilter, signal: AbortSignal): AsyncGenerator<DeadLetterRow & { redriven: boolean }> {
  const { topics } = reach.config.kafka
  for await (const letter of letters(reach, filter, signal)) {
    const row = rowOf(letter)
    // what lies on an internal topic is nobody's to send again
    const role = captured.find((it) => topics[it] === letter.topic) as OutputRole | undefined
    const redriven = !row.truncated && role !== undefined
    if (redriven) {
      const { partition, timestampMs, key, bytes } = letter
      await sink.send(role, partition, [{ role, partition, timestampMs, key, value: bytes, headers: { 'steward-redriven': letter.id } }])
    }
    yield { ...row, redriven }
  }
}

export const redriveTopics = (config: Config): Map<OutputRole, string> =>
  new Map(captured.map((role) => [role as OutputRole, topicOf(config, role)]))
