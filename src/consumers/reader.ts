/** What a Kafka source reads: where each partition stands, checked against what kafkajs is about to fetch and has fetched. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster, Consumer, EachBatchPayload, KafkaMessage } from 'kafkajs'
import type { Headers, InputRole, RawRecord, SourceListener } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import type { EdgeLog } from './edge-log.ts'
import type { FetchTap, Fetched } from './fetch-tap.ts'
import { logOffsets } from './log-bounds.ts'

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

const NO_HEADERS: Headers = Object.freeze({})
/** before the log is asked why it does not hold an offset: a new leader may need a moment */
const LOOK_AGAIN_MS = 100

export interface ReaderOptions {
  topics: ReadonlyMap<InputRole, string>
  onGap: 'fail' | 'skip'
  log: EdgeLog
  /** the member, while it is started */
  member(): Consumer | undefined
  cluster(): Cluster
}

export interface Reader extends FetchTap {
  owned(): readonly number[]
  /** Tells `listener` from now on; nobody, and reads nothing, when undefined. */
  listen(listener: SourceListener | undefined): void
  /** A new assignment, by topic. */
  joined(assignment: Readonly<Record<string, number[]>>): void
  begin(partition: number, offsets: ReadonlyMap<InputRole, number>): void
  pause(role: InputRole, partition: number): void
  resume(role: InputRole, partition: number): void
  eachBatch(payload: EachBatchPayload): Promise<void>
  /** Ends reading with an error, told once. */
  fail(error: Error): void
}

export function createReader({ topics, onGap, log, member, cluster }: ReaderOptions): Reader {
  const roles = [...topics.keys()]
  /** by topic, then partition; replaced at every join */
  let inputs = new Map<string, Map<number, Input>>()
  let owned: readonly number[] = []
  let listener: SourceListener | undefined

  const find = (topic: string, partition: number): Input | undefined => inputs.get(topic)?.get(partition)
  const inputOf = (role: InputRole, partition: number): Input | undefined => find(topics.get(role)!, partition)
  const isCurrent = (input: Input): boolean => find(input.topic, input.partition) === input

  /** kafkajs throws while it is between groups; the next join then pauses everything and starts over. */
  const ask = (action: (consumer: Consumer) => void): void => {
    try {
      const consumer = member()
      if (consumer !== undefined) action(consumer)
    } catch (error) {
      log.debug({ err: error }, 'not in the group at this moment')
    }
  }
  const pauseFetch = ({ topic, partition }: Input) => ask((consumer) => consumer.pause([{ topic, partitions: [partition] }]))
  const resumeFetch = ({ topic, partition }: Input) => ask((consumer) => consumer.resume([{ topic, partitions: [partition] }]))
  const seek = ({ topic, partition, position }: Input) => ask((consumer) => consumer.seek({ topic, partition, offset: String(position) }))

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
    ask((consumer) => consumer.pause(Object.entries(assignment).map(([topic, partitions]) => ({ topic, partitions }))))
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
    if (passed !== null && !passed.records?.length && passed.fromOffset === input.position && passed.nextOffset === fromOffset) input.position = fromOffset
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
    void locate(input, cluster()).catch((error: unknown) => log.warn({ err: error, topic, partition }, 'could not ask where the log begins; trying again'))
      .then(() => isCurrent(input) && input.state === 'reading' && !input.paused && resumeFetch(input))
  }

  /** Finds out why the log does not hold the position: it is gone, it never was, or a leader was not yet up to date. */
  async function locate(input: Input, through: Cluster): Promise<void> {
    const { topic, partition, position } = input
    await sleep(LOOK_AGAIN_MS)
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
    const { role, partition, reported: fromOffset } = input
    const nextOffset = fetched.records === null ? Number(batch.lastOffset()) + 1 : fetched.nextOffset
    resolveOffset(String(nextOffset - 1))
    input.position = input.reported = nextOffset
    input.fetched = null
    input.fromStart = false
    const records = fetched.records ?? batch.messages.map(rawRecord)
    tell((told) => told.batch({ role, partition, fromOffset, records, nextOffset, logEnd: fetched.lastStableOffset }))
    return Promise.resolve()
  }

  function begin(partition: number, offsets: ReadonlyMap<InputRole, number>): void {
    for (const role of roles) {
      const input = inputOf(role, partition)
      if (input === undefined) continue
      const position = offsets.get(role)
      Object.assign(input, { state: 'reading', paused: false, fromStart: position === undefined, fetched: null })
      input.position = input.reported = position ?? 0
      seek(input)
      resumeFetch(input)
    }
  }

  function hold(role: InputRole, partition: number, paused: boolean): void {
    const input = inputOf(role, partition)
    if (input?.state !== 'reading') return
    input.paused = paused
    if (paused) pauseFetch(input)
    else resumeFetch(input)
  }

  return {
    owned: () => owned,
    listen(told) {
      listener = told
      if (told === undefined) inputs = new Map()
    },
    joined, asked, answered, outOfRange, begin, eachBatch, fail,
    pause: (role, partition) => hold(role, partition, true),
    resume: (role, partition) => hold(role, partition, false),
  }
}

const newInput = (role: InputRole, topic: string, partition: number): Input =>
  ({ role, topic, partition, state: 'assigned', paused: true, fromStart: false, position: 0, reported: 0, fetched: null })

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
