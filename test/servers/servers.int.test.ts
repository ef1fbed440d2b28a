import { Redis } from 'ioredis'
import kafkajs from 'kafkajs'
import { describe, expect, inject, it, vi } from 'vitest'
import { answers } from './answers.ts'
import { startKafka, startRedis, startRegistry, testServers, uniqueName } from './index.ts'
import type { ServerName } from './index.ts'

const client = (address: string) => new kafkajs.Kafka({ brokers: address.split(','), logLevel: kafkajs.logLevel.NOTHING, retry: { initialRetryTime: 100, retries: 20 } })

const redisAt = (address: string) => {
  const redis = new Redis(address, { enableOfflineQueue: false, autoResendUnfulfilledCommands: false, maxRetriesPerRequest: 0, lazyConnect: true })
  redis.on('error', () => {}) // the calls themselves tell
  return redis
}

async function createTopic(address: string, topic: string): Promise<void> {
  const admin = client(address).admin()
  await admin.connect()
  await admin.createTopics({ topics: [{ topic, numPartitions: 1 }], waitForLeaders: true })
  await admin.disconnect()
}

async function produce(address: string, topic: string, values: string[]): Promise<void> {
  const producer = client(address).producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner })
  await producer.connect()
  await producer.send({ topic, acks: -1, messages: values.map((value) => ({ value, partition: 0 })) })
  await producer.disconnect()
}

async function consume(address: string, topic: string, count: number): Promise<string[]> {
  const consumer = client(address).consumer({ groupId: uniqueName('read'), sessionTimeout: 3000, heartbeatInterval: 500, maxWaitTimeInMs: 100 })
  const values: string[] = []
  await consumer.connect()
  await consumer.subscribe({ topic, fromBeginning: true })
  await consumer.run({ eachMessage: async ({ message }) => { values.push(String(message.value)) } })
  await vi.waitFor(() => expect(values.length).toBeGreaterThanOrEqual(count), { timeout: 20_000 })
  await consumer.disconnect()
  return values
}

const register = async (address: string, subject: string): Promise<unknown> =>
  (await fetch(`${address}/subjects/${subject}/versions`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ schema: '"string"' }),
  })).json()

describe('the shared servers', () => {
  it.for<ServerName>(['kafka', 'redis', 'registry'])('include a %s that answers', async (name) => {
    expect(await answers(name, inject('servers')[name])).toBe(true)
  })

  it('carry a record through Kafka', async () => {
    const topic = uniqueName('servers')
    await createTopic(testServers().kafka, topic)
    await produce(testServers().kafka, topic, ['a', 'b'])
    expect(await consume(testServers().kafka, topic, 2)).toEqual(['a', 'b'])
  })

  it('give a registered schema a number', async () => {
    expect(await register(testServers().registry, uniqueName('subject'))).toEqual({ id: expect.any(Number) })
  })
})

describe("a test's own servers", () => {
  it('keep what Kafka acknowledged through a kill', async () => {
    const broker = await startKafka()
    try {
      await createTopic(broker.address, 'kept')
      await produce(broker.address, 'kept', ['before'])
      await broker.kill()
      expect(broker.pid).toBeUndefined()
      expect(await answers('kafka', broker.address)).toBe(false)
      await broker.restart()
      await produce(broker.address, 'kept', ['after'])
      expect(await consume(broker.address, 'kept', 2)).toEqual(['before', 'after'])
    } finally {
      await broker.stop()
    }
  })

  it('keep every acknowledged Redis write through a kill when the file is always synced', async () => {
    const server = await startRedis({ appendfsync: 'always' })
    const redis = redisAt(server.address)
    try {
      await redis.connect()
      let acknowledged = 0
      let isWriting = true
      const writer = (async () => {
        while (isWriting) {
          const next = acknowledged + 1
          await redis.set(`k${next}`, next)
          acknowledged = next
        }
      })().catch(() => {}) // the kill ends it
      await vi.waitFor(() => expect(acknowledged).toBeGreaterThan(200), { timeout: 20_000 })
      await server.kill()
      isWriting = false
      await writer
      redis.disconnect()
      await server.restart()
      const again = redisAt(server.address)
      await again.connect()
      const keys = Array.from({ length: acknowledged }, (_, i) => `k${i + 1}`)
      expect(await again.mget(keys)).toEqual(keys.map((key) => key.slice(1)))
      again.disconnect()
    } finally {
      redis.disconnect()
      await server.stop()
    }
  })

  it('take further settings by name', async () => {
    const server = await startRedis({ appendfsync: 'always', config: { maxmemory: '64mb' } })
    const redis = redisAt(server.address)
    try {
      await redis.connect()
      expect(await redis.config('GET', 'maxmemory')).toEqual(['maxmemory', String(64 * 1024 * 1024)])
      expect(await redis.config('GET', 'appendfsync')).toEqual(['appendfsync', 'always'])
    } finally {
      redis.disconnect()
      await server.stop()
    }
  })

  it('include a registry that has its schemas again after an orderly restart', async () => {
    const registry = await startRegistry()
    try {
      const { id } = (await register(registry.address, 'kept')) as { id: number }
      expect(await register(registry.address, 'kept')).toEqual({ id })
      await registry.restart()
      expect(await (await fetch(`${registry.address}/subjects/kept/versions`)).json()).toEqual([1])
    } finally {
      await registry.stop()
    }
  })
})
