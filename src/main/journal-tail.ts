/** The end of the journal, from a moment on: what a task looks at when it is taken up. One group a process, joined once. */
import { randomUUID } from 'node:crypto'
import type { Kafka } from 'kafkajs'
import type { Config } from '../config/config.ts'
import { createKafkaSource } from '../consumers/kafka.ts'
import type { InputRole, RawRecord, Source } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import { withAdmin } from '../producers/admin.ts'
import type { Log } from '../telemetry/log.ts'
import { edgeLog, topicOf } from './clients.ts'

export interface JournalTail {
  /** Records of one partition stamped `sinceMs` or later (and what lies behind the first of them), to the end of the log as of the call. */
  read(partition: number, sinceMs: number): AsyncGenerator<RawRecord>
  stop(): Promise<void>
}

/** As the source names it: the journal is an output of the program, read like any input here. */
const role = 'journal' as InputRole
const QUEUED_MAX = 2000

/** A read that is under way on one partition. */
interface Reading {
  position: number
  readonly end: number
  queue: RawRecord[]
  wake: () => void
}

/** @throws StewardError TOPIC_MISSING, LOG_UNAVAILABLE */
export async function openJournalTail({ config, kafka, log }: { config: Config; kafka: Kafka; log: Log }): Promise<JournalTail> {
  const topic = topicOf(config, 'journal')
  const groupId = `${config.kafka.groupPrefix}-journal-${randomUUID().slice(0, 8)}`
  const { sessionTimeout, heartbeat, rebalanceTimeout } = config.kafka
  const source: Source = createKafkaSource({
    kafka, groupId, topics: new Map([[role, topic]]), log: edgeLog(log), onGap: 'skip',
    sessionTimeoutMs: sessionTimeout, heartbeatMs: heartbeat, rebalanceTimeoutMs: rebalanceTimeout,
  })
  const readings = new Map<number, Reading>()
  const turns = new Map<number, Promise<void>>()
  let failure: Error | null = null

  const begin = (partition: number, { position }: Reading) => source.begin(partition, new Map([[role, position]]))
  const passed = (partition: number, nextOffset: number) => {
    const reading = readings.get(partition)
    if (reading === undefined) return
    reading.position = Math.max(reading.position, nextOffset)
    if (reading.queue.length > QUEUED_MAX || reading.position >= reading.end) source.pause(role, partition)
    reading.wake()
  }
  await source.start({
    assigned: (partitions) => {
      for (const [partition, reading] of readings) if (partitions.includes(partition) && reading.position < reading.end) begin(partition, reading)
    },
    batch: ({ partition, records, nextOffset }) => {
      const reading = readings.get(partition)
      // one batch may still come after a pause
      for (const record of records) if (reading !== undefined && record.offset >= reading.position && record.offset < reading.end) reading.queue.push(record)
      passed(partition, nextOffset)
    },
    caughtUp: (_role, partition, nextOffset) => passed(partition, nextOffset),
    failed(error) {
      failure = error
      for (const { wake } of readings.values()) wake()
    },
  })

  async function* records(partition: number, sinceMs: number): AsyncGenerator<RawRecord> {
    const { from, end } = await boundsOf(kafka, topic, partition, sinceMs)
    const reading: Reading = { position: from, end, queue: [], wake: () => {} }
    if (from >= end) return
    readings.set(partition, reading)
    try {
      begin(partition, reading)
      while (reading.position < end || reading.queue.length > 0) {
        if (failure !== null) throw failure as Error
        if (reading.queue.length === 0) await new Promise<void>((resolve) => { reading.wake = resolve })
        yield* reading.queue.splice(0)
        if (reading.position < end) source.resume(role, partition)
      }
    } finally {
      readings.delete(partition)
      source.pause(role, partition)
    }
  }

  return {
    async* read(partition, sinceMs) {
      // tasks share a partition, and a partition has one position
      let done: () => void = () => {}
      const before = turns.get(partition) ?? Promise.resolve()
      turns.set(partition, before.then(() => new Promise<void>((resolve) => { done = resolve })))
      await before
      try {
        yield* records(partition, sinceMs)
      } finally {
        done()
      }
    },
    async stop() {
      failure = new StewardError('LOG_UNAVAILABLE', 'the journal is no longer read: the program stops')
      for (const { wake } of readings.values()) wake()
      await source.stop()
      await withAdmin(kafka, 'deleting a group', (admin) => admin.deleteGroups([groupId])).catch(() => undefined)
    },
  }
}

/**
 * From the first offset stamped `sinceMs` or later to the end of the log: not to its last stable offset, as a transaction that a killed
 * owner left open may hold entries of other tasks back. They are waited for: its successor, or the broker, ends it.
 */
const boundsOf = (kafka: Kafka, topic: string, partition: number, sinceMs: number): Promise<{ from: number; end: number }> =>
  withAdmin(kafka, `looking for the end of ${topic}`, async (admin) => {
    const [stamped, offsets] = await Promise.all([admin.fetchTopicOffsetsByTimestamp(topic, sinceMs), admin.fetchTopicOffsets(topic)])
    const [first, whole] = [stamped.find((it) => it.partition === partition)!, offsets.find((it) => it.partition === partition)!]
    return { from: Number(first.offset), end: Number(whole.high) }
  })
