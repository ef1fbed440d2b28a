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
import { loadConfig, type Config } from '../../src/config/config.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { partitionOf } from '../../src/core/murmur2.ts'
import type { InputRole, OutputRole, RawRecord } from '../../src/engine/ports.ts'
import { isAfter, originOf, type Mark, type Origin } from '../../src/engine/origin.ts'
import { readTopic } from '../../src/main/read-topic.ts'
import { createTopics } from '../../src/producers/admin.ts'
import { specsOf } from '../../src/main/topics.ts'
import { createLog } from '../../src/telemetry/log.ts'
import type { Published } from '../main/traffic.ts'
import { uniqueName } from '../servers/index.ts'
import type { ServerAddresses } from '../servers/index.ts'

export const PARTITIONS = 4
/** A worker that takes longer is stuck: it is ended, and its output tells where. */
const WORKER_SECONDS_MAX = 150
/** Timeouts of the group that notice a killed worker soon, and spare one that has to wait for a processor. */
const quick = { sessionTimeout: '3s', heartbeat: '500ms', rebalanceTimeout: '10s' }

export interface Cluster {
  kafka: Kafka
  config: Config
  configFile: string
  decoder: Decoder
  encoder: Encoder
  topic(role: TopicRole): string
  load(records: readonly Published[]): Promise<void>
  /** Produces values as they are. */
  produce(role: TopicRole, records: readonly RawMessage[]): Promise<void>
  /** Starts `steward run …` as a process of its own. */
  worker(...args: string[]): Worker
  /** Runs any other command to its end. */
  steward(...args: string[]): Promise<{ code: number | string; out: string; err: string }>
  /** Every published record of a role, in order of each partition. */
  read(role: InputRole | OutputRole): Promise<(RawRecord & { partition: number })[]>
  /** Decoded events of a role with repeats of one (task, epoch, index) dropped. */
  events(role: OutputRole): Promise<{ timestampMs: number; event: unknown }[]>
  /** Everything that observe tasks told decide, each task's in order, repeats dropped and parts put together. */
  panes(): Promise<PanesValue[]>
}

export interface PanesValue {
  task: string
  partition: number
  value: Uint8Array
}

export interface RawMessage {
  key: string | null
  value: Buffer | null
  timestampMs: number
}

export interface ClusterSettings {
  kafka?: Record<string, unknown>
  redis?: Record<string, unknown>
  [section: string]: unknown
}

export interface Preparation {
  /** no topics */
  isBare?: boolean
  /** of topics that are to have another count than the settings say */
  partitions?: Partial<Record<TopicRole, number>>
}

export interface Worker {
  process: ChildProcess
  /** exit code, or the signal that ended it */
  ended: Promise<number | string>
  isUp(): boolean
  output(): string
  /** Resolves when the output holds `text` (for the n-th time); rejects when the worker ends before. */
  said(text: string, times?: number): Promise<void>
}

const log = createLog('silent')

export async function createCluster({ kafka: address, redis, registry }: ServerAddresses, models: Record<string, unknown>, settings: ClusterSettings = {}, { isBare = false, partitions = {} }: Preparation = {}): Promise<Cluster> {
  const name = uniqueName('c')
  const topics = Object.fromEntries(topicRoles.map((role) => [role, `${name}-${role}`])) as Record<TopicRole, string>
  const configFile = join(await mkdtemp(join(tmpdir(), 'steward-')), 'steward.yaml')
  await writeFile(configFile, stringify({
    registry: { url: registry }, http: null, log: { level: process.env.STEWARD_TEST_LOG ?? 'warn' }, models, ...settings,
    kafka: { brokers: address.split(','), groupPrefix: name, topics, partitions: { observe: PARTITIONS, decide: 2 }, ...quick, ...settings.kafka },
    redis: { url: redis, prefix: name, ...settings.redis },
  }))
  const config = await loadConfig(configFile, { checkUnit: checkUnitInTables, env: {} })
  const kafka = new kafkajs.Kafka({ brokers: address.split(','), clientId: name, logLevel: kafkajs.logLevel.NOTHING, retry: { initialRetryTime: 100, retries: 20 } })
  const specs = specsOf(config).map((spec) => ({ ...spec, partitions: partitions[spec.role] ?? spec.partitions, config: { ...spec.config, ...forTests(spec.role) } }))
  if (!isBare) await createTopics(kafka, specs)
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
    kafka, config, configFile, decoder, encoder, read,
    topic: (role) => topics[role],
    load: (records) => load(kafka, topics, specs, records.map(([role, key, timestampMs, record]) => ({ role, key, timestampMs, value: Buffer.from(encoder.encodeInput(role, record).value) }))),
    produce: (role, records) => load(kafka, topics, specs, records.map((record) => ({ role, ...record }))),
    worker: (...args) => startWorker(['run', '--config', configFile, ...args]),
    steward: (...args) => runSteward([...args, '--config', configFile]),
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
    async panes() {
      const marks = new Map<string, Mark>()
      const told: { origin: Origin; value: Uint8Array; partition: number }[] = []
      for (const raw of await read('panes')) {
        const origin = originOf(raw)
        if (origin === null) continue
        const key = `${origin.task} ${raw.partition}`
        if (!isAfter(origin, marks.get(key))) continue
        marks.set(key, origin)
        told.push({ origin, value: raw.value!, partition: raw.partition })
      }
      return wholeValues(told)
    },
  }
}

