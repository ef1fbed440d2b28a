/** Where logs begin and end, asked through a consumer's own connections. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from 'kafkajs'
import { StewardError } from '../errors.ts'
import { readError } from './kafka-errors.ts'

const TRIES_MAX = 6
const WAIT_MS = 200
const TIMEOUT_MS = 5000

export interface TopicPartition { topic: string; partition: number }

/**
 * The first offset kept, or the last stable offset, of each of `partitions`, in their order.
 * @throws StewardError LOG_UNAVAILABLE when no answer came within 5 s, TOPIC_MISSING
 */
export async function logOffsets(cluster: Cluster, edge: 'start' | 'end', partitions: readonly TopicPartition[]): Promise<number[]> {
  const late = new AbortController()
  const timeout = sleep(TIMEOUT_MS, undefined, { signal: late.signal }).then(() => {
    throw new StewardError('LOG_UNAVAILABLE', `no broker told the ${edge} of ${partitions.map(({ topic, partition }) => `${topic}-${partition}`).join(', ')} within ${TIMEOUT_MS / 1000} s`)
  })
  try {
    return await Promise.race([askForOffsets(cluster, edge, partitions), timeout])
  } finally {
    timeout.catch(() => undefined)
    late.abort()
  }
}

async function askForOffsets(cluster: Cluster, edge: 'start' | 'end', partitions: readonly TopicPartition[]): Promise<number[]> {
  const query = [...new Set(partitions.map(({ topic }) => topic))].map((topic) => ({
    topic,
    partitions: partitions.filter((wanted) => wanted.topic === topic).map(({ partition }) => ({ partition })),
    fromBeginning: edge === 'start',
  }))
  for (let tries = 1; ; tries++) {
    try {
      const answer = await cluster.fetchTopicsOffset(query)
      return partitions.map(({ topic, partition }) => offsetIn(answer, topic, partition))
    } catch (error) {
      if (tries === TRIES_MAX) throw readError(error, `asking for the ${edge} of ${query.map(({ topic }) => topic).join(', ')}`)
      await sleep(WAIT_MS)
      // a leader may have moved; when nothing answers at all, the next try says so
      await cluster.refreshMetadata().catch(() => undefined)
    }
  }
}

function offsetIn(answer: Awaited<ReturnType<Cluster['fetchTopicsOffset']>>, topic: string, partition: number): number {
  const found = answer.find((given) => given.topic === topic)?.partitions.find((given) => given.partition === partition)
  if (found === undefined) throw new Error(`no leader is known for ${topic}-${partition}`)
  return Number(found.offset)
}
