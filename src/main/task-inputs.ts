/** The inputs of a task as replays read them: each partition a stream, opened when it is first asked for. */
import type { Kafka } from 'kafkajs'
import type { InputRole, RawRecord, TaskId } from '../engine/ports.ts'
import type { ReadSlice, Slice } from '../engine/replay.ts'
import { withAdmin } from '../producers/admin.ts'
import { topicOf } from './clients.ts'
import type { Reach } from './inspect.ts'
import { readTopic, type TopicRecord } from './read-topic.ts'

interface Bounds { start: number; end: number }

interface TaskInputs { read: ReadSlice; close(): Promise<void> }

/** The inputs of each task on a cluster. */
export function clusterInputs({ config, kafka, log }: Pick<Reach, 'config' | 'kafka' | 'log'>, signal: AbortSignal): (id: TaskId) => TaskInputs {
  const records = (role: InputRole, partition: number, fromOffset: number) => readTopic(config, kafka, role, log, signal, partition, Infinity, fromOffset)
  return (id) => taskInputs(id, records, (role, partition) => boundsOf(kafka, topicOf(config, role), partition))
}

const boundsOf = (kafka: Kafka, topic: string, partition: number): Promise<Bounds> => withAdmin(kafka, `asking for the ends of ${topic}`, async (admin) => {
  const { low, high } = (await admin.fetchTopicOffsets(topic)).find((of) => of.partition === partition)!
  return { start: Number(low), end: Number(high) }
})

function taskInputs(
  id: TaskId, records: (role: InputRole, partition: number, fromOffset: number) => AsyncGenerator<TopicRecord>, bounds: (role: InputRole, partition: number) => Promise<Bounds>,
): TaskInputs {
  const streams = new Map<InputRole, PartitionStream>()
  const open = (role: InputRole, fromOffset: number) => {
    const partition = role === 'ticks' ? 0 : id.partition
    const stream = new PartitionStream(records(role, partition, fromOffset), () => bounds(role, partition))
    streams.set(role, stream)
    return stream
  }
  return {
    read: (role, fromOffset, toOffset) => (streams.get(role) ?? open(role, fromOffset)).read(fromOffset, toOffset),
    close: async () => void (await Promise.all([...streams.values()].map((stream) => stream.close()))),
  }
}

/** One partition as a stream that is asked for one range of offsets after the other. */
class PartitionStream {
  private readonly records: AsyncGenerator<TopicRecord>
  private readonly bounds: () => Promise<Bounds>
  private next: TopicRecord | null = null
  private ended = false

  constructor(records: AsyncGenerator<TopicRecord>, bounds: () => Promise<Bounds>) {
    this.records = records
    this.bounds = bounds
  }

  async read(fromOffset: number, toOffset: number): Promise<Slice> {
    const records: RawRecord[] = []
    for (let next = await this.peek(); next !== null && next.offset < toOffset; next = await this.peek()) {
      if (next.offset >= fromOffset) records.push(next)
      this.next = null
    }
    if (!this.ended && records.length === toOffset - fromOffset) return { records, keptFrom: fromOffset, end: toOffset }
    // control records leave holes too: only the log start tells which offsets are gone
    const { start, end } = await this.bounds()
    return { records, keptFrom: start > firstHole(records, fromOffset) ? start : fromOffset, end: this.ended ? end : toOffset }
  }

  async close(): Promise<void> {
    await this.records.return(undefined)
  }

  private async peek(): Promise<TopicRecord | null> {
    if (this.next === null && !this.ended) {
      const step = await this.records.next()
      if (step.done === true) this.ended = true
      else this.next = step.value
    }
    return this.next
  }
}

/** The first offset from `fromOffset` that is not there. */
function firstHole(records: readonly RawRecord[], fromOffset: number): number {
  const at = records.findIndex(({ offset }, i) => offset !== fromOffset + i)
  return fromOffset + (at === -1 ? records.length : at)
}
