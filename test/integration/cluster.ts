/** A cluster of the test's own on the shared servers: topics, settings file, loaded traffic, workers as processes. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import kafkajs from 'kafkajs'
import type { Kafka } from 'kafkajs'
import { stringify } from 'yaml'
import { createDecoder, type Decoder } from '../../src/codec/decoder.ts'
import { createEncoder, type Encoder } from '../../src/codec/encoder.ts'
import { createRegistry } from '../../src/codec/registry.ts'
import { createSchemaSource } from '../../src/codec/schemas.ts'
import { topicRoles, type TopicRole } from '../../src/config/config-schema.ts'
import { loadConfig } from '../../src/config/config.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { partitionOf } from '../../src/core/murmur2.ts'
import type { InputRole, OutputRole, RawRecord } from '../../src/engine/ports.ts'
import { originOf } from '../../src/engine/origin.ts'
import { readTopic } from '../../src/main/read-topic.ts'
import { createTopics } from '../../src/producers/admin.ts'
import { specsOf } from '../../src/main/topics.ts'
import { createLog } from '../../src/telemetry/log.ts'
import type { Published } from '../main/traffic.ts'
import { uniqueName } from '../servers/index.ts'
import type { ServerAddresses } from '../servers/index.ts'

export const PARTITIONS = 4
/** A worker that takes longer is stuck: it is ended, and its output tells where. */
const WORKER_SECONDS_MAX = 60

export interface Cluster {
  kafka: Kafka
  configFile: string
  decoder: Decoder
  encoder: Encoder
  topic(role: TopicRole): string
  load(records: readonly Published[]): Promise<void>
  /** Starts `steward run …` as a process of its own. */
  worker(...args: string[]): Worker
  /** Every published record of a role, in order of each partition. */
  read(role: InputRole | OutputRole): Promise<(RawRecord & { partition: number })[]>
  /** Decoded events of a role with repeats of one (task, epoch, index) dropped. */
  events(role: OutputRole): Promise<{ timestampMs: number; event: unknown }[]>
}

export interface Worker {
  process: ChildProcess
  /** exit code, or the signal that ended it */
  ended: Promise<number | string>
  output(): string
}

const log = createLog('silent')

export async function createCluster({ kafka: address, redis, registry }: ServerAddresses, models: Record<string, unknown>, settings: Record<string, unknown> = {}): Promise<Cluster> {
  const name = uniqueName('c')
  const topics = Object.fromEntries(topicRoles.map((role) => [role, `${name}-${role}`])) as Record<TopicRole, string>
  const configFile = join(await mkdtemp(join(tmpdir(), 'steward-')), 'steward.yaml')
  await writeFile(configFile, stringify({
    kafka: { brokers: address.split(','), groupPrefix: name, topics, partitions: { observe: PARTITIONS, decide: 2 } },
    redis: { url: redis, prefix: name }, registry: { url: registry }, http: null, log: { level: process.env.STEWARD_TEST_LOG ?? 'warn' }, models, ...settings,
  }))
  const config = await loadConfig(configFile, { checkUnit: checkUnitInTables, env: {} })
  const kafka = new kafkajs.Kafka({ brokers: address.split(','), clientId: name, logLevel: kafkajs.logLevel.NOTHING, retry: { initialRetryTime: 100, retries: 20 } })
  // tests bring their own ticks: their topic takes the producer's time
  const specs = specsOf(config).map((spec) => ({ ...spec, config: { ...spec.config, 'message.timestamp.type': 'CreateTime', 'retention.ms': '-1' } }))
  await createTopics(kafka, specs)
  const schemas = await createSchemaSource({ registry: createRegistry({ url: registry }) })
  const decoder = createDecoder({ schemas })
  const inputs = ['predictions', 'labels', 'features', 'candidates', 'commands', 'policies', 'profiles', 'ticks'] as const
  const encoder = await createEncoder({ registry: createRegistry({ url: registry }), topics, roles: inputs })
  const signal = new AbortController().signal

  async function read(role: InputRole | OutputRole) {
    const records: (RawRecord & { partition: number })[] = []
    for await (const record of readTopic(config, kafka, role, log, signal)) records.push(record)
    return records
  }

  return {
    kafka, configFile, decoder, encoder, read,
    topic: (role) => topics[role],
    load: (records) => load(kafka, encoder, topics, specs, records),
    worker: (...args) => startWorker(['run', '--config', configFile, ...args]),
    async events(role) {
      const seen = new Set<string>()
      const events: { timestampMs: number; event: unknown }[] = []
      for (const raw of await read(role)) {
        const { task, epoch, index } = originOf(raw)!
        const key = `${task} ${epoch} ${index}`
        if (seen.has(key)) continue
        seen.add(key)
        if (decoder.decodeOutput(role, raw.value!).ok === 'pending') await decoder.prepareOutput(raw.value!)
        const decoded = decoder.decodeOutput(role, raw.value!)
        if (decoded.ok !== true) throw new Error(`an event of ${role} cannot be decoded`)
        events.push({ timestampMs: raw.timestampMs, event: decoded.record })
      }
      return events
    },
  }
}

/** Produces in the given order, each record to the partition of its key. */
async function load(kafka: Kafka, encoder: Encoder, topics: Record<TopicRole, string>, specs: readonly { role: string; partitions: number }[], records: readonly Published[]): Promise<void> {
  const counts = new Map(specs.map(({ role, partitions }) => [role, partitions]))
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
  await producer.connect()
  const groups = new Map<string, { role: InputRole; partition: number; messages: { key: string | null; value: Buffer; timestamp: string; partition: number }[] }>()
  for (const [role, key, at, record] of records) {
    const partition = key === null ? 0 : partitionOf(Buffer.from(key), counts.get(role)!)
    const group = groups.get(`${role}/${partition}`) ?? { role, partition, messages: [] }
    groups.set(`${role}/${partition}`, group)
    group.messages.push({ key, value: Buffer.from(encoder.encodeInput(role, record).value), timestamp: String(at), partition })
  }
  for (const { role, messages } of groups.values()) {
    for (let i = 0; i < messages.length; i += 2000) await producer.send({ topic: topics[role as TopicRole], acks: -1, messages: messages.slice(i, i + 2000) })
  }
  await producer.disconnect()
}

function startWorker(args: string[]): Worker {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/bin.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => { output += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { output += chunk.toString() })
  const ended = new Promise<number | string>((resolve) => child.once('exit', (code, signal) => resolve(code ?? signal ?? 'gone')))
  setTimeout(() => child.kill('SIGKILL'), WORKER_SECONDS_MAX * 1000).unref()
  process.once('exit', () => child.kill('SIGKILL'))
  return { process: child, ended, output: () => output }
}
