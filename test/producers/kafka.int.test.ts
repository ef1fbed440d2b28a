import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Kafka, KafkaMessage } from 'kafkajs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { OutgoingRecord, OutputRole } from '../../src/engine/ports.ts'
import { compressions, registerCodecs } from '../../src/producers/codecs.ts'
import { createKafkaFencedSink } from '../../src/producers/fenced.ts'
import { createKafkaSink } from '../../src/producers/kafka.ts'
import { kafkaTicks } from '../../src/producers/ticker.ts'
import { startKafka, testServers, uniqueName } from '../servers/index.ts'

const clientOf = (brokers: string): Kafka => new kafkajs.Kafka({
  brokers: brokers.split(','), logLevel: kafkajs.logLevel.NOTHING, connectionTimeout: 1000, retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 5 } })

const record = (role: OutputRole, partition: number, value: string | Buffer, key: string | null = 'k'): OutgoingRecord =>
  ({ role, partition, timestampMs: 1_700_000_000_000, key: key === null ? null : Buffer.from(key), value: Buffer.from(value), headers: { ce_id: '1' } })

async function makeTopic(kafka: Kafka, role: string, numPartitions: number, config: Record<string, string> = {}): Promise<string> {
  const topic = uniqueName(role)
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions, configEntries: Object.entries(config).map(([name, value]) => ({ name, value })) }], waitForLeaders: false })
  for (let tries = 0; tries < 100; tries++) {
    const led = await admin.fetchTopicMetadata({ topics: [topic] }).then(({ topics }) => topics[0].partitions.every(({ leader }) => leader >= 0), () => false)
    if (led) break
    await sleep(50)
  }
  await admin.disconnect()
  return topic
}

/** Committed records of a topic, once there are `count` of them and for a moment no more. */
async function readAll(kafka: Kafka, topic: string, count: number): Promise<(KafkaMessage & { partition: number })[]> {
  const consumer = kafka.consumer({ groupId: uniqueName('reader'), maxWaitTimeInMs: 100 })
  const all: (KafkaMessage & { partition: number })[] = []
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning: true })
  await consumer.run({ eachMessage: async ({ partition, message }) => void all.push({ ...message, partition }) })
  const deadline = Date.now() + 15_000
  while (all.length < count && Date.now() < deadline) await sleep(20)
  await sleep(400)
  await consumer.disconnect()
  return all
}
const valuesOf = (records: KafkaMessage[]): string[] => records.map(({ value }) => String(value))

