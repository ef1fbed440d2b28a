import { describe, expect, it } from 'vitest'
import { checkUnitInTables as checkUnit } from '../../src/config/units.ts'
import { policyRecord } from '../../src/config/policy.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import { originOf } from '../../src/engine/origin.ts'
import type { RawRecord } from '../../src/engine/ports.ts'
import { startEmbedded, type Embedded, type EmbeddedSettings } from '../../src/main/embedded.ts'
import { HOUR, orders, settings, traffic, type Published } from './traffic.ts'

async function started(partitions: number, over: Partial<EmbeddedSettings> = {}): Promise<Embedded> {
  const embedded = await startEmbedded({ partitions, decidePartitions: 2, ...over })
  embedded.publish('policies', 'm', 0, policyRecord('m', settings, { effectiveFrom: 0, issuer: 'test' }, checkUnit))
  return embedded
}

const roles = ['retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'dead-letters'] as const

/** Published events of every role as text, repeats of one (task, epoch, index) dropped. */
function events({ run }: Embedded): string[] {
  const seen = new Set<string>()
  return roles.flatMap((role) => run.topic(role).partitions.flatMap((log) => log.filter((raw) => isNew(raw, seen)).map((raw) => `${role} ${raw.timestampMs} ${Buffer.from(raw.value!).toString()}`)))
}

function isNew(raw: RawRecord, seen: Set<string>): boolean {
  const { task, epoch, index } = originOf(raw)!
  const key = `${task} ${epoch} ${index}`
  return !seen.has(key) && Boolean(seen.add(key))
}

/** Labels keyed by the order they belong to, as a shop's would be. */
const byOrder = (records: Published[]): Published[] => records.map((record, i) => (record[0] === 'labels' ? [record[0], `order-${i % 37}`, record[2], record[3]] : record))

async function runAll(embedded: Embedded, records: Published[]): Promise<string[]> {
  for (const record of [...records, ...orders()]) embedded.publish(...record)
  for (let hour = 1_000; hour < 1_030; hour++) await embedded.run.runTo(hour * HOUR)
  await embedded.run.finish()
  return events(embedded)
}

describe('both topologies in one process', () => {
  it('turn traffic into requests, a promotion and a rollback', async () => {
    const found = await runAll(await started(1), traffic())
    const kinds = found.map((line) => line.split(' ')[0])
    expect(kinds).toContain('retrain-requested')
    expect(kinds.filter((kind) => kind === 'promote')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'rollback')).toHaveLength(1)
    expect(kinds.filter((kind) => kind === 'serving-config')).toHaveLength(2)
    expect(found.find((line) => line.startsWith('retrain-requested'))).toMatch(/new-labels|performance/)
  })

  it('give the same events when topics are interleaved differently', async () => {
    const records = traffic()
    const byTopic = [...records].sort((a, b) => (a[0] < b[0] ? 1 : a[0] > b[0] ? -1 : 0))
    expect(await runAll(await started(4), byTopic)).toEqual(await runAll(await started(4), records))
  })

  it('lose and double nothing when tasks die anywhere in an epoch', async () => {
    const undisturbed = await runAll(await started(4), traffic())
    for (let seed = 1; seed <= 4; seed++) {
      const random = seeded(seed)
      const deaths = new Map<string, number>()
      const dies = (point: string) => uniform(random) < 0.15 && Boolean(deaths.set(point, (deaths.get(point) ?? 0) + 1))
      expect(await runAll(await started(4, { epochRecordsMax: 20, dies }), traffic()), `seed ${seed}`).toEqual(undisturbed)
      expect([...deaths.keys()].sort()).toEqual(['before-commit', 'before-publish', 'before-trim'])
    }
  })
})

describe('a topic under another key', () => {
  const rekeyed = { labels: 3 }

  it('comes to the same events as one keyed by inference id', async () => {
    const plain = await runAll(await started(4), traffic())
    const embedded = await started(4, { rekeyed })
    expect(await runAll(embedded, byOrder(traffic()))).toEqual(plain)
    const { run } = embedded
    expect(run.tasks.slice(0, 3).map(({ name }) => name)).toEqual(['rekey-labels-0', 'rekey-labels-1', 'rekey-labels-2'])
    const copies = run.topic('labels-rekeyed').partitions.flat().filter(({ value }) => value !== null)
    const originals = run.topic('labels').partitions.flat()
    const text = (raws: RawRecord[]) => raws.map(({ value, timestampMs }) => `${timestampMs} ${Buffer.from(value!).toString()}`).sort()
    expect(text(copies)).toEqual(text(originals))
  })

  it('without rekeying its records do not meet those of its fellows', async () => {
    const plain = await runAll(await started(4), traffic())
    expect(await runAll(await started(4), byOrder(traffic()))).not.toEqual(plain)
  })

  it('loses and doubles nothing when tasks die anywhere in an epoch', async () => {
    const all = { labels: 3, features: 2, predictions: 5 }
    const undisturbed = await runAll(await started(4, { rekeyed: all }), byOrder(traffic()))
    expect(undisturbed).toEqual(await runAll(await started(4), traffic()))
    for (let seed = 1; seed <= 3; seed++) {
      const random = seeded(seed)
      const dead = new Set<string>()
      const dies = (_point: string, task: string) => uniform(random) < 0.1 && Boolean(dead.add(task))
      expect(await runAll(await started(4, { rekeyed: all, epochRecordsMax: 20, dies }), byOrder(traffic())), `seed ${seed}`).toEqual(undisturbed)
      expect([...dead].filter((task) => task.startsWith('rekey-')).length).toBeGreaterThan(3)
    }
  })

  it('does not hold the others up where a partition of it is quiet: they see what decide published meanwhile, as without', async () => {
    // without a profile decide makes one from the first panes, and what it is compared with comes after
    const own = { ...settings, profile: { referencePanes: 2, minLayoutRows: 50 } }
    const run = async (rekeyed: EmbeddedSettings['rekeyed']) => {
      const embedded = await startEmbedded({ partitions: 4, decidePartitions: 2, rekeyed })
      embedded.publish('policies', 'm', 0, policyRecord('m', own, { effectiveFrom: 0, issuer: 'test' }, checkUnit))
      return runAll(embedded, rekeyed === undefined ? traffic() : traffic().map((record) => (record[0] === 'labels' ? ['labels', 'order-1', record[2], record[3]] : record)))
    }
    const plain = await run(undefined)
    expect(plain.some((line) => line.includes('provisional-profile'))).toBe(true)
    expect(await run({ labels: 5 })).toEqual(plain)
  })
})
