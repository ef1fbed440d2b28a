/**
 * Reading a backlog that is thrown away: our source against kafkajs alone, each in a process of its own, over the same topic.
 * `npx tsx bench/kafka/source.ts [records] [compression]` starts a broker on this machine, or uses STEWARD_TEST_KAFKA.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import kafkajs from 'kafkajs'
import { createKafkaSource } from '../../src/consumers/kafka.ts'
import { compressionType, registerCodecs } from '../../src/producers/codecs.ts'
import type { Compression } from '../../src/producers/codecs.ts'
import { startKafka } from '../../test/servers/local/kafka.ts'

const PARTITIONS = 4
const VALUE_BYTES = 200
const PER_SEND = 300 // batches of about 64 KiB
const TOPIC = 'bench-source'

const clientOf = (brokers: string) => new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
registerCodecs()

async function load(brokers: string, count: number, compression: Compression): Promise<void> {
  const kafka = clientOf(brokers)
  const admin = kafka.admin()
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await Promise.all([admin.connect(), producer.connect()])
  await admin.createTopics({ topics: [{ topic: TOPIC, numPartitions: PARTITIONS }] })
  for (let sent = 0; sent < count;) {
    const messages = Array.from({ length: Math.min(PER_SEND, count - sent) }, (_, i) => ({
      partition: Math.floor(sent / PER_SEND) % PARTITIONS, key: (sent + i).toString(16).padStart(16, '0'), value: Buffer.alloc(VALUE_BYTES, sent + i) }))
    await producer.send({ topic: TOPIC, acks: 1, compression: compressionType(compression), messages })
    sent += messages.length
  }
  await Promise.all([admin.disconnect(), producer.disconnect()])
}

/** Reads `count` records and prints what it cost. */
async function drain(reader: string, brokers: string, count: number): Promise<void> {
  let seen = 0
  let first = 0
  let cpuAtFirst = process.cpuUsage()
  let finish = () => {}
  const finished = new Promise<void>((resolve) => { finish = resolve })
  const count1 = (records: number) => {
    if (seen === 0) [first, cpuAtFirst] = [performance.now(), process.cpuUsage()]
    seen += records
    if (seen >= count) finish()
  }
  const stop = await readers[reader](clientOf(brokers), count1)
  await finished
  const seconds = (performance.now() - first) / 1000
  const cpu = process.cpuUsage(cpuAtFirst)
  console.log(JSON.stringify({
    reader, 'records/s': Math.round(seen / seconds), 'CPU µs/record': +((cpu.user + cpu.system) / seen).toFixed(2), 'RSS MB': Math.round(process.resourceUsage().maxRSS / 1024) }))
  await stop()
}

const readers: Record<string, (kafka: kafkajs.Kafka, count: (records: number) => void) => Promise<() => Promise<void>>> = {
  async 'kafkajs alone'(kafka, count) {
    const consumer = kafka.consumer({ groupId: `bench-${Date.now()}`, maxWaitTimeInMs: 100, maxBytesPerPartition: 128 * 1024 })
    await consumer.connect()
    await consumer.subscribe({ topics: [TOPIC], fromBeginning: true })
    await consumer.run({ autoCommit: false, eachBatch: async ({ batch }) => count(batch.messages.length) })
    return () => consumer.disconnect()
  },
  async 'our source'(kafka, count) {
    const source = createKafkaSource({ kafka, groupId: `bench-${Date.now()}`, topics: new Map([['labels', TOPIC]]), log: { debug() {}, warn() {} } })
    await source.start({
      assigned: (partitions) => partitions.forEach((partition) => source.begin(partition, new Map())),
      batch: ({ records }) => count(records.length),
      caughtUp() {},
      failed(error) { throw error },
    })
    return () => source.stop()
  },
}

const [first = '300000', second = 'none', third] = process.argv.slice(2)
if (first in readers) {
  await drain(first, second, Number(third))
} else {
  const broker = process.env.STEWARD_TEST_KAFKA ? { address: process.env.STEWARD_TEST_KAFKA, stop: async () => {} } : await startKafka()
  try {
    await load(broker.address, Number(first), second as Compression)
    for (let round = 0; round < 3; round++) {
      for (const reader of Object.keys(readers)) {
        spawnSync(process.execPath, ['--import', 'tsx', fileURLToPath(import.meta.url), reader, broker.address, first], { stdio: 'inherit' })
      }
    }
  } finally {
    await broker.stop()
  }
}
