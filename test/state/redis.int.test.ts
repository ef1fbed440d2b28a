import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { StateStore, TaskId } from '../../src/engine/ports.ts'
import { createMemoryStore } from '../../src/state/memory.ts'
import { createRedisStore } from '../../src/state/redis.ts'
import { testServers, uniqueName } from '../servers/index.ts'
import { bytes, commitOf, entryOf, soon, stateStoreContract, task } from './contract.ts'
import { runOperations, sequences } from './operations.ts'

const logger = { info: () => {}, warn: () => {} }
const create = (prefix = uniqueName('state')) => createRedisStore({ url: testServers().redis, prefix, logger })

describe('the Redis store', () => {
  stateStoreContract(create)

  it('shows the same as the memory store after any sequence of operations', async () => {
    await fc.assert(
      fc.asyncProperty(sequences, async (operations) => {
        const [memory, redis] = [createMemoryStore(), await create()]
        try {
          expect(await runOperations(redis, operations)).toEqual(await runOperations(memory, operations))
        } finally {
          await redis.stop()
        }
      }),
      { numRuns: 60 },
    )
  })
})

describe('what is in Redis', () => {
  const prefix = uniqueName('keys')
  let client: Redis
  let store: StateStore
  beforeAll(async () => {
    client = new Redis(testServers().redis)
    store = await create(prefix)
  })
  afterAll(async () => {
    client.disconnect()
    await store.stop()
  })

  it('lies under the prefix with the task as hash tag, and views are readable text', async () => {
    const decide: TaskId = { topology: 'decide', partition: 0 }
    await store.claim(decide, 'a', await soon(store))
    await store.commit(decide, commitOf('a', 1, { partsWritten: new Map([['p', bytes(1)]]), chunk: bytes(1), outbox: [entryOf(1, 0), entryOf(1, 1)], views: new Map([['fraud', '{"n":1}']]) }))
    await store.quarantine(decide, 'a', entryOf(1, 1), 'x')
    const keys = (await client.keys(`${prefix}:*`)).sort()
    const own = ['chunks', 'meta', 'outbox', 'parts', 'quarantine', 'view:fraud'].map((name) => `${prefix}:{decide-0}:${name}`)
    expect(keys).toEqual([`${prefix}:tasks`, ...own].sort())
    expect(await client.get(`${prefix}:{decide-0}:view:fraud`)).toBe('{"n":1}')
  })

  it('works on after the server forgot the scripts', async () => {
    await store.claim(task, 'a', await soon(store))
    await client.script('FLUSH')
    expect(await store.commit(task, commitOf('a', 1, { chunk: bytes(1) }))).toEqual({ result: 'applied' })
    expect((await store.claim(task, 'b', await soon(store))).chunks).toEqual([bytes(1)])
  })

  it('is refused with a remedy, and unchanged, when a key holds something else', async () => {
    const other: TaskId = { topology: 'observe', partition: 77 }
    await client.set(`${prefix}:{observe-77}:outbox`, 'mine')
    await expect(store.claim(other, 'a', await soon(store))).rejects.toMatchObject({
      code: 'STORE_REFUSED', message: expect.stringMatching(/claim observe-77.*outbox is a string, not a stream.*Choose another redis\.prefix/),
    })
    expect(await store.owns(other, 'a')).toBe(false)
  })

  it('notices a claim that came between taking the token and reading the state', async () => {
    const contested: TaskId = { topology: 'observe', partition: 5 }
    const deadlineMs = await soon(store)
    await store.claim(contested, 'a', deadlineMs)
    await store.commit(contested, commitOf('a', 1, { partsWritten: new Map(Array.from({ length: 2000 }, (_, i) => [`p${i}`, new Uint8Array(100)])) }))
    const results = await Promise.allSettled(Array.from({ length: 8 }, () => store.claim(contested, randomUUID(), deadlineMs)))
    const lost = results.filter((result) => result.status === 'rejected')
    expect(lost.length).toBe(7)
    for (const { reason } of lost) expect(reason).toMatchObject({ code: 'FENCED' })
  })
})
