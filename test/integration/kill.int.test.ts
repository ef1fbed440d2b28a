/** Kills at any moment: what comes out is what an undisturbed run brings. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seeded, uniform } from '../../src/core/random.ts'
import { HOUR, type Published } from '../main/traffic.ts'
import { startKafka, startRedis, testServers, type ServerAddresses } from '../servers/index.ts'
import { createCluster, PARTITIONS, type Cluster, type Worker } from './cluster.ts'
import { expectEqual, replayJournal } from './journal.ts'
import { load, loadSettings } from './load.ts'
import { clusterOutcome, embeddedOutcome, policies, type Outcome } from './outcome.ts'
import { farRedis } from './slow-proxy.ts'

const KILLS = 20
/** one way; a commit takes twice as long, so most kills cut one off, before it was applied or after */
const REDIS_DELAY_MS = 75
/** small steps, so that a drain has some hundred epochs */
const limits = { epoch: '50ms', maxBufferRecords: 50 }
const log = { level: 'info' }
const kafka = { sessionTimeout: '2s' }

const tasks = [...Array.from({ length: PARTITIONS }, (_, p) => `observe-${p}`), 'decide-0', 'decide-1']

let undisturbed: Outcome
let records: Published[]
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  const traffic = load(6_000)
  const { profiles, ...outcome } = await embeddedOutcome(loadSettings, traffic, [1_000 * HOUR, 1_030 * HOUR])
  undisturbed = outcome
  records = [...policies(loadSettings), ...profiles, ...traffic]
})
afterAll(async () => {
  for (const close of closing) await close()
})

async function loaded(servers: ServerAddresses): Promise<Cluster> {
  const redis = await farRedis(servers.redis, REDIS_DELAY_MS)
  closing.push(redis.stop)
  const cluster = await createCluster({ ...servers, redis: redis.url }, loadSettings, { limits, log, kafka })
  await cluster.load(records)
  return cluster
}

async function expectUndisturbed(cluster: Cluster): Promise<void> {
  const { events, panes } = await clusterOutcome(cluster)
  expect(events).toEqual(undisturbed.events)
  expect(panes).toEqual(undisturbed.panes)
}

describe('a drain by two workers', () => {
  it(`comes to the same when a worker is killed at ${KILLS} random moments, and so does its journal`, { timeout: 300_000 }, async () => {
    const cluster = await loaded(testServers())
    const random = seeded(3)
    let kills = 0
    const live = async (): Promise<Worker> => {
      for (;;) {
        const worker = cluster.worker('--drain')
        if (kills >= KILLS) return worker
        await worker.said('task taken')
        await sleep(uniform(random) * 700)
        if (kills >= KILLS) return worker
        kills++
        worker.process.kill('SIGKILL')
        expect(await worker.ended, worker.output()).toBe('SIGKILL')
      }
    }
    for (const worker of await Promise.all([live(), live()])) expect(await worker.ended, worker.output()).toBe(0)
    await expectUndisturbed(cluster)
    // every epoch that the killed and their successors committed, executed again
    expectEqual((await replayJournal(cluster)).verdicts, tasks)
  })

  it('comes to the same when the broker is killed on the way', { timeout: 180_000 }, async () => {
    const broker = await startKafka()
    closing.push(() => broker.stop())
    const cluster = await loaded({ ...testServers(), kafka: broker.address })
    const workers = [cluster.worker('--drain'), cluster.worker('--drain')]
    await workers[0].said('task taken')
    await sleep(1500)
    await broker.kill()
    await sleep(1000)
    expect(workers.map((worker) => worker.isUp())).toEqual([true, true])
    await broker.restart()
    for (const worker of workers) expect(await worker.ended, worker.output()).toBe(0)
    await expectUndisturbed(cluster)
  })

  it('comes to the same when a Redis that syncs every write is killed on the way', { timeout: 180_000 }, async () => {
    const redis = await startRedis({ appendfsync: 'always' })
    closing.push(() => redis.stop())
    const cluster = await loaded({ ...testServers(), redis: redis.address })
    const workers = [cluster.worker('--drain'), cluster.worker('--drain')]
    await workers[0].said('task taken')
    await sleep(1000)
    await redis.kill()
    await sleep(2000)
    expect(workers.map((worker) => worker.isUp())).toEqual([true, true])
    await redis.restart()
    for (const worker of workers) expect(await worker.ended, worker.output()).toBe(0)
    await expectUndisturbed(cluster)
  })
})
