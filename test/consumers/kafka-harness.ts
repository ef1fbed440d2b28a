/** Kafka for tests of the edges: a client, topics of a test's own, and ways to write what kafkajs alone would not. */
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Admin, Kafka, Producer } from 'kafkajs'
import type { InputRole, RawRecord, Source } from '../../src/engine/ports.ts'
import { createKafkaSource } from '../../src/consumers/kafka.ts'
import type { KafkaSourceOptions } from '../../src/consumers/kafka.ts'
import { uniqueName } from '../servers/index.ts'

export const quiet = { debug() {}, warn() {} }
export const fastGroup = { sessionTimeoutMs: 3000, heartbeatMs: 300, rebalanceTimeoutMs: 5000 }

export const clientOf = (brokers: string): Kafka => new kafkajs.Kafka({
  brokers: brokers.split(','), clientId: 'steward-test', logLevel: kafkajs.logLevel.NOTHING, connectionTimeout: 1000,
  retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 10 } })

export interface TestLog {
  kafka: Kafka
  admin: Admin
  producer: Producer
  groupId: string
  topics: Map<InputRole, string>
  /** a member of the group with a client of its own */
  source(options?: Partial<KafkaSourceOptions>): Source
  append(role: InputRole, partition: number, records: Omit<RawRecord, 'offset'>[], compression?: number): Promise<void>
  truncate(role: InputRole, partition: number, offset: number): Promise<void>
  stop(): Promise<void>
}

/** Topics of a test's own for `roles`. */
export async function testLog(brokers: string, roles: readonly InputRole[], numPartitions: number, config: Record<string, string> = {}): Promise<TestLog> {
  const kafka = clientOf(brokers)
  const admin = kafka.admin()
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  const topics = new Map(roles.map((role) => [role, uniqueName(role)]))
  const groupId = uniqueName('group')
  const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }))
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({ topics: [...topics.values()].map((topic) => ({ topic, numPartitions, configEntries })), waitForLeaders: false })
  const areLed = () => admin.fetchTopicMetadata({ topics: [...topics.values()] })
    .then((metadata) => metadata.topics.every(({ partitions }) => partitions.length === numPartitions && partitions.every(({ leader }) => leader >= 0)), () => false)
  while (!await areLed()) await sleep(20)
  return {
    kafka, admin, producer, groupId, topics,
    source: (options) => createKafkaSource({ kafka: clientOf(brokers), groupId, topics, log: quiet, ...fastGroup, ...options }),
    async append(role, partition, records, compression) {
      const messages = records.map(({ timestampMs, key, value, headers }) => ({
        partition, timestamp: String(timestampMs), key: key as Buffer | null, value: value as Buffer | null, headers }))
      await producer.send({ topic: topics.get(role)!, acks: -1, compression, messages })
    },
    async truncate(role, partition, offset) {
      const topic = topics.get(role)!
      for (let tries = 0; ; tries++) {
        try {
          await admin.fetchTopicOffsets(topic) // kafkajs looks for the leaders before it knows the topic
          return await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] })
        } catch (error) {
          if (tries === 20) throw error
          await sleep(100)
        }
      }
    },
    async stop() {
      await producer.disconnect()
      await admin.deleteTopics({ topics: [...topics.values()] })
      await admin.disconnect()
    },
  }
}
