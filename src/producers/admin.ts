/** Making and inspecting the topics. */
import kafkajs from 'kafkajs'
import type { Admin, Kafka } from 'kafkajs'
import { setTimeout as sleep } from 'node:timers/promises'
import { StewardError } from '../errors.ts'
import { writeError } from './kafka-errors.ts'
import { differences } from './topics.ts'
import type { TopicSpec, TopicState } from './topics.ts'

const REPLICAS_MAX = 3
const LEADERS_WITHIN_MS = 30_000
const SETTINGS = ['cleanup.policy', 'retention.ms', 'retention.bytes', 'message.timestamp.type', 'min.insync.replicas', 'max.message.bytes']

export interface TopicReport {
  name: string
  outcome: 'created' | 'exists' | 'differs'
  /** of a topic that was there: what is not as it should be, each in a clause; nothing was changed */
  differences: string[]
}

export interface CreateTopicsOptions {
  /** copies of each partition (default: 3, or as many as there are brokers) */
  replicas?: number
}

/** Runs `use` on a connected admin client. */
export async function withAdmin<T>(kafka: Kafka, doing: string, use: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    return await use(admin)
  } catch (error) {
    throw writeError(error, doing)
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

/**
 * Creates the topics that are missing, with 2 of 3 copies in sync where the cluster has three brokers, and compares those that are there.
 * Can be run again at any time: nothing that exists is changed.
 * @throws StewardError LOG_UNAVAILABLE, also when the broker refuses (message)
 */
export function createTopics(kafka: Kafka, specs: readonly TopicSpec[], { replicas }: CreateTopicsOptions = {}): Promise<TopicReport[]> {
  return withAdmin(kafka, 'creating topics', async (admin) => {
    const existing = new Set(await admin.listTopics())
    const missing = specs.filter(({ name }) => !existing.has(name))
    const { brokers } = await admin.describeCluster()
    const copies = replicas ?? Math.min(REPLICAS_MAX, brokers.length)
    if (missing.length > 0) {
      const topics = missing.map((spec) => newTopic(spec, copies))
      await admin.createTopics({ topics, waitForLeaders: false }).catch((error: unknown) => { throw refused(error) })
      await untilLed(admin, missing)
    }
    const states = await topicStates(admin, specs.map(({ name }) => name))
    return specs.map((spec) => {
      const found = differences(spec, states.get(spec.name)!)
      const outcome = !existing.has(spec.name) ? 'created' : found.length > 0 ? 'differs' : 'exists'
      return { name: spec.name, outcome, differences: found }
    })
  })
}

const newTopic = ({ name, partitions, config }: TopicSpec, copies: number) => ({
  topic: name,
  numPartitions: partitions,
  replicationFactor: copies,
  configEntries: Object.entries({ ...config, 'min.insync.replicas': copies > 2 ? '2' : '1' }).map(([setting, value]) => ({ name: setting, value })),
})

/** kafkajs gathers what the broker said of each topic in one error without a message of its own. */
function refused(error: unknown): Error {
  const { errors } = error as { errors?: { topic?: string; message: string }[] }
  return errors === undefined ? error as Error : new Error(errors.map(({ topic, message }) => `${topic}: ${message}`).join('; '))
}

async function untilLed(admin: Admin, specs: readonly TopicSpec[]): Promise<void> {
  const isLed = () => admin.fetchTopicMetadata({ topics: specs.map(({ name }) => name) })
    .then(({ topics }) => topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0)), () => false)
  for (const deadline = performance.now() + LEADERS_WITHIN_MS; !await isLed(); await sleep(100)) {
    if (performance.now() > deadline) throw new StewardError('LOG_UNAVAILABLE', `the new topics have no leaders after ${LEADERS_WITHIN_MS / 1000} s: are all brokers up?`)
  }
}

/**
 * The topics of these names that exist.
 * @throws StewardError LOG_UNAVAILABLE
 */
export const describeTopics = (kafka: Kafka, names: readonly string[]): Promise<TopicState[]> =>
  withAdmin(kafka, 'describing topics', async (admin) => [...(await topicStates(admin, names)).values()])

/** By name; topics that do not exist are left out. */
export async function topicStates(admin: Admin, names: readonly string[]): Promise<Map<string, TopicState>> {
  const existing = new Set(await admin.listTopics())
  const topics = [...new Set(names)].filter((name) => existing.has(name))
  if (topics.length === 0) return new Map()
  const { topics: metadata } = await admin.fetchTopicMetadata({ topics })
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false, resources: topics.map((name) => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: SETTINGS })) })
  const configs = new Map(resources.map(({ resourceName, configEntries }) =>
    [resourceName, Object.fromEntries(configEntries.map(({ configName, configValue }) => [configName, configValue]))]))
  return new Map(metadata.map(({ name, partitions }) => [name, {
    name,
    partitions: partitions.length,
    replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
    inSync: Math.min(...partitions.map(({ isr }) => isr.length)),
    config: configs.get(name) ?? {},
  }]))
}
