/** Kills at any moment: what comes out is what an undisturbed run brings. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { seeded, uniform } from '../../src/core/random.ts'
import { startKafka, startRedis, testServers, type ServerAddresses } from '../servers/index.ts'
import { createCluster, type Cluster, type Worker } from './cluster.ts'
import { expectOutcome, plainTasks, REDIS_DELAY_MS, slowly, undisturbed } from './disturbed.ts'
import { expectEqual, replayJournal } from './journal.ts'
import { loadSettings } from './load.ts'
import { farRedis } from './slow-proxy.ts'

const KILLS = 20

let ground: Awaited<ReturnType<typeof undisturbed>>
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  ground = await undisturbed(6_000)
})
afterAll(async () => {
  for (const close of closing) await close()
})

async function loaded(servers: ServerAddresses): Promise<Cluster> {
  const redis = await farRedis(servers.redis, REDIS_DELAY_MS)
  closing.push(redis.stop)
  const cluster = await createCluster({ ...servers, redis: redis.url }, loadSettings, slowly)
  await cluster.load(ground.records)
  return cluster
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
    await expectOutcome(cluster, ground.outcome)
    // every epoch that the killed and their successors committed, executed again
    expectEqual((await replayJournal(cluster)).verdicts, plainTasks)
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
    await expectOutcome(cluster, ground.outcome)
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
    await expectOutcome(cluster, ground.outcome)
  })
})
