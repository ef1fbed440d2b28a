/**
 * Kafka as a source. The offsets are the caller's: the group only shares out partitions, and what is read starts where `begin` says,
 * goes on without a hole, and never starts again by itself.
 */
import type { Cluster, Consumer, ConsumerConfig, Kafka } from 'kafkajs'
import type { InputRole, Source } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import { coPartitionAssigner } from './co-partition.ts'
import type { EdgeLog } from './edge-log.ts'
import { tapFetches } from './fetch-tap.ts'
import { readError } from './kafka-errors.ts'
import { logOffsets } from './log-bounds.ts'
import { progressReporter } from './progress.ts'
import { createReader } from './reader.ts'

export interface KafkaSourceOptions {
  kafka: Kafka
  groupId: string
  /** the topics read, by role; partition p of all of them goes to one member */
  topics: ReadonlyMap<InputRole, string>
  log: EdgeLog
  /** topics do not have the same number of partitions (counts by topic): an alarm, only the common ones are read */
  onMismatch?(counts: ReadonlyMap<string, number>): void
  /** an offset asked for is no longer in the log: `fail` (default) stops the source; `skip` goes on at the log start, for tables */
  onGap?: 'fail' | 'skip'
  /** a member that is silent for so long loses its partitions (default 30 s) */
  sessionTimeoutMs?: number
  heartbeatMs?: number
  rebalanceTimeoutMs?: number
  /** of one fetch answer, for each partition (default 128 KiB) */
  maxBytesPerPartition?: number
  /** of one fetch answer as a whole (default 10 MiB) */
  maxBytes?: number
  /** least time between two commits for lag tools (default 5 s) */
  progressEveryMs?: number
}

/** Waits no longer than this for data: it bounds how late `caughtUp` comes, and an idle fetch with everything paused sleeps it. */
const FETCH_WAIT_MS = 100

/**
 * A member of `groupId`. One fetched batch may still arrive after `pause`.
 * Its `start` rejects with TOPIC_MISSING or LOG_UNAVAILABLE and can be called again; losing brokers later is not a failure, it goes on when they return.
 */
export function createKafkaSource(options: KafkaSourceOptions): Source {
  const { kafka, topics, log, onGap = 'fail' } = options
  const roles = [...topics.keys()]
  const names = [...topics.values()]
  let consumer: Consumer | undefined
  let cluster: Cluster | undefined
  /** ends a `start` that still waits */
  let giveUp: (why: Error) => void = () => {}
  const reader = createReader({ topics, onGap, log, member: () => consumer, cluster: () => cluster! })

  async function connect(member: Consumer): Promise<void> {
    const assigned = new Promise<void>((resolve, reject) => {
      giveUp = reject
      member.on(member.events.GROUP_JOIN, ({ payload }) => {
        reader.joined(payload.memberAssignment)
        resolve()
      })
      member.on(member.events.CRASH, ({ payload: { error, restart } }) => {
        log.warn({ err: error, restart, groupId: options.groupId }, 'the consumer lost its group')
        if (restart) return
        const known = readError(error, `reading ${names.join(', ')}`)
        reject(known)
        reader.fail(known)
      })
    })
    const steps = async () => {
      await member.connect()
      await member.subscribe({ topics: names, fromBeginning: true })
      if (consumer === member) await member.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 1, eachBatch: reader.eachBatch })
    }
    await Promise.all([steps(), assigned])
  }

  const progress = progressReporter(options.progressEveryMs ?? 5000, log, async (offsets) => {
    const mine = offsets.filter(({ partition }) => reader.owned().includes(partition))
    if (mine.length > 0) await consumer?.commitOffsets(mine)
  })

  const edges = async (edge: 'start' | 'end', partition: number): Promise<Map<InputRole, number>> => {
    if (cluster === undefined) throw new StewardError('LOG_UNAVAILABLE', 'the source was asked for offsets before it was started')
    const offsets = await logOffsets(cluster, edge, names.map((topic) => ({ topic, partition })))
    return new Map(roles.map((role, i) => [role, offsets[i]]))
  }

  const newConsumer = (): Consumer => kafka.consumer({
    ...consumerConfig(options),
    partitionAssigners: [coPartitionAssigner({
      owned: reader.owned,
      onMismatch: options.onMismatch,
      onCluster(its) {
        cluster = its
        tapFetches(its, reader)
      },
    })],
  })

  return {
    roles,
    async start(listener) {
      reader.listen(listener)
      const member = consumer = newConsumer()
      try {
        await connect(member)
      } catch (error) {
        reader.listen(undefined)
        await member.disconnect().catch(() => undefined)
        throw readError(error, `joining ${options.groupId} to read ${names.join(', ')}`)
      }
    },
    begin: reader.begin,
    pause: reader.pause,
    resume: reader.resume,
    reportProgress(partition, offsets) {
      for (const [role, offset] of offsets) {
        const topic = topics.get(role)
        if (topic !== undefined) progress.report(topic, partition, offset)
      }
    },
    logEnds: (partition) => edges('end', partition),
    logStarts: (partition) => edges('start', partition),
    async stop() {
      reader.listen(undefined)
      await progress.stop()
      const member = consumer
      consumer = undefined
      giveUp(new StewardError('LOG_UNAVAILABLE', 'stopped before the first assignment came'))
      await member?.disconnect().catch((error: unknown) => log.debug({ err: error }, 'left the group without an answer'))
    },
  }
}

const consumerConfig = (options: KafkaSourceOptions): ConsumerConfig => ({
  groupId: options.groupId,
  allowAutoTopicCreation: false,
  sessionTimeout: options.sessionTimeoutMs ?? 30_000,
  heartbeatInterval: options.heartbeatMs ?? 3000,
  rebalanceTimeout: options.rebalanceTimeoutMs ?? 30_000,
  maxWaitTimeInMs: FETCH_WAIT_MS,
  minBytes: 1,
  maxBytesPerPartition: options.maxBytesPerPartition ?? 128 * 1024,
  maxBytes: options.maxBytes ?? 10 * 1024 * 1024,
  retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 30 },
})

