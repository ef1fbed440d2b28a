import type { Broker, Cluster } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { tapFetches } from '../../src/consumers/fetch-tap.ts'
import type { Fetched } from '../../src/consumers/fetch-tap.ts'

const request = { topics: [{ topic: 'labels', partitions: [{ partition: 2, fetchOffset: '5', maxBytes: 100 }] }] }
const answerOf = (messages: { offset: string }[]) => ({ throttleTime: 0, responses: [{ topicName: 'labels', partitions: [
  { partition: 2, errorCode: 0, highWatermark: '9', lastStableOffset: '8', lastStartOffset: '1', messages }] }] })

/** Magic 1, which only kafkajs reads: one partition of an answer of version 11. */
function oldFormatAnswer(): Buffer {
  const numbers = (...parts: [bytes: number, value: number][]) => Buffer.concat(parts.map(([bytes, value]) => {
    const buffer = Buffer.alloc(bytes)
    buffer.writeIntBE(value, Math.max(0, bytes - 6), Math.min(bytes, 6))
    return buffer
  }))
  const set = Buffer.alloc(80)
  set[16] = 1
  return Buffer.concat([numbers([4, 0], [2, 0], [4, 0], [4, 1], [2, 6]), Buffer.from('labels'),
    numbers([4, 1], [4, 2], [2, 0], [8, 9], [8, 8], [8, 1], [4, 0], [4, -1], [4, set.length]), set])
}

/** A broker as kafkajs has it: `fetch` looks its request up at once, and sends it. */
function fake(send: (made: { request: { apiVersion: number }; response: { decode(bytes: Buffer): Promise<unknown> } }) => Promise<unknown>, apiVersion = 11) {
  const broker = {
    lookupRequest: () => () => ({ request: { apiVersion }, response: { decode: async () => answerOf([{ offset: '4' }, { offset: '6' }]), parse: async () => {} } }),
    async fetch(args: unknown) {
      const made = (this.lookupRequest as unknown as (key: number, definition: unknown) => (args: unknown) => Parameters<typeof send>[0])(1, {})(args)
      await Promise.resolve()
      return send(made)
    },
  }
  const lookup = broker.lookupRequest
  const heard: unknown[] = []
  const cluster = { findBroker: async () => broker as unknown as Broker } as unknown as Cluster
  tapFetches(cluster, {
    asked: (...all) => heard.push(['asked', ...all]),
    answered: (topic, partition, fetched) => heard.push(['answered', topic, partition, fetched]),
    outOfRange: (...all) => heard.push(['outOfRange', ...all]),
  })
  return { heard, cluster, isRestored: () => broker.lookupRequest === lookup }
}
const byKafkajs: Fetched = { fromOffset: 5, nextOffset: 7, lastStableOffset: 8, logStart: 1, records: null }

describe('the tap', () => {
  it('leaves reading to kafkajs when the broker speaks an older version', async () => {
    const { heard, cluster, isRestored } = fake(({ response }) => response.decode(Buffer.alloc(0)), 10)
    const broker = await cluster.findBroker({ nodeId: '1' })
    expect(await broker.fetch(request)).toEqual(answerOf([{ offset: '4' }, { offset: '6' }]))
    expect(heard).toEqual([['asked', 'labels', 2, 5], ['answered', 'labels', 2, byKafkajs]])
    expect(isRestored()).toBe(true)
  })

  it('leaves reading to kafkajs when there are batches of an old format', async () => {
    const { heard, cluster } = fake(({ response }) => response.decode(oldFormatAnswer()))
    await (await cluster.findBroker({ nodeId: '1' })).fetch(request)
    expect(heard.at(-1)).toEqual(['answered', 'labels', 2, byKafkajs])
  })

  it('tells that an offset is out of range and keeps kafkajs from jumping', async () => {
    const outOfRange = Object.assign(new Error('out of range'), { name: 'KafkaJSOffsetOutOfRange', topic: 'labels', partition: 2 })
    const { heard, cluster } = fake(() => Promise.reject(outOfRange))
    expect(await (await cluster.findBroker({ nodeId: '1' })).fetch(request)).toEqual({ responses: [] })
    expect(heard).toEqual([['asked', 'labels', 2, 5], ['outOfRange', 'labels', 2, 5]])
  })

  it('lets every other error through', async () => {
    const { cluster } = fake(() => Promise.reject(new Error('no leader')))
    await expect((await cluster.findBroker({ nodeId: '1' })).fetch(request)).rejects.toThrow('no leader')
  })

  it('taps a broker once, however often it is found', async () => {
    const { heard, cluster } = fake(({ response }) => response.decode(Buffer.alloc(0)), 10)
    await cluster.findBroker({ nodeId: '1' })
    await (await cluster.findBroker({ nodeId: '1' })).fetch(request)
    expect(heard).toHaveLength(2)
  })
})
