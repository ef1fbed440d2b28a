/** Whole small topics, read by everyone: kafkajs cannot read without a group, so each reader has one of its own and deletes it afterwards. */
import { randomUUID } from 'node:crypto'
import type { Kafka } from 'kafkajs'
import type { InputRole, RawRecord, Source, TableSource } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import type { EdgeLog } from './edge-log.ts'
import { createKafkaSource } from './kafka.ts'
import { readError } from './kafka-errors.ts'

export interface KafkaTableOptions {
  kafka: Kafka
  role: InputRole
  topic: string
  /** the group is named `<groupPrefix>-<role>-<random>`: what the client needs rights on */
  groupPrefix: string
  log: EdgeLog
  /** only what is written from now on (for ticks) */
  fromEnd?: boolean
  /** the table cannot be followed any further; before `start` has resolved it rejects instead */
  onFailed(error: Error): void
  /** a reader that is silent for so long joins again, which loses nothing (default 30 s) */
  sessionTimeoutMs?: number
  heartbeatMs?: number
}

/**
 * Reads `topic` from its beginning and follows it. Records of one partition come in order; those that compaction or retention took are passed.
 * `start` rejects with TOPIC_MISSING or LOG_UNAVAILABLE.
 */
export function createKafkaTable(options: KafkaTableOptions): TableSource {
  const { kafka, role, topic, groupPrefix, log, fromEnd = false } = options
  const groupId = `${groupPrefix}-${role}-${randomUUID().slice(0, 8)}`
  const admin = kafka.admin()
  let source: Source | undefined
  let started: Promise<void> | undefined
  let isStopped = false

  async function start(deliver: (record: RawRecord & { partition: number }) => void): Promise<void> {
    const bounds = await topicBounds()
    const positions = new Map(bounds.map(({ partition, low, high }) => [partition, fromEnd ? high : low]))
    const open = new Set(bounds.filter(({ partition, high }) => positions.get(partition)! < high).map(({ partition }) => partition))
    const ends = new Map(bounds.map(({ partition, high }) => [partition, high]))
    let failed: (error: Error) => void
    let complete: () => void
    const whole = new Promise<void>((resolve, reject) => {
      complete = resolve
      failed = reject
    })
    const passed = (partition: number, nextOffset: number, isEnd: boolean) => {
      positions.set(partition, nextOffset)
      if ((isEnd || nextOffset >= ends.get(partition)!) && open.delete(partition) && open.size === 0) complete()
    }
    const reader = source = createKafkaSource({
      kafka, groupId, log, topics: new Map([[role, topic]]), onGap: 'skip', sessionTimeoutMs: options.sessionTimeoutMs, heartbeatMs: options.heartbeatMs })
    started = reader.start({
      // a partition added since then is read from its beginning
      assigned: (partitions) => partitions.forEach((partition) => reader.begin(partition, new Map([[role, positions.get(partition) ?? 0]]))),
      batch({ partition, records, nextOffset }) {
        for (const record of records) deliver({ ...record, partition })
        passed(partition, nextOffset, false)
      },
      caughtUp: (_, partition, nextOffset) => passed(partition, nextOffset, true),
      failed(error) {
        if (open.size > 0) failed(error)
        else options.onFailed(error)
      },
    })
    if (open.size > 0) return void await Promise.all([started, whole])
    started.catch((error: Error) => isStopped || options.onFailed(error))
  }

  async function topicBounds(): Promise<{ partition: number; low: number; high: number }[]> {
    try {
      await admin.connect()
      // asked for its offsets, kafkajs would look for it for seconds
      if (!(await admin.listTopics()).includes(topic)) throw new StewardError('TOPIC_MISSING', `no such topic: ${topic}`)
      const offsets = await admin.fetchTopicOffsets(topic)
      return offsets.map(({ partition, low, high }) => ({ partition, low: Number(low), high: Number(high) }))
    } catch (error) {
      throw readError(error, `reading ${topic}`)
    }
  }

  return {
    role,
    start,
    async stop() {
      isStopped = true
      await source?.stop()
      await started?.catch(() => undefined)
      await admin.deleteGroups([groupId]).catch((error: unknown) => log.debug({ err: error, groupId }, 'the group of a table was not deleted'))
      await admin.disconnect()
    },
  }
}
