/** Publishing by transactions under a fixed id, which shuts out whoever held the id before. */
import kafkajs from 'kafkajs'
import type { Kafka, Producer } from 'kafkajs'
import type { FencedSession, FencedSink, OutgoingRecord, OutputRole } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import { compressionType } from './codecs.ts'
import type { Compression } from './codecs.ts'
import { sendAll } from './kafka.ts'
import { writeError } from './kafka-errors.ts'
import { checkPartition, partitionCounts } from './partition-counts.ts'
import { byPartition } from './record-batches.ts'

export interface KafkaFencedSinkOptions {
  kafka: Kafka
  topics: ReadonlyMap<OutputRole, string>
  compression?: Compression
  /** what an owner that died leaves open is aborted by the broker after so long, unless a successor does it first (default 30 s) */
  transactionTimeoutMs?: number
}

/**
 * Sessions over transactional producers, `transactional.id` = the id given to `open`.
 * A session that failed once stays failed: open another, which is also what settles a transaction in doubt. When the answer to a commit is lost,
 * `publish` rejects with LOG_UNAVAILABLE although the records may be visible; whoever publishes them again doubles them.
 * @throws StewardError TOPIC_MISSING, LOG_UNAVAILABLE; `publish` rejects with FENCED, RECORD_TOO_LARGE, LOG_UNAVAILABLE
 */
export async function createKafkaFencedSink({ kafka, topics, compression = 'none', transactionTimeoutMs = 30_000 }: KafkaFencedSinkOptions): Promise<FencedSink> {
  const counts = await partitionCounts(kafka, topics)
  return {
    async open(id) {
      // kafkajs fences once in the life of a producer, in its first transaction: so each session has a producer of its own
      const producer = kafka.producer({
        transactionalId: id, transactionTimeout: transactionTimeoutMs, idempotent: true, maxInFlightRequests: 1, allowAutoTopicCreation: false,
        createPartitioner: kafkajs.Partitioners.DefaultPartitioner, retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 8 },
      })
      try {
        await producer.connect()
        const empty = await producer.transaction()
        await empty.abort()
      } catch (error) {
        await producer.disconnect().catch(() => undefined)
        throw writeError(error, `taking over ${id}`)
      }
      return session(producer, id, async (records) => {
        for (const { role, partition } of records) checkPartition(counts, role, partition)
        await inTransaction(producer, records, topics, compressionType(compression))
      })
    },
  }
}

function session(producer: Producer, id: string, publish: (records: readonly OutgoingRecord[]) => Promise<void>): FencedSession {
  let over: StewardError | undefined
  return {
    async publish(records) {
      if (over !== undefined) throw new StewardError(over.code, `${id} must be opened again: ${over.message}`, { cause: over })
      try {
        await publish(records)
      } catch (error) {
        if (error instanceof RangeError) throw error
        over = writeError(error, `publishing as ${id}`)
        void producer.disconnect().catch(() => undefined)
        throw over
      }
    },
    async close() {
      over ??= new StewardError('FENCED', 'this session was closed')
      await producer.disconnect().catch(() => undefined)
    },
  }
}

async function inTransaction(producer: Producer, records: readonly OutgoingRecord[], topics: ReadonlyMap<OutputRole, string>, compression: number): Promise<void> {
  const transaction = await producer.transaction()
  try {
    for (const run of byPartition(records)) await sendAll(transaction.send, topics.get(run[0].role)!, run[0].partition, run, compression)
  } catch (error) {
    // a fenced producer cannot abort any more; its successor has done so
    await transaction.abort().catch(() => undefined)
    throw error
  }
  await transaction.commit()
}
