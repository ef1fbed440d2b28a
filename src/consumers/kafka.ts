/**
 * Kafka as a source. The offsets are the caller's: the group only shares out partitions, and what is read starts where `begin` says,
 * goes on without a hole, and never starts again by itself.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, Consumer, ConsumerConfig, EachBatchPayload, Kafka, KafkaMessage } from 'kafkajs'
import type { Headers, InputRole, RawRecord, Source, SourceListener } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import { coPartitionAssigner } from './co-partition.ts'
import type { EdgeLog } from './edge-log.ts'
import { tapFetches } from './fetch-tap.ts'
import type { Fetched } from './fetch-tap.ts'
import { readError } from './kafka-errors.ts'
import { logOffsets } from './log-bounds.ts'
import { progressReporter } from './progress.ts'

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

/** One partition of one role, as the listener knows it. */
interface Input {
  role: InputRole
  topic: string
  partition: number
  state: 'assigned' | 'reading' | 'lost'
  paused: boolean
  /** begun without an offset: the log start, wherever that is */
  fromStart: boolean
  /** of the next record to hand over */
  position: number
  /** what the listener was last told: the next batch begins there, whatever control records lay between */
  reported: number
  /** the answer to the last fetch, while it is not handed over */
  fetched: Fetched | null
}

/** Waits no longer than this for data: it bounds how late `caughtUp` comes, and an idle fetch with everything paused sleeps it. */
const FETCH_WAIT_MS = 100
const NO_HEADERS: Headers = Object.freeze({})

/**
 * A member of `groupId`. One fetched batch may still arrive after `pause`.
 * Its `start` rejects with TOPIC_MISSING or LOG_UNAVAILABLE and can be called again; losing brokers later is not a failure, it goes on when they return.
 */
