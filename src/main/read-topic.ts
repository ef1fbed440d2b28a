/** Reading a topic once, from its start to its end as of the call, with bounded memory: for captures, look-ups and replays. */
import { randomUUID } from 'node:crypto'
import type { Kafka } from 'kafkajs'
import type { Config } from '../config/config.ts'
import { createKafkaSource } from '../consumers/kafka.ts'
import type { InputRole, OutputRole, RawRecord } from '../engine/ports.ts'
import type { Log } from '../telemetry/log.ts'
import { edgeLog, topicOf } from './clients.ts'

export type TopicRecord = RawRecord & { partition: number }

const QUEUED_MAX = 20_000

/**
 * Records of each partition (or of `only` one) in order; partitions interleave as they come. Ends early when `signal` is aborted.
 * @param newest of each partition no more than so many offsets
 * @param fromOffset of the `only` partition, where to begin
 */
export async function* readTopic(
  config: Config, kafka: Kafka, role: InputRole | OutputRole, log: Log, signal: AbortSignal, only: number | null = null, newest = Infinity, fromOffset = 0,
): AsyncGenerator<TopicRecord> {
  const groupId = `${config.kafka.groupPrefix}-read-${role}-${randomUUID().slice(0, 8)}`
  const reading = role as InputRole
  const source = createKafkaSource({ kafka, groupId, topics: new Map([[reading, topicOf(config, role)]]), log: edgeLog(log), onGap: 'skip' })
  const queue: TopicRecord[] = []
  const paused = new Set<number>()
  const open = new Set<number>()
  const ends = new Map<number, number>()
  const positions = new Map<number, number>()
  const begin = (partition: number) => source.begin(partition, new Map([[reading, positions.get(partition)!]]))
  let failure: Error | null = null
  let wake: () => void = () => {}
  const passed = (partition: number, nextOffset: number) => {
    if (nextOffset >= (ends.get(partition) ?? Infinity)) open.delete(partition)
    wake()
  }
  const aborted = () => wake()
  signal.addEventListener('abort', aborted, { once: true })
  let owned: readonly number[] = []
  try {
    await source.start({
      assigned: (partitions) => {
        owned = only === null ? partitions : partitions.filter((partition) => partition === only)
        // the group was dealt anew, and everything is paused: reading goes on where it was
        for (const partition of owned) if (open.has(partition) && !paused.has(partition)) begin(partition)
      },
      batch: ({ partition, records, nextOffset }) => {
        positions.set(partition, nextOffset)
        const end = ends.get(partition) ?? 0
        for (const record of records) if (record.offset < end) queue.push({ ...record, partition })
        if (queue.length > QUEUED_MAX) {
          paused.add(partition)
          source.pause(reading, partition)
        }
        passed(partition, nextOffset)
      },
      caughtUp: (_role, partition, nextOffset) => passed(partition, nextOffset),
      failed: (error) => {
        failure = error
        wake()
      },
    })
    for (const partition of owned) {
      const end = (await source.logEnds(partition)).get(reading) ?? 0
      const start = (await source.logStarts(partition)).get(reading) ?? 0
      ends.set(partition, end)
      positions.set(partition, Math.max(start, end - newest, fromOffset))
      if (end > Math.max(start, fromOffset)) open.add(partition)
    }
    for (const partition of open) begin(partition)
    while ((open.size > 0 || queue.length > 0) && !signal.aborted) {
      if (failure !== null) throw failure as Error
      if (queue.length === 0) await new Promise<void>((resolve) => { wake = resolve })
      yield* queue.splice(0)
      for (const partition of paused) begin(partition)
      paused.clear()
    }
  } finally {
    signal.removeEventListener('abort', aborted)
    await source.stop()
    const admin = kafka.admin()
    await admin.connect().then(() => admin.deleteGroups([groupId])).catch(() => undefined)
    await admin.disconnect().catch(() => undefined)
  }
}
