/**
 * W2: the topics of W1, read by the client that `steward run` uses and thrown away. `node raw.js BROKERS RECORDS` ends when that many records came.
 */
import kafkajs from 'kafkajs'
import { createKafkaSource } from '../../src/consumers/kafka.ts'
import { roles, topics, type Role } from './workload.ts'

const [brokers, expected] = process.argv.slice(2)
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), clientId: 'w2', logLevel: kafkajs.logLevel.NOTHING })
const names = new Map(roles.map((role): [Role, string] => [role, topics[role]]))
const source = createKafkaSource({ kafka, groupId: `w2-${Date.now()}`, topics: names, log: { debug() {}, warn() {} } })

let seen = 0
let startedAtMs = 0
let finish: () => void = () => {}
let fail: (error: unknown) => void = () => {}
const finished = new Promise<void>((resolve, reject) => { [finish, fail] = [resolve, reject] })
await source.start({
  assigned: (partitions) => partitions.forEach((partition) => source.begin(partition, new Map())),
  batch({ records }) {
    if (seen === 0) startedAtMs = Date.now()
    seen += records.length
    if (seen >= Number(expected)) finish()
  },
  caughtUp() {},
  failed: fail,
})
await finished
process.stdout.write(`${JSON.stringify({ startedAtMs, endedAtMs: Date.now(), records: seen })}\n`)
await source.stop()
