/** A member of a group in a process of its own, to be killed: `tsx member.ts <brokers> <group> <role=topic,…>` prints what it is assigned. */
import type { InputRole } from '../../src/engine/ports.ts'
import { createKafkaSource } from '../../src/consumers/kafka.ts'
import kafkajs from 'kafkajs'

const [brokers, groupId, list] = process.argv.slice(2)
const topics = new Map(list.split(',').map((pair) => pair.split('=') as [InputRole, string]))
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING })
const source = createKafkaSource({ kafka, groupId, topics, log: { debug() {}, warn() {} }, sessionTimeoutMs: 3000, heartbeatMs: 300, rebalanceTimeoutMs: 5000 })
await source.start({
  assigned: (partitions) => {
    console.log(JSON.stringify(partitions))
    for (const partition of partitions) source.begin(partition, new Map())
  },
  batch() {},
  caughtUp() {},
  failed: (error) => {
    console.error(error)
    process.exit(1)
  },
})
