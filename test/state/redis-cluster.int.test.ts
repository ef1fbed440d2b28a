import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { TaskId } from '../../src/engine/ports.ts'
import { createRedisStore } from '../../src/state/redis.ts'
import { startRedis, uniqueName } from '../servers/index.ts'
import type { TestServer } from '../servers/index.ts'
import { bytes, commitOf, soon, stateStoreContract } from './contract.ts'

const logger = { info: () => {}, warn: () => {} }
const joined = /cluster_state:ok[^]*cluster_slots_ok:16384[^]*cluster_known_nodes:3/
const slots = [[0, 5460], [5461, 10_922], [10_923, 16_383]] as const

/** Three masters that know each other, without replicas. */
async function startCluster(): Promise<TestServer[]> {
  const servers = await Promise.all(slots.map(() => startRedis({
    config: { 'cluster-enabled': 'yes', 'cluster-require-full-coverage': 'no', 'cluster-node-timeout': 1000, 'cluster-announce-ip': '127.0.0.1' },
  })))
  const clients = servers.map(({ address }) => new Redis(address))
  const first = new URL(servers[0]!.address)
  for (const [i, client] of clients.entries()) {
    await client.call('CLUSTER', 'ADDSLOTSRANGE', ...slots[i]!)
    if (i > 0) await client.call('CLUSTER', 'MEET', first.hostname, first.port)
  }
  for (const client of clients) {
    while (!joined.test(String(await client.call('CLUSTER', 'INFO')))) await sleep(50)
    client.disconnect()
  }
  return servers
}

describe('the Redis store on a cluster of three', () => {
  let servers: TestServer[] = []
  beforeAll(async () => {
    servers = await startCluster()
  })
  afterAll(() => Promise.all(servers.map((server) => server.stop())))

  const create = (prefix = uniqueName('cluster')) => {
    const { host } = new URL(servers[1]!.address)
    return createRedisStore({ url: servers[0]!.address, nodes: [host], prefix, logger })
  }

  stateStoreContract(create)

  it('spreads tasks over the nodes and finds views on all of them', async () => {
    const prefix = uniqueName('spread')
    const store = await create(prefix)
    const tasks = Array.from({ length: 12 }, (_, partition): TaskId => ({ topology: 'decide', partition }))
    for (const task of tasks) {
      await store.claim(task, 'a', await soon(store))
      await store.commit(task, commitOf('a', 1, { views: new Map([['m', String(task.partition)]]) }))
    }
    expect(await store.view('decide', 'm')).toEqual(tasks.map(({ partition }) => String(partition)))
    for (const { address } of servers) {
      const node = new Redis(address)
      expect((await node.keys(`${prefix}:{*}:meta`)).length).toBeGreaterThan(0)
      node.disconnect()
    }
    await store.stop()
  })

  it('goes on with the tasks of the other nodes while one is down, and with its own when it is back', async () => {
    const store = await create()
    const tasks = Array.from({ length: 12 }, (_, partition): TaskId => ({ topology: 'observe', partition }))
    for (const task of tasks) await store.claim(task, 'a', await soon(store))
    const commitAll = (epoch: number) =>
      Promise.all(tasks.map((task) => store.commit(task, commitOf('a', epoch, { chunk: bytes(epoch) })).then(({ result }) => result, (error: { code: string }) => error.code)))
    expect(new Set(await commitAll(1))).toEqual(new Set(['applied']))
    await servers[2]!.kill()
    expect(new Set(await commitAll(2))).toEqual(new Set(['applied', 'STORE_UNAVAILABLE']))
    await servers[2]!.restart()
    await expect.poll(async () => [...new Set(await commitAll(2))].sort().join(), { timeout: 20_000 }).toMatch(/^already-applied(,applied)?$/)
    for (const task of tasks) expect((await store.claim(task, 'b', await soon(store))).chunks).toEqual([bytes(1), bytes(2)])
    await store.stop()
  })
})
