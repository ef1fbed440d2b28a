import { describe, expect, it } from 'vitest'
import { policyRecord } from '../../src/config/policy.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { startEmbedded } from '../../src/main/embedded.ts'
import type { OutputRole } from '../../src/engine/ports.ts'
import { HOUR, orders, settings, traffic, type Published } from '../main/traffic.ts'
import { testServers } from '../servers/index.ts'
import { createCluster, PARTITIONS, type Cluster } from './cluster.ts'

const roles: readonly OutputRole[] = ['retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'dead-letters']

const policy = (): Published => ['policies', 'm', 0, policyRecord('m', settings, { effectiveFrom: 0, issuer: 'test' }, checkUnitInTables)]

/** What the embedded run decides, with the profiles it made: they are part of a capture. */
async function embedded(): Promise<{ events: string[]; profiles: Published[] }> {
  const run = await startEmbedded({ partitions: PARTITIONS, decidePartitions: 2 })
  for (const record of [policy(), ...traffic(), ...orders()]) run.publish(...record)
  for (let hour = 1_000; hour < 1_030; hour++) await run.run.runTo(hour * HOUR)
  await run.run.finish()
  const decoded = (role: OutputRole) => run.run.topic(role).partitions.flat().map((raw) => {
    const result = run.decoder.decodeOutput(role, raw.value!)
    if (result.ok !== true) throw new Error(`an event of ${role} cannot be decoded`)
    return { timestampMs: raw.timestampMs, event: result.record }
  })
  const profiles = decoded('profiles').map(({ timestampMs, event }): Published => ['profiles', 'm', timestampMs, event])
  return { events: roles.flatMap((role) => decoded(role).map((found) => line(role, found))), profiles }
}

const line = (role: OutputRole, { timestampMs, event }: { timestampMs: number; event: unknown }) => `${role} ${timestampMs} ${JSON.stringify(event)}`

const decided = async (cluster: Cluster) => (await Promise.all(roles.map(async (role) => (await cluster.events(role)).map((found) => line(role, found))))).flat()

describe('steward run on a real Kafka, Redis and registry', () => {
  it('decides what the embedded run decides, with two workers', async () => {
    const expected = await embedded()
    const cluster = await createCluster(testServers(), { m: settings })
    await cluster.load([policy(), ...expected.profiles, ...traffic(), ...orders()])
    const workers = [cluster.worker('--drain'), cluster.worker('--drain')]
    for (const worker of workers) expect(await worker.ended, worker.output()).toBe(0)
    expect(await decided(cluster)).toEqual(expected.events)
  })
})
