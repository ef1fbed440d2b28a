import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Commit, StateStore, TaskId } from '../../src/engine/ports.ts'
import { createRedisStore } from '../../src/state/redis.ts'
import { startRedis } from '../servers/index.ts'
import type { TestServer } from '../servers/index.ts'
import { commitOf, entryOf, soon } from './contract.ts'

const KILLS = 12
const OUTPUTS = 3
const tasks = [0, 1, 2, 3].map((partition): TaskId => ({ topology: 'observe', partition }))
const logger = { info: () => {}, warn: () => {} }
const tag = (epoch: number) => new TextEncoder().encode(String(epoch))

/** An epoch that leaves its number in everything it touches. */
const commitOfEpoch = (epoch: number): Commit =>
  commitOf('owner', epoch, {
    meta: tag(epoch), partsWritten: new Map([['first', tag(epoch)], [`pane ${epoch}`, new Uint8Array(500)], ['last', tag(epoch)]]), partsRemoved: [`pane ${epoch - 1}`],
    chunk: tag(epoch), outbox: Array.from({ length: OUTPUTS }, (_, i) => entryOf(epoch, i)), views: new Map([['m', String(epoch)]]),
  })

interface Progress {
  answered: number
  unanswered: Commit
}

/** Commits epoch after epoch until one is not answered. */
async function commitUntilCut(store: StateStore, task: TaskId, from: number): Promise<Progress> {
  for (let epoch = from; ; epoch += 1) {
    const commit = commitOfEpoch(epoch)
    try {
      expect(await store.commit(task, commit)).toEqual({ result: 'applied' })
    } catch (error) {
      expect(error).toMatchObject({ code: 'STORE_UNAVAILABLE' })
      return { answered: epoch - 1, unanswered: commit }
    }
  }
}

async function untilConnected(store: StateStore): Promise<void> {
  for (;;) {
    if (await store.now().then(() => true, () => false)) return
    await sleep(20)
  }
}

/** The epoch in Redis, having checked that every key tells the same one. */
async function wholeEpoch(client: Redis, { partition }: TaskId): Promise<number> {
  const key = (name: string) => `faults:{observe-${partition}}:${name}`
  const epoch = Number(await client.hget(key('meta'), 'epoch'))
  const [meta, parts, chunks, outbox, view] = await Promise.all([
    client.hget(key('meta'), 'meta'), client.hgetall(key('parts')), client.lrange(key('chunks'), 0, -1), client.xrange(key('outbox'), '-', '+'), client.get(key('view:m')),
  ])
  expect([meta, parts['first'], parts['last'], view]).toEqual(Array(4).fill(String(epoch)))
  expect(Object.keys(parts).sort()).toEqual(['first', 'last', `pane ${epoch}`])
  expect(chunks).toEqual(Array.from({ length: epoch }, (_, i) => String(i + 1)))
  expect(outbox.map(([id]) => id)).toEqual(Array.from({ length: epoch * OUTPUTS }, (_, i) => `${Math.floor(i / OUTPUTS) + 1}-${i % OUTPUTS}`))
  return epoch
}

describe('the Redis store with appendfsync always', () => {
  let server: TestServer
  let store: StateStore
  beforeAll(async () => {
    server = await startRedis({ appendfsync: 'always' })
    store = await createRedisStore({ url: server.address, prefix: 'faults', logger })
  })
  afterAll(async () => {
    await store.stop()
    await server.stop()
  })

  it(`keeps every answered commit through ${KILLS} kills, none by half, and a retry applies each once`, async () => {
    for (const task of tasks) await store.claim(task, 'owner', await soon(store))
    const epochs = tasks.map(() => 0)
    let retries = 0
    for (let kill = 0; kill < KILLS; kill += 1) {
      const writers = tasks.map((task, i) => commitUntilCut(store, task, epochs[i]! + 1))
      await sleep(15 + 7 * kill)
      await server.kill()
      const progress = await Promise.all(writers)
      await server.restart()
      await untilConnected(store)
      const client = new Redis(server.address)
      for (const [i, task] of tasks.entries()) {
        const { answered, unanswered } = progress[i]!
        const stored = await wholeEpoch(client, task)
        expect([answered, answered + 1]).toContain(stored)
        expect(await store.commit(task, unanswered)).toEqual({ result: stored === answered ? 'applied' : 'already-applied' })
        expect(await store.commit(task, unanswered)).toEqual({ result: 'already-applied' })
        expect(await wholeEpoch(client, task)).toBe(answered + 1)
        epochs[i] = answered + 1
        retries += 1
      }
      client.disconnect()
    }
    expect(retries).toBe(KILLS * tasks.length)
    expect(Math.min(...epochs)).toBeGreaterThan(KILLS)
    for (const task of tasks) expect(await store.owns(task, 'owner')).toBe(true)
  })
})