describe('a sink on Kafka', () => {
  let kafka: Kafka
  beforeAll(() => {
    registerCodecs()
    kafka = clientOf(testServers().kafka)
  })

  it('writes to the partition, with key, time and headers', async () => {
    const topic = await makeTopic(kafka, 'panes', 3)
    const sink = await createKafkaSink({ kafka, topics: new Map([['panes', topic]]) })
    expect([sink.partitionCount('panes'), sink.partitionCount('journal')]).toEqual([3, 0])
    await sink.send('panes', 2, [record('panes', 2, 'a'), { ...record('panes', 2, 'b', null), value: null }])
    await sink.stop()
    const [a, b] = await readAll(kafka, topic, 2)
    expect(a).toMatchObject({ partition: 2, key: Buffer.from('k'), value: Buffer.from('a'), timestamp: '1700000000000', headers: { ce_id: Buffer.from('1') } })
    expect(b).toMatchObject({ partition: 2, key: null, value: null })
  })

  it('does not pretend to have written to a partition that does not exist', async () => {
    const sink = await createKafkaSink({ kafka, topics: new Map([['panes', await makeTopic(kafka, 'panes', 2)]]) })
    await expect(sink.send('panes', 2, [record('panes', 2, 'a')])).rejects.toThrow(/no panes-2: panes has 2 partitions/)
    await expect(sink.send('journal', 0, [record('journal', 0, 'a')])).rejects.toThrow(/no journal-0/)
    await sink.stop()
  })

  it('names every topic that is missing', async () => {
    const topics = new Map<OutputRole, string>([['panes', await makeTopic(kafka, 'panes', 1)], ['journal', 'nobody-made-a'], ['promote', 'nobody-made-b']])
    await expect(createKafkaSink({ kafka, topics })).rejects.toMatchObject({ code: 'TOPIC_MISSING', message: expect.stringMatching(/nobody-made-a, nobody-made-b/) })
  })

  it('takes more in one call than the broker takes in one batch', async () => {
    const topic = await makeTopic(kafka, 'panes', 1)
    const sink = await createKafkaSink({ kafka, topics: new Map([['panes', topic]]) })
    const all = Array.from({ length: 30 }, (_, i) => record('panes', 0, `${i} `.padEnd(100_000)))
    await sink.send('panes', 0, all)
    await sink.stop()
    expect(valuesOf(await readAll(kafka, topic, 30)).map((value) => Number(value.trim()))).toEqual(all.map((_, i) => i))
  })

  it('says which size a record was that the topic never takes, and takes the others', async () => {
    const topic = await makeTopic(kafka, 'panes', 1, { 'max.message.bytes': '3000' })
    const sink = await createKafkaSink({ kafka, topics: new Map([['panes', topic]]) })
    await expect(sink.send('panes', 0, [record('panes', 0, 'x'.repeat(5000))])).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE', message: expect.stringMatching(/5\d\d\d bytes/) })
    await sink.send('panes', 0, Array.from({ length: 10 }, (_, i) => record('panes', 0, `${i} `.padEnd(1000))))
    await sink.stop()
    expect(valuesOf(await readAll(kafka, topic, 10))).toHaveLength(10)
  })

  it.each(compressions)('writes %s so that Kafka reads it, and reads what Kafka compressed', async (compression) => {
    // the broker decompresses what comes and compresses it again as the topic says: with the Java libraries, both ways
    const others = compressions.filter((other) => other !== compression && other !== 'none')
    for (const ofTopic of others) {
      const topic = await makeTopic(kafka, 'journal', 1, { 'compression.type': ofTopic })
      const sink = await createKafkaSink({ kafka, topics: new Map([['journal', topic]]), compression })
      const values = Array.from({ length: 50 }, (_, i) => `${i} of ${compression} in ${ofTopic} `.repeat(20))
      await sink.send('journal', 0, values.map((value) => record('journal', 0, value)))
      await sink.stop()
      expect(valuesOf(await readAll(kafka, topic, 50))).toEqual(values)
    }
  })

  it('ticks with the time of the broker', async () => {
    const topic = await makeTopic(kafka, 'ticks', 1, { 'message.timestamp.type': 'LogAppendTime' })
    const ticks = kafkaTicks({ kafka, topic, value: Buffer.from('issuer') })
    const before = Date.now()
    await ticks.publish()
    await ticks.publish()
    await ticks.stop()
    const seen = await readAll(kafka, topic, 2)
    expect(valuesOf(seen)).toEqual(['issuer', 'issuer'])
    for (const { timestamp } of seen) expect(Math.abs(Number(timestamp) - before)).toBeLessThan(5000)
  })
})

describe('a sink whose broker goes away', () => {
  it('says so, and writes again when it is back, without losing or reordering what was acknowledged', { timeout: 120_000 }, async () => {
    const broker = await startKafka()
    const kafka = clientOf(broker.address)
    try {
      const topic = await makeTopic(kafka, 'panes', 1)
      const sink = await createKafkaSink({ kafka, topics: new Map([['panes', topic]]) })
      await sink.send('panes', 0, [record('panes', 0, '0')])
      await broker.kill()
      await expect(sink.send('panes', 0, [record('panes', 0, '1')])).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
      await broker.restart()
      for (let tries = 0; tries < 20; tries++) {
        if (await sink.send('panes', 0, [record('panes', 0, '1')]).then(() => true, () => false)) break
      }
      await sink.send('panes', 0, [record('panes', 0, '2')])
      await sink.stop()
      expect(valuesOf(await readAll(kafka, topic, 3))).toEqual(['0', '1', '2'])
    } finally {
      await broker.stop()
    }
  })
})

