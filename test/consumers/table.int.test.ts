import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, describe, expect, it } from 'vitest'
import type { TableSource } from '../../src/engine/ports.ts'
import { createKafkaTable } from '../../src/consumers/table.ts'
import { testServers } from '../servers/index.ts'
import { numbered, text, until } from './contract.ts'
import { clientOf, quiet, testLog } from './kafka-harness.ts'
import type { TestLog } from './kafka-harness.ts'

describe('a table on Kafka', () => {
  let log: TestLog
  const tables: TableSource[] = []
  afterEach(async () => {
    await Promise.all(tables.splice(0).map((table) => table.stop()))
    await log.stop()
  })
  const opened = async (numPartitions: number, config?: Record<string, string>) => { log = await testLog(testServers().kafka, ['policies'], numPartitions, config) }
  const table = (options: { fromEnd?: boolean; topic?: string } = {}) => {
    const made = createKafkaTable({
      kafka: clientOf(testServers().kafka), role: 'policies', topic: log.topics.get('policies')!, groupPrefix: log.groupId, log: quiet,
      onFailed: (error) => { throw error }, ...options })
    tables.push(made)
    return made
  }
  const write = (partition: number, from: number, to: number) => log.append('policies', partition, numbered('v', from, to))

  it('has delivered everything when its start resolves, and follows', async () => {
    await opened(3, { 'cleanup.policy': 'compact' })
    await write(0, 0, 500)
    await write(2, 0, 3)
    const seen = new Map<number, string[]>([[0, []], [1, []], [2, []]])
    await table().start(({ partition, value }) => seen.get(partition)!.push(text(value)))
    expect(seen.get(0)).toEqual(numbered('v', 0, 500).map(({ value }) => text(value)))
    expect(seen.get(2)).toEqual(['v0', 'v1', 'v2'])
    await write(1, 7, 8)
    await until(() => seen.get(1)!.length === 1)
    expect(seen.get(1)).toEqual(['v7'])
  })

  it('resolves behind the control record that ends a transaction', async () => {
    await opened(1)
    const producer = log.kafka.producer({ transactionalId: log.groupId, maxInFlightRequests: 1, idempotent: true })
    await producer.connect()
    const tx = await producer.transaction()
    await tx.send({ topic: log.topics.get('policies')!, messages: [{ value: 'a' }] })
    await tx.commit()
    await producer.disconnect()
    // the control record is written after the producer has its answer
    for (let tries = 0; tries < 100 && (await log.admin.fetchTopicOffsets(log.topics.get('policies')!))[0].high !== '2'; tries++) await sleep(20)
    const seen: string[] = []
    await table().start(({ value }) => seen.push(text(value)))
    expect(seen).toEqual(['a'])
  })

  it('resolves at once for an empty topic, and for one that retention emptied', async () => {
    await opened(2)
    await write(1, 0, 4)
    await log.truncate('policies', 1, 4)
    const seen: string[] = []
    const before = performance.now()
    await table().start(({ value }) => seen.push(text(value)))
    expect(performance.now() - before).toBeLessThan(1000)
    await write(1, 4, 5)
    await until(() => seen.length > 0)
    expect(seen).toEqual(['v4'])
  })

  it('can be stopped while it joins', async () => {
    await opened(1)
    const made = table()
    await made.start(() => {})
    await made.stop()
    await write(0, 0, 1)
    await made.stop()
  })

  it('from the end brings only what comes after its start', async () => {
    await opened(1)
    await write(0, 0, 5)
    const seen: string[] = []
    await table({ fromEnd: true }).start(({ value }) => seen.push(text(value)))
    await write(0, 5, 7)
    await until(() => seen.length === 2)
    expect(seen).toEqual(['v5', 'v6'])
  })

  it('goes on at the log start when retention overtakes it', async () => {
    await opened(1)
    await write(0, 0, 5)
    const seen: string[] = []
    const late = table()
    await log.truncate('policies', 0, 3)
    await late.start(({ value }) => seen.push(text(value)))
    expect(seen).toEqual(['v3', 'v4'])
  })

  it('leaves no group behind', async () => {
    await opened(1)
    const groups = async () => (await log.admin.listGroups()).groups.filter(({ groupId }) => groupId.startsWith(log.groupId))
    const made = table()
    await made.start(() => {})
    for (let tries = 0; tries < 50 && (await groups()).length === 0; tries++) await sleep(100)
    expect(await groups()).toHaveLength(1)
    await made.stop()
    expect(await groups()).toEqual([])
  })

  it('says that a topic is not there', async () => {
    await opened(1)
    await expect(table({ topic: 'nobody-made-this' }).start(() => {})).rejects.toMatchObject({ code: 'TOPIC_MISSING', message: expect.stringMatching(/nobody-made-this/) })
  })
})
