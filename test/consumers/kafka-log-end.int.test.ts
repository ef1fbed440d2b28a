/** Ends of log that no record marks: control records, open and aborted transactions, compacted tails; and logs that lose their start. */
import { setTimeout as sleep } from 'node:timers/promises'
import kafkajs from 'kafkajs'
import type { Producer, Transaction } from 'kafkajs'
import { afterEach, describe, expect, it } from 'vitest'
import type { Source } from '../../src/engine/ports.ts'
import { testServers, uniqueName } from '../servers/index.ts'
import { begin, Ear, names, numbered, text, until } from './contract.ts'
import { testLog } from './kafka-harness.ts'
import type { TestLog } from './kafka-harness.ts'

describe('the end of a log on Kafka', () => {
  let log: TestLog
  let producer: Producer | undefined
  const sources: Source[] = []
  afterEach(async () => {
    await Promise.all(sources.splice(0).map((source) => source.stop()))
    await producer?.disconnect()
    producer = undefined
    await log.stop()
  })
  const opened = async (config?: Record<string, string>) => { log = await testLog(testServers().kafka, ['labels'], 1, config) }
  const started = async (): Promise<[Source, Ear]> => {
    const source = log.source()
    sources.push(source)
    const ear = new Ear()
    await source.start(ear)
    return [source, ear]
  }
  const transaction = async (): Promise<Transaction> => {
    if (producer === undefined) {
      producer = log.kafka.producer({ transactionalId: uniqueName('tx'), maxInFlightRequests: 1, idempotent: true, createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
      await producer.connect()
    }
    return producer.transaction()
  }
  const write = (tx: Transaction, value: string) => tx.send({ topic: log.topics.get('labels')!, messages: [{ partition: 0, value }] })
  const endAt = (ear: Ear, offset: number) => until(() => ear.ends.some(({ nextOffset }) => nextOffset === offset), 1000)

  it('is reached behind the control record that ends a transaction', async () => {
    await opened()
    const tx = await transaction()
    await write(tx, 'a')
    await tx.commit()
    const [source, ear] = await started()
    begin(source, ear, 0)
    await endAt(ear, 2)
    expect(ear.values('labels', 0)).toEqual(['a'])
    expect(ear.broken).toEqual([])
    expect((await source.logEnds(0)).get('labels')).toBe(2)
  })

  it('is reached when it is begun between the last record and its control record', async () => {
    await opened()
    const tx = await transaction()
    await write(tx, 'a')
    await tx.commit()
    const [source, ear] = await started()
    begin(source, ear, 0, { labels: 1 })
    await endAt(ear, 2)
    await log.append('labels', 0, numbered('l', 0, 1))
    await until(() => ear.records('labels', 0).length === 1)
    expect(ear.values('labels', 0)).toEqual(['l0'])
    expect(ear.broken).toEqual([])
  })

  it('is reached behind an aborted transaction, whose records nobody sees', async () => {
    await opened()
    await log.append('labels', 0, numbered('l', 0, 2))
    const tx = await transaction()
    await write(tx, 'never')
    await tx.abort()
    const [source, ear] = await started()
    begin(source, ear, 0)
    await endAt(ear, 4)
    await log.append('labels', 0, numbered('l', 2, 3))
    await until(() => ear.records('labels', 0).length === 3)
    expect(ear.values('labels', 0)).toEqual(names('l', 0, 3))
    expect(ear.broken).toEqual([])
  })

  it('is the last stable offset while a transaction is open', async () => {
    await opened()
    await log.append('labels', 0, numbered('l', 0, 2))
    const tx = await transaction()
    await write(tx, 'open')
    const [source, ear] = await started()
    begin(source, ear, 0)
    await endAt(ear, 2)
    expect(ear.batches.at(-1)).toMatchObject({ nextOffset: 2, logEnd: 2 })
    expect((await source.logEnds(0)).get('labels')).toBe(2)
    await tx.commit()
    await until(() => ear.values('labels', 0).includes('open'))
    await endAt(ear, 4)
  })

  it('is reached past a compacted tail', { timeout: 60_000 }, async () => {
    await opened({ 'cleanup.policy': 'compact', 'segment.ms': '100', 'min.cleanable.dirty.ratio': '0.01', 'min.compaction.lag.ms': '0', 'max.compaction.lag.ms': '100' })
    const key = (name: string, value: string) => ({ timestampMs: Date.now(), key: Buffer.from(name), value: Buffer.from(value), headers: {} })
    await log.append('labels', 0, [key('a', '1'), key('b', '1'), key('a', '2'), key('c', '1'), key('c', '2')])
    await sleep(300)
    await log.append('labels', 0, [key('b', '2'), key('c', '3'), key('c', '4')]) // the last one of the first batch is now superseded
    await sleep(300)
    await log.append('labels', 0, [key('d', '1')])
    const [source, ear] = await started()
    const read = async () => {
      ear.batches = []
      ear.ends = []
      begin(source, ear, 0)
      await endAt(ear, 9)
      return ear.records('labels', 0).map(({ offset, value }) => `${offset}:${text(value)}`)
    }
    const compacted = async () => !(await read()).some((seen) => seen.startsWith('4:'))
    for (let tries = 0; tries < 80 && !await compacted(); tries++) await sleep(500)
    expect(await read()).toEqual(['2:2', '5:2', '7:4', '8:1'])
    for (const from of [3, 4, 6]) {
      ear.ends = []
      begin(source, ear, 0, { labels: from })
      await endAt(ear, 9)
    }
    expect([...ear.broken, ...ear.failures]).toEqual([])
  })

  it('is not mistaken for the end when one batch is larger than what a partition may bring', async () => {
    log = await testLog(testServers().kafka, ['labels', 'predictions'], 2)
    const big = (value: string) => ({ timestampMs: 1, key: null, value: Buffer.from(value.padEnd(200_000)), headers: {} })
    for (let i = 0; i < 10; i++) for (const role of ['labels', 'predictions'] as const) for (const p of [0, 1]) await log.append(role, p, [big(`${i}`), big(`${i}b`)])
    const [source, ear] = await started()
    for (const p of [0, 1]) begin(source, ear, p)
    await until(() => ear.batches.flatMap(({ records }) => records).length === 80)
    expect(ear.ends.filter(({ nextOffset }) => nextOffset !== 20)).toEqual([])
    expect(ear.broken).toEqual([])
  })

  it('makes the source fail when retention passes an input that is held', async () => {
    await opened()
    await log.append('labels', 0, numbered('l', 0, 4))
    const [source, ear] = await started()
    begin(source, ear, 0)
    await until(() => ear.records('labels', 0).length === 4)
    source.pause('labels', 0)
    ear.held.add('labels')
    await log.append('labels', 0, numbered('l', 4, 12))
    await log.truncate('labels', 0, 9)
    ear.held.clear()
    source.resume('labels', 0)
    await until(() => ear.failures.length > 0)
    expect(ear.failures).toEqual([expect.objectContaining({ code: 'OFFSET_GAP', message: expect.stringMatching(/offset 4, .*9 to 12/) })])
    await sleep(700)
    expect(ear.values('labels', 0)).toEqual(names('l', 0, 4))
  })

  it('makes the source fail when retention has left nothing at all', async () => {
    await opened()
    await log.append('labels', 0, numbered('l', 0, 4))
    await log.truncate('labels', 0, 4)
    const [source, ear] = await started()
    begin(source, ear, 0, { labels: 1 })
    await until(() => ear.failures.length > 0)
    expect(ear.failures).toEqual([expect.objectContaining({ code: 'OFFSET_GAP' })])
    expect(ear.ends).toEqual([])
  })
})
