/** Whether records lie on the partitions where the records they are joined with will be looked for. */
import type { Decoder } from '../codec/decoder.ts'
import { partitionOf } from '../core/murmur2.ts'
import type { InputRole, ObservedRole } from '../engine/ports.ts'
import type { TopicRecord } from './read-topic.ts'

export interface Placement {
  /** records whose inference id could be read */
  seen: number
  /** of them, those on another partition than their id's */
  elsewhere: number
  /** one of those */
  example: { partition: number; offset: number; inferenceId: string; belongs: number } | null
}

/** @param partitions of the topic */
export async function placementOf(records: AsyncIterable<TopicRecord>, role: ObservedRole, partitions: number, decoder: Decoder): Promise<Placement> {
  const placement: Placement = { seen: 0, elsewhere: 0, example: null }
  for await (const raw of records) {
    const inferenceId = await idOf(decoder, role, raw)
    if (inferenceId === null) continue
    placement.seen++
    const belongs = partitionOf(Buffer.from(inferenceId), partitions)
    if (belongs === raw.partition) continue
    placement.elsewhere++
    placement.example ??= { partition: raw.partition, offset: raw.offset, inferenceId, belongs }
  }
  return placement
}

async function idOf(decoder: Decoder, role: InputRole, raw: TopicRecord): Promise<string | null> {
  if (decoder.decode(role, raw).ok === 'pending') await decoder.prepare(role, raw)
  const decoded = decoder.decode(role, raw)
  return decoded.ok === true ? (decoded.record as { inferenceId: string }).inferenceId : null
}
