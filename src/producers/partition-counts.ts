/** How many partitions the output topics have: settled at start, as every record names its partition before it is committed. */
import type { Kafka } from 'kafkajs'
import type { OutputRole } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import { writeError } from './kafka-errors.ts'

/** @throws StewardError TOPIC_MISSING naming every topic that is not there, LOG_UNAVAILABLE */
export async function partitionCounts(kafka: Kafka, topics: ReadonlyMap<OutputRole, string>): Promise<Map<OutputRole, number>> {
  const admin = kafka.admin()
  try {
    await admin.connect()
    const existing = new Set(await admin.listTopics())
    const missing = [...topics.values()].filter((topic) => !existing.has(topic))
    if (missing.length > 0) throw new StewardError('TOPIC_MISSING', `no such topic: ${missing.join(', ')}. Run \`steward topics create\`, or correct the names in the configuration`)
    const metadata = await admin.fetchTopicMetadata({ topics: [...new Set(topics.values())] })
    const counts = new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]))
    return new Map([...topics].map(([role, topic]) => [role, counts.get(topic)!]))
  } catch (error) {
    throw writeError(error, `looking up ${[...topics.values()].join(', ')}`)
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

/** kafkajs drops a record for a partition that does not exist and reports success: so this is asked first. */
export function checkPartition(counts: ReadonlyMap<OutputRole, number>, role: OutputRole, partition: number): void {
  const count = counts.get(role)
  if (count === undefined || partition < 0 || partition >= count) throw new RangeError(`there is no ${role}-${partition}: ${role} has ${count ?? 'no topic and no'} partitions`)
}