export function createKafkaSource(options: KafkaSourceOptions): Source {
  const { kafka, topics, log, onGap = 'fail' } = options
  const roles = [...topics.keys()]
  /** by topic, then partition; replaced at every join */
  let inputs = new Map<string, Map<number, Input>>()
  let owned: readonly number[] = []
  let listener: SourceListener | undefined
  let consumer: Consumer | undefined
  let cluster: Cluster | undefined
  /** ends a `start` that still waits */
  let giveUp: (why: Error) => void = () => {}

  const find = (topic: string, partition: number): Input | undefined => inputs.get(topic)?.get(partition)
  const inputOf = (role: InputRole, partition: number): Input | undefined => find(topics.get(role)!, partition)
  const isCurrent = (input: Input): boolean => find(input.topic, input.partition) === input

  /** kafkajs throws while it is between groups; the next join then pauses everything and starts over. */
  const ask = (action: (consumer: Consumer) => void): void => {
    try {
      if (consumer !== undefined) action(consumer)
    } catch (error) {
      log.debug({ err: error }, 'not in the group at this moment')
    }
  }
  const pauseFetch = ({ topic, partition }: Input) => ask((member) => member.pause([{ topic, partitions: [partition] }]))
  const resumeFetch = ({ topic, partition }: Input) => ask((member) => member.resume([{ topic, partitions: [partition] }]))
  const seek = ({ topic, partition, position }: Input) => ask((member) => member.seek({ topic, partition, offset: String(position) }))

  /** Whatever the listener throws is its own broken invariant: it is told, and nothing more is read. */
  const tell = (action: (listener: SourceListener) => void): void => {
    if (listener === undefined) return
    try {
      action(listener)
    } catch (error) {
      fail(error instanceof Error ? error : new Error(String(error)))
    }
  }
  const fail = (error: Error): void => {
    const told = listener
    listener = undefined
    for (const ofTopic of inputs.values()) ofTopic.forEach(pauseFetch)
    inputs = new Map()
    told?.failed(error)
  }

  function joined(assignment: Readonly<Record<string, number[]>>): void {
    if (listener === undefined) return
    // before anything else, and without an await: the first fetch must not start at an offset that kafkajs chose
    ask((member) => member.pause(Object.entries(assignment).map(([topic, partitions]) => ({ topic, partitions }))))
    owned = roles.map((role) => assignment[topics.get(role)!] ?? []).reduce((common, partitions) => common.filter((p) => partitions.includes(p)))
    owned = [...owned].sort((a, b) => a - b)
    inputs = new Map([...topics].map(([role, topic]) => [topic, new Map(owned.map((partition) => [partition, newInput(role, topic, partition)]))]))
    tell((told) => told.assigned(owned))
  }

  /** Compares where kafkajs is about to read with where the listener stands. */
  function asked(topic: string, partition: number, fromOffset: number): void {
    const input = find(topic, partition)
    if (input?.state !== 'reading' || fromOffset === input.position) return
    const passed = input.fetched
    // all that came was control records, aborted or compacted ones: kafkajs went past them and hands nothing over
    if (passed !== null && passed.fromOffset === input.position && passed.nextOffset === fromOffset) input.position = fromOffset
    else seek(input)
  }

  function answered(topic: string, partition: number, fetched: Fetched): void {
    const input = find(topic, partition)
    if (input?.state !== 'reading' || input.paused || fetched.fromOffset !== input.position) return
    input.fetched = fetched
    if (fetched.nextOffset !== fetched.fromOffset || fetched.lastStableOffset > input.position) return
    input.reported = input.position
    tell((told) => told.caughtUp(input.role, partition, input.position))
  }

  function outOfRange(topic: string, partition: number, fromOffset: number): void {
    const input = find(topic, partition)
    if (input?.state !== 'reading' || fromOffset !== input.position) return
    pauseFetch(input)
    void locate(input, cluster!).catch((error: unknown) => log.warn({ err: error, topic, partition }, 'could not ask where the log begins; trying again'))
      .then(() => isCurrent(input) && input.state === 'reading' && !input.paused && resumeFetch(input))
  }

  /** Finds out why the log does not hold the position: it is gone, it never was, or a leader was not yet up to date. */
  async function locate(input: Input, through: Cluster): Promise<void> {
    const { topic, partition, position } = input
    await sleep(FETCH_WAIT_MS)
    const [logStart] = await logOffsets(through, 'start', [input])
    const [logEnd] = await logOffsets(through, 'end', [input])
    if (!isCurrent(input) || input.position !== position || input.state !== 'reading') return
    if (position >= logStart && position <= logEnd) return
    if ((input.fromStart && position < logStart) || onGap === 'skip') {
      log.warn({ topic, partition, position, logStart }, 'going on at the log start')
      input.position = input.reported = logStart
      return seek(input)
    }
    gap(input, `the log holds offsets ${logStart} to ${logEnd}`)
  }

  function gap(input: Input, found: string): void {
    input.state = 'lost'
    pauseFetch(input)
    const wanted = `${input.topic}-${input.partition} was to be read on from offset ${input.position}`
    fail(new StewardError('OFFSET_GAP', `${wanted}, but ${found}: retention took records, or the topic was made anew. Nothing beyond was read.`))
  }

  function eachBatch({ batch, isStale, resolveOffset }: EachBatchPayload): Promise<void> {
    const input = find(batch.topic, batch.partition)
    const fetched = input?.fetched
    if (input?.state !== 'reading' || !fetched || isStale()) return Promise.resolve()
    const from = Number((batch as typeof batch & { fetchedOffset: string }).fetchedOffset)
    if (from !== input.position || fetched.fromOffset !== from) {
      seek(input)
      return Promise.resolve()
    }
    const first = Number(batch.firstOffset() ?? from)
    if (first > from && fetched.logStart > from && !input.fromStart && onGap === 'fail') {
      gap(input, `the log now begins at ${fetched.logStart}`)
      return Promise.resolve()
    }
    const last = batch.lastOffset()
    resolveOffset(last)
    const { role, partition, reported: fromOffset } = input
    const nextOffset = Number(last) + 1
    input.position = input.reported = nextOffset
    input.fetched = null
    input.fromStart = false
    const records = fetched.records ?? batch.messages.map(rawRecord)
    tell((told) => told.batch({ role, partition, fromOffset, records, nextOffset, logEnd: fetched.lastStableOffset }))
    return Promise.resolve()
  }

  async function connect(member: Consumer): Promise<void> {
    const assigned = new Promise<void>((resolve, reject) => {
      giveUp = reject
      member.on(member.events.GROUP_JOIN, ({ payload }) => {
        joined(payload.memberAssignment)
        resolve()
      })
      member.on(member.events.CRASH, ({ payload: { error, restart } }) => {
        log.warn({ err: error, restart }, 'the consumer lost its group')
        if (restart) return
        const known = readError(error, `reading ${[...topics.values()].join(', ')}`)
        reject(known)
        fail(known)
      })
    })
    const steps = async () => {
      await member.connect()
      await member.subscribe({ topics: [...topics.values()], fromBeginning: true })
      if (consumer === member) await member.run({ autoCommit: false, eachBatchAutoResolve: false, partitionsConsumedConcurrently: 1, eachBatch })
    }
    await Promise.all([steps(), assigned])
  }

  const progress = progressReporter(options.progressEveryMs ?? 5000, log, async (offsets) => {
    const mine = offsets.filter(({ partition }) => owned.includes(partition))
    if (mine.length > 0) await consumer?.commitOffsets(mine)
  })

  const edges = async (edge: 'start' | 'end', partition: number): Promise<Map<InputRole, number>> => {
    if (cluster === undefined) throw new StewardError('LOG_UNAVAILABLE', 'the source was asked for offsets before it was started')
    const offsets = await logOffsets(cluster, edge, [...topics.values()].map((topic) => ({ topic, partition })))
    return new Map(roles.map((role, i) => [role, offsets[i]]))
  }

  return {
    roles,
    async start(told) {
      listener = told
      consumer = kafka.consumer({
        ...consumerConfig(options),
        partitionAssigners: [coPartitionAssigner({
          owned: () => owned,
          onMismatch: options.onMismatch,
          onCluster: (its) => {
            cluster = its
            tapFetches(its, { asked, answered, outOfRange })
          },
        })],
      })
      const member = consumer
      try {
        await connect(member)
      } catch (error) {
        listener = undefined
        await member.disconnect().catch(() => undefined)
        throw readError(error, `joining ${options.groupId} to read ${[...topics.values()].join(', ')}`)
      }
    },
    begin(partition, offsets) {
      for (const role of roles) {
        const input = inputOf(role, partition)
        if (input === undefined) continue
        const position = offsets.get(role)
        Object.assign(input, { state: 'reading', paused: false, fromStart: position === undefined, fetched: null })
        input.position = input.reported = position ?? 0
        seek(input)
        resumeFetch(input)
      }
    },
    pause(role, partition) {
      const input = inputOf(role, partition)
      if (input?.state !== 'reading') return
      input.paused = true
      pauseFetch(input)
    },
    resume(role, partition) {
      const input = inputOf(role, partition)
      if (input?.state !== 'reading') return
      input.paused = false
      resumeFetch(input)
    },
    reportProgress(partition, offsets) {
      for (const [role, offset] of offsets) {
        const topic = topics.get(role)
        if (topic !== undefined) progress.report(topic, partition, offset)
      }
    },
    logEnds: (partition) => edges('end', partition),
    logStarts: (partition) => edges('start', partition),
    async stop() {
      listener = undefined
      inputs = new Map()
      await progress.stop()
      const member = consumer
      consumer = undefined
      giveUp(new StewardError('LOG_UNAVAILABLE', 'stopped before the first assignment came'))
      await member?.disconnect().catch((error: unknown) => log.debug({ err: error }, 'left the group without an answer'))
    },
  }
}

const newInput = (role: InputRole, topic: string, partition: number): Input =>
  ({ role, topic, partition, state: 'assigned', paused: true, fromStart: false, position: 0, reported: 0, fetched: null })

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

/** The bytes are views of the fetch answer, which kafkajs does not use again. */
const rawRecord = ({ offset, timestamp, key, value, headers }: KafkaMessage): RawRecord =>
  ({ offset: Number(offset), timestampMs: Number(timestamp), key, value, headers: headers === undefined ? NO_HEADERS : textHeaders(headers) })

/** Headers as text; of several with one name the last, as Kafka's own `lastHeader`. */
function textHeaders(headers: NonNullable<KafkaMessage['headers']>): Headers {
  let text: Record<string, string> | undefined
  for (const name in headers) {
    const given = headers[name]
    const last = Array.isArray(given) ? given.at(-1) : given
    text ??= {}
    text[name] = last?.toString() ?? ''
  }
  return text ?? NO_HEADERS
}
