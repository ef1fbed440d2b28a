/**
 * What each fetch of a kafkajs consumer asked for and was answered. kafkajs keeps to itself the last stable offset, the log start,
 * empty answers, and the fact that an offset was out of range (it silently jumps to another); a reader that owns its offsets needs all four.
 */
import type { Broker, Cluster } from 'kafkajs'
import type { RawRecord } from '../engine/ports.ts'
import { FETCH_VERSION, readFetchAnswer } from './fetch-answer.ts'
import type { AnsweredPartition, FetchAnswer } from './fetch-answer.ts'
import { OldFormatError } from './record-set.ts'

/** The answer for one partition. */
export interface Fetched {
  /** the offset asked for */
  fromOffset: number
  /** where a fetch that has passed all that came back goes on; `fromOffset` when nothing came */
  nextOffset: number
  /** everything below it is committed or aborted for good */
  lastStableOffset: number
  logStart: number
  /** from `fromOffset` on; null when kafkajs read them, into the batch that it hands over */
  records: readonly RawRecord[] | null
}

export interface FetchTap {
  asked(topic: string, partition: number, fromOffset: number): void
  answered(topic: string, partition: number, fetched: Fetched): void
  /** The log does not hold this offset. The whole answer was dropped; unless the tap moves or pauses the partition it is asked again. */
  outOfRange(topic: string, partition: number, fromOffset: number): void
}

type FetchRequest = Parameters<Broker['fetch']>[0]

/** Shows every fetch that goes through `cluster`, which must belong to one consumer, to `tap`. */
export function tapFetches(cluster: Cluster, tap: FetchTap): void {
  const tapped = new WeakSet<Broker>()
  const findBroker = cluster.findBroker.bind(cluster)
  cluster.findBroker = async (node) => {
    const broker = await findBroker(node)
    if (!tapped.has(broker)) {
      tapped.add(broker)
      const fetch = broker.fetch.bind(broker)
      broker.fetch = (request) => tappedFetch(() => fetchReadingOurselves(broker, fetch, request), request, tap)
    }
    return broker
  }
}

async function tappedFetch(fetch: () => Promise<FetchAnswer>, request: FetchRequest, tap: FetchTap): Promise<FetchAnswer> {
  for (const { topic, partitions } of request.topics) {
    for (const { partition, fetchOffset } of partitions) tap.asked(topic, partition, Number(fetchOffset))
  }
  let answer: FetchAnswer
  try {
    answer = await fetch()
  } catch (error) {
    const { name, topic, partition } = error as { name?: string; topic: string; partition: number }
    if (name !== 'KafkaJSOffsetOutOfRange') throw error
    tap.outOfRange(topic, partition, offsetAsked(request, topic, partition))
    return { responses: [] }
  }
  for (const { topicName, partitions } of answer.responses) {
    for (const answered of partitions) {
      tap.answered(topicName, answered.partition, fetchedFrom(answered, offsetAsked(request, topicName, answered.partition)))
    }
  }
  return answer
}

function fetchedFrom(answered: AnsweredPartition, fromOffset: number): Fetched {
  const bounds = { fromOffset, lastStableOffset: Number(answered.lastStableOffset ?? answered.highWatermark), logStart: Number(answered.lastStartOffset ?? 0) }
  if (answered.read === undefined) {
    const last = answered.messages.at(-1)
    // a compacted tail comes back as records below the offset asked for: kafkajs then passes one offset
    return { ...bounds, nextOffset: last === undefined ? fromOffset : Math.max(Number(last.offset), fromOffset) + 1, records: null }
  }
  // a batch comes whole, with what it holds below the offset asked for
  const all = answered.read.records
  const records = all.length === 0 || all[0].offset >= fromOffset ? all : all.filter(({ offset }) => offset >= fromOffset)
  const nextOffset = Math.max(answered.read.nextOffset ?? fromOffset, fromOffset)
  answered.messages = standIns(records, fromOffset, nextOffset)
  return { ...bounds, nextOffset, records }
}

/** For kafkajs to count with: the first record, and a control record as the last, so that it goes on at `nextOffset`. */
function standIns(records: readonly RawRecord[], fromOffset: number, nextOffset: number): AnsweredPartition['messages'] {
  if (nextOffset === fromOffset) return []
  const last = { offset: String(nextOffset - 1), isControlRecord: true }
  return records.length === 0 ? [last] : [{ offset: String(records[0].offset), isControlRecord: false }, last]
}

/** What a kafkajs broker uses to make a request; not in its types. */
interface RequestMaker {
  lookupRequest(apiKey: number, definition: unknown): (args: unknown) => {
    request: { apiVersion: number }
    response: { decode(bytes: Buffer): Promise<FetchAnswer>; parse(answer: FetchAnswer): Promise<FetchAnswer> }
  }
}

/** A fetch whose answer we decode instead of kafkajs, unless it holds batches of an old format or the broker is too old. */
function fetchReadingOurselves(broker: Broker, fetch: Broker['fetch'], request: FetchRequest): Promise<FetchAnswer> {
  const maker = broker as unknown as RequestMaker
  const lookup = maker.lookupRequest
  maker.lookupRequest = (apiKey, definition) => (args) => {
    const made = lookup.call(broker, apiKey, definition)(args)
    if (made.request.apiVersion !== FETCH_VERSION) return made
    const decode = (bytes: Buffer) => readFetchAnswer(bytes).catch((error: unknown) => {
      if (error instanceof OldFormatError) return made.response.decode(bytes)
      throw error
    })
    return { request: made.request, response: { parse: made.response.parse, decode } }
  }
  try {
    // kafkajs looks the request up before its first await
    return fetch(request) as Promise<FetchAnswer>
  } finally {
    maker.lookupRequest = lookup
  }
}

const offsetAsked = ({ topics }: FetchRequest, topic: string, partition: number): number =>
  Number(topics.find((asked) => asked.topic === topic)!.partitions.find((asked) => asked.partition === partition)!.fetchOffset)
