/** The output topic, from its start to its end as of the call. */
import type { Kafka } from 'kafkajs'
import { OUT_TOPIC, type Summary } from './workload.ts'

export async function readSummaries(kafka: Kafka): Promise<Summary[]> {
  const admin = kafka.admin()
  await admin.connect()
  const end = Number((await admin.fetchTopicOffsets(OUT_TOPIC))[0].high)
  await admin.disconnect()
  const summaries: Summary[] = []
  if (end === 0) return summaries
  const consumer = kafka.consumer({ groupId: `w1-check-${Date.now()}` })
  await consumer.connect()
  await consumer.subscribe({ topics: [OUT_TOPIC], fromBeginning: true })
  await new Promise<void>((resolve, reject) => {
    const eachMessage = ({ message }: { message: { value: Buffer | null; offset: string } }) => {
      summaries.push(JSON.parse(message.value!.toString()) as Summary)
      if (Number(message.offset) === end - 1) resolve()
      return Promise.resolve()
    }
    consumer.run({ autoCommit: false, eachMessage }).catch(reject)
  })
  await consumer.disconnect()
  return summaries
}
