/**
 * What each fetch of a kafkajs consumer asked for and was answered. kafkajs keeps to itself the last stable offset, the log start,
 * empty answers, and the fact that an offset was out of range (it silently jumps to another); a reader that owns its offsets needs all four.
 */
import type { Broker, Cluster } from 'kafkajs'

/** The answer for one partition. */
export interface Fetched {
  /** the offset asked for */
  fromOffset: number
  /** where a fetch that has passed all that came back goes on; `fromOffset` when nothing came */
  nextOffset: number
  /** everything below it is committed or aborted for good */
  lastStableOffset: number
  logStart: number
}

export interface FetchTap {
  asked(topic: string, partition: number, fromOffset: number): void
  answered(topic: string, partition: number, fetched: Fetched): void
  /** The log does not hold this offset. The whole answer was dropped; unless the tap moves or pauses the partition it is asked again. */
  outOfRange(topic: string, partition: number, fromOffset: number): void
}

type FetchRequest = Parameters<Broker['fetch']>[0]

/** The part of kafkajs 2.2.4's fetch answer that is read here; the log start came with version 5 of the API, the stable offset with version 4. */
interface FetchAnswer {
  responses: { topicName: string; partitions: {
    partition: number; highWatermark: string; lastStableOffset?: string; lastStartOffset?: string; messages: { offset: string }[] }[] }[]
}

/** Shows every fetch that goes through `cluster`, which must belong to one consumer, to `tap`. */
export function tapFetches(cluster: Cluster, tap: FetchTap): void {
  const tapped = new WeakSet<Broker>()
  const findBroker = cluster.findBroker.bind(cluster)
  cluster.findBroker = async (node) => {
    const broker = await findBroker(node)
    if (!tapped.has(broker)) {
      tapped.add(broker)
      const fetch = broker.fetch.bind(broker)
      broker.fetch = (request) => tappedFetch(fetch, request, tap)
    }
    return broker
  }
}

async function tappedFetch(fetch: Broker['fetch'], request: FetchRequest, tap: FetchTap): Promise<FetchAnswer> {
  for (const { topic, partitions } of request.topics) {
    for (const { partition, fetchOffset } of partitions) tap.asked(topic, partition, Number(fetchOffset))
  }
  let answer: FetchAnswer
  try {
    answer = await fetch(request) as FetchAnswer
  } catch (error) {
    const { name, topic, partition } = error as { name?: string; topic: string; partition: number }
    if (name !== 'KafkaJSOffsetOutOfRange') throw error
    tap.outOfRange(topic, partition, offsetAsked(request, topic, partition))
    return { responses: [] }
  }
  for (const { topicName, partitions } of answer.responses) {
    for (const answered of partitions) {
      const fromOffset = offsetAsked(request, topicName, answered.partition)
      const last = answered.messages.at(-1)
      tap.answered(topicName, answered.partition, {
        fromOffset,
        // a compacted tail comes back as records below the offset asked for: kafkajs then passes one offset
        nextOffset: last === undefined ? fromOffset : Math.max(Number(last.offset), fromOffset) + 1,
        lastStableOffset: Number(answered.lastStableOffset ?? answered.highWatermark),
        logStart: Number(answered.lastStartOffset ?? 0),
      })
    }
  }
  return answer
}

const offsetAsked = ({ topics }: FetchRequest, topic: string, partition: number): number =>
  Number(topics.find((asked) => asked.topic === topic)!.partitions.find((asked) => asked.partition === partition)!.fetchOffset)
