/** Publishing what people say to the program: policies and commands. */
import { randomUUID } from 'node:crypto'
import kafkajs from 'kafkajs'
import type { Kafka } from 'kafkajs'
import type { Decoder } from '../codec/decoder.ts'
import type { Encoder } from '../codec/encoder.ts'
import type { Config } from '../config/config.ts'
import { policyRecord } from '../config/policy.ts'
import { createKafkaTable } from '../consumers/table.ts'
import type { Command, PolicyRecord } from '../core/records.ts'
import { partitionOf } from '../core/murmur2.ts'
import type { InputRole, RawRecord } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import type { Log } from '../telemetry/log.ts'
import type { CommandRequest, PublishedPolicy, SentCommand } from '../cli/services.ts'
import { edgeLog, topicOf } from './clients.ts'
import { checkUnitInTables as checkUnit } from '../config/units.ts'

/** Reads a table once: every record of it, in order of each partition. */
export async function readTable(config: Config, kafka: Kafka, role: InputRole, log: Log): Promise<(RawRecord & { partition: number })[]> {
  const records: (RawRecord & { partition: number })[] = []
  const table = createKafkaTable({
    kafka, role, topic: topicOf(config, role), groupPrefix: `${config.kafka.groupPrefix}-table`, log: edgeLog(log),
    onFailed: (error) => log.warn(`the table ${role} cannot be followed`, {}, error),
  })
  try {
    await table.start((record) => records.push(record))
    return records
  } finally {
    await table.stop()
  }
}

/** The newest published policy of each model. */
async function publishedPolicies(config: Config, kafka: Kafka, decoder: Decoder, log: Log): Promise<Map<string, PolicyRecord>> {
  const newest = new Map<string, PolicyRecord>()
  for (const raw of await readTable(config, kafka, 'policies', log)) {
    let decoded = decoder.decode('policies', raw)
    if (decoded.ok === 'pending') {
      await decoder.prepare('policies', raw)
      decoded = decoder.decode('policies', raw)
    }
    if (decoded.ok === true) newest.set((decoded.record as PolicyRecord).model, decoded.record as PolicyRecord)
  }
  return newest
}

/**
 * At the start of `run`: publishes the policies of the settings file that differ from what is published. A model's first policy is in force
 * from the beginning (nothing ran under another one); a change keeps its lead of two panes.
 */
export async function publishMissingPolicies(config: Config, kafka: Kafka, decoder: Decoder, encoder: Encoder, log: Log): Promise<void> {
  await publishPolicies(config, kafka, decoder, encoder, log, { effectiveFromMs: null, firstFromMs: 0, issuer: 'run' })
}

export async function publishPolicies(
  config: Config, kafka: Kafka, decoder: Decoder, encoder: Encoder, log: Log,
  { effectiveFromMs, firstFromMs, issuer }: { effectiveFromMs: number | null; firstFromMs: number | null; issuer: string },
): Promise<PublishedPolicy[]> {
  const models = Object.values(config.models)
  if (models.length === 0) return []
  const known = await publishedPolicies(config, kafka, decoder, log)
  const published: PublishedPolicy[] = []
  for (const { policy, text } of models) {
    const before = known.get(policy.model)
    const changed = before?.hash !== policy.hash
    const effectiveFrom = effectiveFromMs ?? (before === undefined ? firstFromMs : null)
    if (changed) {
      const record = policyRecord(policy.model, JSON.parse(text), { effectiveFrom, issuer }, checkUnit)
      await sendInput(config, kafka, encoder, 'policies', policy.model, record)
      log.info('policy published', { model: policy.model, hash: policy.hash })
    }
    published.push({ model: policy.model, hash: policy.hash, effectiveFromMs: effectiveFrom, changed })
  }
  return published
}

export async function sendCommand(config: Config, kafka: Kafka, encoder: Encoder, request: CommandRequest): Promise<SentCommand> {
  const command: Command = {
    kind: 'command', commandId: randomUUID(), model: request.model, issuedAt: Date.now(), issuer: request.issuer, command: request.command,
    version: request.version, reason: request.reason,
  }
  const { partition, offset } = await sendInput(config, kafka, encoder, 'commands', request.model, command)
  return { commandId: command.commandId, topic: topicOf(config, 'commands'), partition, offset }
}

/** Sends one record of an input topic to the partition of its key. */
async function sendInput(config: Config, kafka: Kafka, encoder: Encoder, role: InputRole, key: string, record: unknown): Promise<{ partition: number; offset: number }> {
  const producer = kafka.producer({ allowAutoTopicCreation: false, createPartitioner: kafkajs.Partitioners.DefaultPartitioner, idempotent: true })
  const topic = topicOf(config, role)
  try {
    await producer.connect()
    const { topics } = await kafkaTopics(kafka, topic)
    const partition = partitionOf(Buffer.from(key), topics[0].partitions.length)
    const { value, headers } = encoder.encodeInput(role, record)
    const [sent] = await producer.send({ topic, acks: -1, messages: [{ key, value: Buffer.from(value), headers, partition }] })
    return { partition, offset: Number(sent.baseOffset ?? -1) }
  } catch (cause) {
    if (cause instanceof StewardError) throw cause
    const missing = (cause as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION'
    throw new StewardError(missing ? 'TOPIC_MISSING' : 'LOG_UNAVAILABLE', `could not write to ${topic}: ${(cause as Error).message}`, { cause })
  } finally {
    await producer.disconnect().catch(() => {})
  }
}

async function kafkaTopics(kafka: Kafka, topic: string): ReturnType<ReturnType<Kafka['admin']>['fetchTopicMetadata']> {
  const admin = kafka.admin()
  await admin.connect()
  try {
    return await admin.fetchTopicMetadata({ topics: [topic] })
  } finally {
    await admin.disconnect()
  }
}

/**
 * Publishes a profile given in its JSON form.
 * @throws StewardError CONFIG_INVALID when it is no profile
 */
export async function publishProfile(
  config: Config, kafka: Kafka, decoder: Decoder, encoder: Encoder, profile: Readonly<Record<string, unknown>>,
): Promise<{ topic: string; partition: number; offset: number }> {
  const raw: RawRecord = { offset: 0, timestampMs: 0, key: null, value: Buffer.from(JSON.stringify(profile)), headers: {} }
  const decoded = decoder.decode('profiles', raw)
  if (decoded.ok !== true) throw new StewardError('CONFIG_INVALID', `this is no profile: ${decoded.ok === false ? decoded.message : 'its schema is not known'}`)
  const { model, version } = decoded.record as { model: string; version: string }
  return { topic: topicOf(config, 'profiles'), ...(await sendInput(config, kafka, encoder, 'profiles', `${model}/${version}`, decoded.record)) }
}
