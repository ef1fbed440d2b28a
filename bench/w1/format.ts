/**
 * The formatter of W1: reads the `panes` topic that `steward run` writes, and writes one JSON summary a pane, model and partition.
 * `node format.js BROKERS PANES-TOPIC OUT-TOPIC`; ends when every observe task has said its last word.
 */
import kafkajs from 'kafkajs'
import type { Message } from 'kafkajs'
import { createKafkaSource } from '../../src/consumers/kafka.ts'
import { stateCodec } from '../../src/codec/state.ts'
import type { PanesRecord } from '../../src/core/panes/summary.ts'
import type { Batch } from '../../src/engine/ports.ts'
import { UpstreamPartition } from '../../src/engine/upstream.ts'
import { Summariser } from './summarise.ts'
import { PARTITIONS } from './workload.ts'

const [brokers, panesTopic, outTopic] = process.argv.slice(2)
const kafka = new kafkajs.Kafka({ brokers: brokers.split(','), clientId: 'w1-format', logLevel: kafkajs.logLevel.NOTHING })
const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
const tasks = Array.from({ length: PARTITIONS }, (_, partition) => `observe-${partition}`)
const quiet = { debug() {}, warn() {} }

const partitions = new Map<number, UpstreamPartition>()
const summarisers = new Map<string, Summariser>()
const sizes = { panes: 0, bytes: 0 }
let sending: Promise<unknown> = Promise.resolve()
let finish: () => void = () => {}
let fail: (error: unknown) => void = () => {}
const finished = new Promise<void>((resolve, reject) => { [finish, fail] = [resolve, reject] })

/** Repeats dropped and parts joined, as decide reads the topic. */
function take(batch: Batch): void {
  const upstream = partitions.get(batch.partition)!
  upstream.push(batch, 0, () => {})
  const messages: Message[] = []
  for (const input of upstream.inputs) {
    while (input.head() !== null) {
      const { raw } = input.shift()
      const message = summaryOf(raw.value!)
      if (message !== null) messages.push(message)
    }
  }
  upstream.position()
  if (messages.length > 0) sending = sending.then(() => producer.send({ topic: outTopic, acks: -1, messages })).catch((error: unknown) => fail(error))
  const ended = [...partitions.values()].every(({ inputs }) => inputs.every(({ state }) => state.ended !== null))
  if (ended) void sending.then(finish)
}

function summaryOf(value: Uint8Array): Message | null {
  const record = stateCodec.decode(value) as PanesRecord
  if (record.kind !== 'pane') return null
  sizes.panes++
  sizes.bytes += value.length
  const key = `${record.task}/${record.model}`
  const summariser = summarisers.get(key) ?? new Summariser()
  summarisers.set(key, summariser)
  return { key, value: JSON.stringify(summariser.summarise(record)) }
}

await producer.connect()
const source = createKafkaSource({ kafka, groupId: `${outTopic}-format-${Date.now()}`, topics: new Map([['panes', panesTopic]]), log: quiet })
await source.start({
  assigned(owned) {
    for (const partition of owned) {
      partitions.set(partition, new UpstreamPartition({ role: 'panes', as: 'panes', tasks }, 0, {}, 0))
      source.begin(partition, new Map())
    }
  },
  batch: take,
  caughtUp() {},
  failed: fail,
})
await finished
process.stdout.write(`${JSON.stringify({ endedAtMs: Date.now(), summaries: sizes.panes, bytesPerPane: Math.round(sizes.bytes / sizes.panes) })}\n`)
await source.stop()
await producer.disconnect()
