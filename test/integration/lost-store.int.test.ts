/** A Redis that loses what it had acknowledged: all of it, or what came after its last snapshot. */
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { orders, settings as model, traffic } from '../main/traffic.ts'
import { startRedis, testServers, type TestServer } from '../servers/index.ts'
import { createCluster, type Cluster } from './cluster.ts'
import { expectOutcome, plainTasks, REDIS_DELAY_MS, slowly, undisturbed } from './disturbed.ts'
import { expectEqual, replayJournal } from './journal.ts'
import { loadSettings } from './load.ts'
import { clusterOutcome, policies } from './outcome.ts'
import { farRedis } from './slow-proxy.ts'

let ground: Awaited<ReturnType<typeof undisturbed>>
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  ground = await undisturbed(6_000)
})
afterAll(async () => {
  for (const close of closing) await close()
})

/** Nothing is written to disk but when `SAVE` is asked for. */
async function forgetful(): Promise<{ redis: TestServer; cluster: Cluster; asked(command: string): Promise<void> }> {
  const redis = await startRedis({ config: { appendonly: 'no', save: '' } })
  closing.push(() => redis.stop())
  const far = await farRedis(redis.address, REDIS_DELAY_MS)
  closing.push(far.stop)
  const cluster = await createCluster({ ...testServers(), redis: far.url }, loadSettings, slowly)
  await cluster.load(ground.records)
  return {
    redis, cluster,
    async asked(command) {
      const client = new Redis(redis.address)
      await client.call(command)
      client.disconnect()
    },
  }
}

/** Resolves when so many epochs have been published. */
async function untilJournal(cluster: Cluster, epochs: number): Promise<void> {
  const admin = cluster.kafka.admin()
  await admin.connect()
  const published = async () => (await admin.fetchTopicOffsets(cluster.topic('journal'))).reduce((sum, { offset }) => sum + Number(offset), 0)
  while (await published() < epochs) await sleep(20)
  await admin.disconnect()
}

async function expectUndisturbed(cluster: Cluster): Promise<void> {
  await expectOutcome(cluster, ground.outcome)
  expectEqual((await replayJournal(cluster)).verdicts, plainTasks)
}

describe('a drain by two workers', () => {
  it('comes to the same when Redis is killed on the way and comes back empty', { timeout: 240_000 }, async () => {
    const { redis, cluster } = await forgetful()
    const workers = [cluster.worker('--drain'), cluster.worker('--drain')]
    await untilJournal(cluster, 25)
    await redis.restart()
    for (const worker of workers) expect(await worker.ended, worker.output()).toBe(0)
    expect(workers.map((worker) => worker.output()).join('\n')).toContain('the journal is ahead of the store')
    await expectUndisturbed(cluster)
  })

  it('comes to the same when Redis goes back to a snapshot', { timeout: 240_000 }, async () => {
    const { redis, cluster, asked } = await forgetful()
    const workers = [cluster.worker('--drain'), cluster.worker('--drain')]
    await untilJournal(cluster, 10)
    await asked('SAVE')
    await untilJournal(cluster, 25)
    await redis.restart()
    for (const worker of workers) expect(await worker.ended, worker.output()).toBe(0)
    expect(workers.map((worker) => worker.output()).join('\n')).toMatch(/"fromEpoch":(?!1,)\d+,"msg":"the journal is ahead of the store/)
    await expectUndisturbed(cluster)
  })

  it('is the same again for a run with an empty Redis after the first has ended: nothing is decided anew', { timeout: 120_000 }, async () => {
    const redis = await startRedis({ config: { appendonly: 'no', save: '' } })
    closing.push(() => redis.stop())
    const cluster = await createCluster({ ...testServers(), redis: redis.address }, { m: model }, slowly)
    await cluster.load([...policies({ m: model }), ...traffic(), ...orders()])
    const first = cluster.worker('--drain')
    expect(await first.ended, first.output()).toBe(0)
    const { events, panes } = await clusterOutcome(cluster)
    await redis.restart()
    const again = cluster.worker('--drain')
    expect(await again.ended, again.output()).toBe(0)
    expect(await clusterOutcome(cluster)).toEqual({ events, panes })
    expectEqual((await replayJournal(cluster)).verdicts, plainTasks)
  })
})