/** Records of any year are kept, all of them, and none is too large. Tests bring their own ticks: their topic takes the producer's time. */
function forTests(role: string): Record<string, string> {
  const kept: Record<string, string> = role === 'serving-config' ? { 'cleanup.policy': 'delete' } : {}
  return { ...kept, 'message.timestamp.type': 'CreateTime', 'retention.ms': '-1', 'max.message.bytes': String(4 * 1024 * 1024) }
}

/** Values cut into parts, put together again. A crash may leave a first part that is sent again: the later one counts. */
function wholeValues(told: readonly { origin: Origin; value: Uint8Array; partition: number }[]): PanesValue[] {
  const whole: PanesValue[] = []
  const newest = new Map<string, PanesValue>()
  for (const { origin: { task, part }, value, partition } of told) {
    const key = `${task} ${partition}`
    const last = newest.get(key)
    if (part > 0) last!.value = Buffer.concat([last!.value, value])
    else newest.set(key, whole[whole.push({ task, partition, value }) - 1])
  }
  return whole
}

type Addressed = RawMessage & { role: TopicRole }

/** Produces in the given order, each record to the partition of its key. */
async function load(kafka: Kafka, topics: Record<TopicRole, string>, specs: readonly { role: string; partitions: number }[], records: readonly Addressed[]): Promise<void> {
  const counts = new Map(specs.map(({ role, partitions }) => [role, partitions]))
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
  await producer.connect()
  const groups = new Map<string, { role: TopicRole; messages: { key: string | null; value: Buffer | null; timestamp: string; partition: number }[] }>()
  for (const { role, key, timestampMs, value } of records) {
    const partition = key === null ? 0 : partitionOf(Buffer.from(key), counts.get(role)!)
    const group = groups.get(`${role}/${partition}`) ?? { role, messages: [] }
    groups.set(`${role}/${partition}`, group)
    group.messages.push({ key, value, timestamp: String(timestampMs), partition })
  }
  for (const { role, messages } of groups.values()) {
    for (const some of inRequests(messages)) await producer.send({ topic: topics[role], acks: -1, messages: some })
  }
  await producer.disconnect()
}

/** As many messages as a broker takes in one request; a larger one goes alone. */
function* inRequests<Message extends { value: Buffer | null }>(messages: readonly Message[]): Generator<Message[]> {
  let some: Message[] = []
  let bytes = 0
  for (const message of messages) {
    const size = (message.value?.length ?? 0) + 100
    if (some.length > 0 && bytes + size > 800_000) {
      yield some
      some = []
      bytes = 0
    }
    some.push(message)
    bytes += size
  }
  if (some.length > 0) yield some
}

function startSteward(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/bin.ts', ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const kill = () => void child.kill('SIGKILL')
  const patience = setTimeout(kill, WORKER_SECONDS_MAX * 1000).unref()
  process.once('exit', kill)
  child.once('exit', () => {
    clearTimeout(patience)
    process.off('exit', kill)
  })
  return child
}

const endOf = (child: ChildProcess): Promise<number | string> =>
  new Promise((resolve) => child.once('close', (code, signal) => resolve(code ?? signal ?? 'gone')))

function startWorker(args: readonly string[]): Worker {
  const child = startSteward(args)
  let output = ''
  const listeners = new Set<() => void>()
  const take = (chunk: Buffer) => {
    output += chunk.toString()
    for (const listener of listeners) listener()
  }
  child.stdout!.on('data', take)
  child.stderr!.on('data', take)
  const ended = endOf(child)
  return {
    process: child, ended, output: () => output,
    isUp: () => child.exitCode === null && child.signalCode === null,
    said: (text, times = 1) => new Promise((resolve, reject) => {
      const look = () => {
        if (output.split(text).length <= times) return
        listeners.delete(look)
        resolve()
      }
      listeners.add(look)
      look()
      void ended.then((end) => reject(new Error(`the worker ended (${end}) before it said "${text}":\n${output}`)))
    }),
  }
}

async function runSteward(args: readonly string[]): Promise<{ code: number | string; out: string; err: string }> {
  const child = startSteward(args)
  const [out, err] = [[], []] as Buffer[][]
  child.stdout!.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr!.on('data', (chunk: Buffer) => err.push(chunk))
  const code = await endOf(child)
  return { code, out: Buffer.concat(out).toString(), err: Buffer.concat(err).toString() }
}
