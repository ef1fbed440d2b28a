/** Loads W1 into Kafka: each partition in event-time order, uncompressed, batches up to 64 KiB. */
import kafkajs from 'kafkajs'
import type { Kafka, Message } from 'kafkajs'
import { encode, timestampOf } from './encode.ts'
import type { Inferences } from './generate.ts'
import { freshTopics } from './topics.ts'
import { PARTITIONS, roles, topics, type Role } from './workload.ts'

const BATCH_BYTES_MAX = 64 * 1024
/** what a record batch adds to a record's key and value, at most */
const RECORD_OVERHEAD_BYTES = 12
const KEY_BYTES = 16

/** Makes the input topics anew and fills those of `wanted`. */
export async function load(kafka: Kafka, w: Inferences, wanted: readonly Role[] = roles): Promise<void> {
  await freshTopics(kafka, Object.values(topics), PARTITIONS)
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner, allowAutoTopicCreation: false })
  await producer.connect()
  for (const role of wanted) {
    const sent = Array.from({ length: PARTITIONS }, () => Promise.resolve())
    for (const { partition, messages } of batches(role, w)) {
      await sent[partition]
      sent[partition] = producer.send({ topic: topics[role], acks: -1, messages }).then(() => undefined)
    }
    await Promise.all(sent)
  }
  await producer.disconnect()
}

function* batches(role: Role, w: Inferences): Generator<{ partition: number; messages: Message[] }> {
  const open = Array.from({ length: PARTITIONS }, () => ({ messages: [] as Message[], bytes: 0 }))
  for (let k = 0; k < w.n; k++) {
    const i = role === 'labels' ? w.labelOrder[k] : k
    const partition = w.partition[i]
    const value = encode(role, w, i)
    const bytes = value.length + KEY_BYTES + RECORD_OVERHEAD_BYTES
    if (open[partition].bytes + bytes > BATCH_BYTES_MAX) {
      yield { partition, messages: open[partition].messages }
      open[partition] = { messages: [], bytes: 0 }
    }
    open[partition].messages.push({ partition, key: w.ids[i], value, timestamp: String(timestampOf(role, w, i)) })
    open[partition].bytes += bytes
  }
  for (const [partition, { messages }] of open.entries()) if (messages.length > 0) yield { partition, messages }
}
