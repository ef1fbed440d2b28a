/** Publishing to Kafka, acknowledged by all in-sync replicas. */
import kafkajs from 'kafkajs'
import type { Kafka, Producer, RecordMetadata } from 'kafkajs'
import type { OutgoingRecord, OutputRole, Sink } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import { compressionType } from './codecs.ts'
import type { Compression } from './codecs.ts'
import { writeError } from './kafka-errors.ts'
import { checkPartition, partitionCounts } from './partition-counts.ts'
import { inBatches, messageOf, recordBytes } from './record-batches.ts'

export interface KafkaSinkOptions {
  kafka: Kafka
  /** the topics written to, by role */
  topics: ReadonlyMap<OutputRole, string>
  /** default none; others than gzip need `registerCodecs` */
  compression?: Compression
  /** the broker drops what a retry doubled (default true) */
  idempotent?: boolean
}

interface SendOnce { (args: { topic: string; acks: number; compression: number; messages: ReturnType<typeof messageOf>[] }): Promise<RecordMetadata[]> }

/**
 * A sink over one producer. A `send` of many records goes in several requests of one topic and one partition each, in order: after an error
 * the first of them may be in the log, and the caller sends all again. An error RECORD_TOO_LARGE is about one record of the call: send them singly to learn which.
 * @throws StewardError TOPIC_MISSING, LOG_UNAVAILABLE; sends reject with these, RECORD_TOO_LARGE or, for a partition that does not exist, a RangeError
 */
export async function createKafkaSink({ kafka, topics, compression = 'none', idempotent = true }: KafkaSinkOptions): Promise<Sink> {
  const counts = await partitionCounts(kafka, topics)
  let producer: Promise<Producer> | undefined

  const open = async (): Promise<Producer> => {
    const fresh = kafka.producer({
      idempotent, allowAutoTopicCreation: false, createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 8 },
    })
    await fresh.connect()
    return fresh
  }
  /** After an error nobody knows what the broker keeps for its sequence numbers, and it would take other records for doubles of lost ones. */
  const discard = (spent: Promise<Producer>): void => {
    if (producer === spent) producer = undefined
    spent.then((it) => it.disconnect()).catch(() => undefined)
  }

  return {
    async send(role, partition, records) {
      checkPartition(counts, role, partition)
      const current = producer ??= open()
      try {
        const { send } = await current
        await sendAll(send, topics.get(role)!, partition, records, compressionType(compression))
      } catch (error) {
        discard(current)
        throw writeError(error, `sending to ${topics.get(role)}-${partition}`)
      }
    },
    partitionCount: (role) => counts.get(role) ?? 0,
    async stop() {
      await producer?.then((it) => it.disconnect()).catch(() => undefined)
      producer = undefined
    },
  }
}

/** Sends in order, one request after the other. A batch that is too large for this topic is halved, down to one record. */
export async function sendAll(send: SendOnce, topic: string, partition: number, records: readonly OutgoingRecord[], compression: number): Promise<void> {
  for (const batch of inBatches(records)) await sendBatch(send, topic, partition, batch, compression)
}

async function sendBatch(send: SendOnce, topic: string, partition: number, batch: readonly OutgoingRecord[], compression: number): Promise<void> {
  try {
    const acknowledged = await send({ topic, acks: -1, compression, messages: batch.map((record) => messageOf(record, partition)) })
    if (acknowledged.length === 0) throw new StewardError('LOG_UNAVAILABLE', `${topic}-${partition} has no leader now`)
  } catch (error) {
    const known = writeError(error, `sending to ${topic}-${partition}`)
    if (known.code !== 'RECORD_TOO_LARGE') throw known
    if (batch.length === 1) throw new StewardError('RECORD_TOO_LARGE', `${topic}-${partition} does not take a record of about ${recordBytes(batch[0])} bytes`, { cause: error })
    const half = batch.length >> 1
    await sendBatch(send, topic, partition, batch.slice(0, half), compression)
    await sendBatch(send, topic, partition, batch.slice(half), compression)
  }
}
