/** A worker that sleeps while its tasks move, and then wakes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { testServers } from '../servers/index.ts'
import { createCluster, type Cluster } from './cluster.ts'
import { expectOutcome, plainTasks, REDIS_DELAY_MS, slowly, undisturbed } from './disturbed.ts'
import { loadSettings } from './load.ts'
import { farRedis } from './slow-proxy.ts'

let ground: Awaited<ReturnType<typeof undisturbed>>
let redis: Awaited<ReturnType<typeof farRedis>>

beforeAll(async () => {
  ground = await undisturbed(4_000, 5)
  redis = await farRedis(testServers().redis, REDIS_DELAY_MS)
})
afterAll(() => redis.stop())

/** One worker that owns every task, put to sleep in the middle of its work. */
async function asleep(): Promise<{ cluster: Cluster; sleeper: ReturnType<Cluster['worker']> }> {
  const cluster = await createCluster({ ...testServers(), redis: redis.url }, loadSettings, slowly)
  await cluster.load(ground.records)
  const sleeper = cluster.worker('--drain')
  await sleeper.said('task taken', plainTasks.length)
  await sleep(600)
  sleeper.process.kill('SIGSTOP')
  return { cluster, sleeper }
}

describe('a worker that wakes after its tasks moved', () => {
  it('commits nothing of what it held, and joins the work again', { timeout: 180_000 }, async () => {
    const { cluster, sleeper } = await asleep()
    const successor = cluster.worker('--drain')
    await successor.said('task taken', plainTasks.length)
    await sleep(300)
    sleeper.process.kill('SIGCONT')
    for (const worker of [sleeper, successor]) expect(await worker.ended, worker.output()).toBe(0)
    expect(sleeper.output()).toContain('a commit was refused')
    await expectOutcome(cluster, ground.outcome)
  })

  it('adds nothing when all was done without it', { timeout: 180_000 }, async () => {
    const { cluster, sleeper } = await asleep()
    const successor = cluster.worker('--drain')
    expect(await successor.ended, successor.output()).toBe(0)
    await expectOutcome(cluster, ground.outcome)
    sleeper.process.kill('SIGCONT')
    expect(await sleeper.ended, sleeper.output()).toBe(0)
    expect(sleeper.output()).toContain('a commit was refused')
    await expectOutcome(cluster, ground.outcome)
  })
})