describe('a fenced sink on Kafka', () => {
  let kafka: Kafka
  let topics: Map<OutputRole, string>
  beforeAll(async () => {
    kafka = clientOf(testServers().kafka)
    topics = new Map([['serving-config', await makeTopic(kafka, 'serving-config', 2)], ['journal', await makeTopic(kafka, 'journal', 1)]])
  })
  const fresh = async () => {
    const sink = await createKafkaFencedSink({ kafka, topics })
    return { sink, id: uniqueName('decide-0') }
  }
  const seen = async (role: OutputRole, id: string, count: number) =>
    valuesOf(await readAll(kafka, topics.get(role)!, count)).filter((value) => value.startsWith(id)).map((value) => value.slice(id.length + 1))

  it('publishes to several topics at once, in order', async () => {
    const { sink, id } = await fresh()
    const session = await sink.open(id)
    await session.publish([record('serving-config', 1, `${id} a`), record('serving-config', 1, `${id} b`), record('journal', 0, `${id} j`), record('serving-config', 1, `${id} c`)])
    await session.publish([record('serving-config', 1, `${id} d`)])
    await session.close()
    expect(await seen('serving-config', id, 4)).toEqual(['a', 'b', 'c', 'd'])
    expect(await seen('journal', id, 1)).toEqual(['j'])
    await expect(session.publish([record('journal', 0, 'late')])).rejects.toMatchObject({ code: 'FENCED' })
  })

  it('shuts out the former owner, whose records nobody sees', async () => {
    const { sink, id } = await fresh()
    const former = await sink.open(id)
    await former.publish([record('serving-config', 0, `${id} a`)])
    const owner = await (await createKafkaFencedSink({ kafka: clientOf(testServers().kafka), topics })).open(id)
    await expect(former.publish([record('serving-config', 0, `${id} stale`)])).rejects.toMatchObject({ code: 'FENCED' })
    await expect(former.publish([record('serving-config', 0, `${id} stale`)])).rejects.toMatchObject({ code: 'FENCED' })
    await owner.publish([record('serving-config', 0, `${id} b`)])
    await owner.close()
    expect(await seen('serving-config', id, 2)).toEqual(['a', 'b'])
  })

  it('shuts out a former owner in the middle of its transaction', async () => {
    const { sink, id } = await fresh()
    const zombie = kafka.producer({ transactionalId: id, idempotent: true, maxInFlightRequests: 1, retry: { retries: 2 }, createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
    await zombie.connect()
    const open = await zombie.transaction()
    await open.send({ topic: topics.get('serving-config')!, messages: [{ partition: 0, value: `${id} zombie` }] })
    const owner = await sink.open(id)
    await owner.publish([record('serving-config', 0, `${id} b`)])
    await expect(open.commit()).rejects.toThrow()
    await zombie.disconnect()
    await owner.close()
    expect(await seen('serving-config', id, 1)).toEqual(['b'])
  })

  it('shows nothing of a publish of which one record is too large', async () => {
    const { sink, id } = await fresh()
    const session = await sink.open(id)
    await expect(session.publish([record('journal', 0, `${id} a`), record('serving-config', 0, `${id} ${'x'.repeat(1_100_000)}`)])).rejects.toMatchObject({ code: 'RECORD_TOO_LARGE' })
    const again = await sink.open(id)
    await again.publish([record('journal', 0, `${id} b`)])
    await again.close()
    expect(await seen('journal', id, 1)).toEqual(['b'])
  })

  afterAll(async () => {
    const admin = kafka.admin()
    await admin.connect()
    await admin.deleteTopics({ topics: [...topics.values()] })
    await admin.disconnect()
  })
})
