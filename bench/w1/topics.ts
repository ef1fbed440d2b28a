/** Topics made anew: what a run before left in them is gone. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { createTopics, withAdmin } from '../../src/producers/admin.ts'

/** Event time is not wall time: nothing may be deleted for its age, nor refused for it. */
export const timeless = { 'retention.ms': '-1', 'message.timestamp.after.max.ms': '9223372036854775807' }

export async function freshTopics(kafka: Kafka, names: readonly string[], partitions: number): Promise<void> {
  await withAdmin(kafka, 'deleting topics', async (admin) => {
    const held = async () => (await admin.listTopics()).filter((topic) => names.includes(topic))
    const old = await held()
    if (old.length > 0) await admin.deleteTopics({ topics: old })
    while ((await held()).length > 0) await sleep(100)
  })
  await createTopics(kafka, names.map((name) => ({ role: 'features', name, partitions, isCounted: true, config: timeless })))
}
