/** A worker that sleeps while its tasks move, and then wakes. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { HOUR, type Published } from '../main/traffic.ts'
import { testServers } from '../servers/index.ts'
import { createCluster, type Cluster } from './cluster.ts'
import { load, loadSettings } from './load.ts'
import { clusterOutcome, embeddedOutcome, policies, type Outcome } from './outcome.ts'
import { farRedis } from './slow-proxy.ts'

const TASKS = 6

let undisturbed: Outcome
let records: Published[]
let redis: Awaited<ReturnType<typeof farRedis>>

beforeAll(async () => {
  const traffic = load(4_000, 5)
  const { profiles, ...outcome } = await embeddedOutcome(loadSettings, traffic, [1_000 * HOUR, 1_030 * HOUR])
  undisturbed = outcome
  records = [...policies(loadSettings), ...profiles, ...traffic]
  redis = await farRedis(testServers().redis, 75)
})
afterAll(() => redis.stop())

/** One worker that owns every task, put to sleep in the middle of its work. */
async function asleep(): Promise<{ cluster: Cluster; sleeper: ReturnType<Cluster['worker']> }> {
  const cluster = await createCluster({ ...testServers(), redis: redis.url }, loadSettings, {
    limits: { epoch: '50ms', maxBufferRecords: 50 }, log: { level: 'info' }, kafka: { sessionTimeout: '2s' },
  })
  await cluster.load(records)
  const sleeper = cluster.worker('--drain')
  await sleeper.said('task taken', TASKS)
  await sleep(600)
  sleeper.process.kill('SIGSTOP')
  return { cluster, sleeper }
}

describe('a worker that wakes after its tasks moved', () => {
  it('commits nothing of what it held, and joins the work again', { timeout: 180_000 }, async () => {
    const { cluster, sleeper } = await asleep()
    const successor = cluster.worker('--drain')
    await successor.said('task taken', TASKS)
    await sleep(300)
    sleeper.process.kill('SIGCONT')
    for (const worker of [sleeper, successor]) expect(await worker.ended, worker.output()).toBe(0)
    expect(sleeper.output()).toContain('a commit was refused')
    expect(await clusterOutcome(cluster)).toEqual(undisturbed)
  })

  it('adds nothing when all was done without it', { timeout: 180_000 }, async () => {
    const { cluster, sleeper } = await asleep()
    const successor = cluster.worker('--drain')
    expect(await successor.ended, successor.output()).toBe(0)
    expect(await clusterOutcome(cluster)).toEqual(undisturbed)
    sleeper.process.kill('SIGCONT')
    expect(await sleeper.ended, sleeper.output()).toBe(0)
    expect(sleeper.output()).toContain('a commit was refused')
    expect(await clusterOutcome(cluster)).toEqual(undisturbed)
  })
})
