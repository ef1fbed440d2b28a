import { describe, expect, it } from 'vitest'
import { HOUR, orders, settings, traffic } from '../main/traffic.ts'
import { testServers } from '../servers/index.ts'
import { createCluster } from './cluster.ts'
import { clusterOutcome, embeddedOutcome, policies } from './outcome.ts'

describe('steward run on a real Kafka, Redis and registry', () => {
  it('decides what the embedded run decides, with two workers', async () => {
    const models = { m: settings }
    const records = [...traffic(), ...orders()]
    const { profiles, ...expected } = await embeddedOutcome(models, records, [1_000 * HOUR, 1_030 * HOUR])
    const cluster = await createCluster(testServers(), models)
    await cluster.load([...policies(models), ...profiles, ...records])
    const workers = [cluster.worker('--drain'), cluster.worker('--drain')]
    for (const worker of workers) expect(await worker.ended, worker.output()).toBe(0)
    expect(await clusterOutcome(cluster)).toEqual(expected)
    expect(expected.events.length).toBeGreaterThan(10)
  })
})
