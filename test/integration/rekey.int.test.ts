/** Topics under another key, and of another partition count, on real servers. */
import { setTimeout as sleep } from 'node:timers/promises'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { Check } from '../../src/cli/services.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import { runCluster } from '../../src/main/cluster.ts'
import { HOUR, orders, settings, traffic, type Published } from '../main/traffic.ts'
import { testServers } from '../servers/index.ts'
import { createCluster, type Worker } from './cluster.ts'
import { expectOutcome, plainTasks, slowly } from './disturbed.ts'
import { expectEqual, replayJournal } from './journal.ts'
import { load, loadSettings } from './load.ts'
import { embeddedOutcome, policies } from './outcome.ts'

const partitions = { labels: 3, features: 2 }
const rekeyed = { inputs: { labels: { rekey: true }, features: { rekey: true } }, log: { level: 'info' } }
const onProgress = () => {}

/** Labels and features keyed by the order they belong to. */
const byOrder = (records: readonly Published[]): Published[] =>
  records.map((record, i) => (record[0] === 'labels' || record[0] === 'features' ? [record[0], `order-${i % 101}`, record[2], record[3]] : record))

const rows = <Row>(out: string): Row[] => out.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Row)

const allTasks = [
  ...Array.from({ length: 2 }, (_, p) => `rekey-features-${p}`), ...Array.from({ length: 3 }, (_, p) => `rekey-labels-${p}`),
  ...plainTasks,
]

describe('labels and features that are keyed by order', () => {
  it('come to the panes and decisions of the embedded run, whatever is killed, and so does their journal', { timeout: 240_000 }, async () => {
    const records = byOrder(load(3_000))
    const { profiles, ...undisturbed } = await embeddedOutcome(loadSettings, records, [1_000 * HOUR, 1_030 * HOUR], partitions)
    const cluster = await createCluster(testServers(), loadSettings, { ...rekeyed, limits: slowly.limits }, { partitions })
    await cluster.load([...policies(loadSettings), ...profiles, ...records])
    const random = seeded(5)
    let kills = 0
    const live = async (): Promise<Worker> => {
      for (;;) {
        const worker = cluster.worker('--drain')
        if (kills >= 4) return worker
        await worker.said('task taken')
        await sleep(uniform(random) * 700)
        if (kills >= 4) return worker
        kills++
        worker.process.kill('SIGKILL')
        await worker.ended
      }
    }
    for (const worker of await Promise.all([live(), live()])) expect(await worker.ended, worker.output()).toBe(0)
    await expectOutcome(cluster, undisturbed)
    expectEqual((await replayJournal(cluster)).verdicts, allTasks)
  })

  it('are drained on by a second run, and replay from a capture to the same decisions', { timeout: 240_000 }, async () => {
    const models = { m: settings }
    const cluster = await createCluster(testServers(), models, rekeyed, { partitions })
    const records = byOrder([...traffic(), ...orders()])
    const { profiles } = await embeddedOutcome(models, records, [1_000 * HOUR, 1_030 * HOUR], partitions)
    const labelsOf = ([role]: Published) => role === 'labels'
    await cluster.load([...policies(models), ...profiles, ...records.filter((record) => !labelsOf(record)), ...records.filter(labelsOf)])
    const drained = () => runCluster({ config: cluster.configFile, drain: true, signal: new AbortController().signal, onProgress })
    await drained()
    // one more label alone: it reaches one partition, and every task ends again
    await cluster.load([['labels', 'order-1', 1_040 * HOUR, { kind: 'label', inferenceId: 'nobody', model: 'm', observedAt: 1_040 * HOUR, value: true, weight: 1 }]])
    const again = await drained()
    expect(again.records.labels).toBe(2)
    const folder = await mkdtemp(join(tmpdir(), 'steward-'))
    const [capture, out] = [join(folder, 'capture.ndjson'), join(folder, 'events.ndjson')]
    expect((await cluster.steward('capture', '--out', capture)).code).toBe(0)
    const { code, err } = await cluster.steward('replay', capture, '--partitions', '4', '--out', out)
    expect(code, err).toBe(0)
    const emitted = rows<{ topic: string; timestampMs: number; value: { id?: string } }>(await readFile(out, 'utf8'))
    for (const role of ['retrain-requested', 'promote', 'rollback'] as const) {
      const published = (await cluster.events(role)).map(({ timestampMs, event }) => [timestampMs, (event as { id: string }).id])
      expect(published.length, role).toBeGreaterThan(0)
      expect(emitted.filter((record) => record.topic === role).map(({ timestampMs, value }) => [timestampMs, value.id]), role).toEqual(published)
    }
  })

  it('are joined live, while ticks go on, and the journal of it is executed again to the same hashes', { timeout: 120_000 }, async () => {
    const models = { m: settings }
    const cluster = await createCluster(testServers(), models, rekeyed, { partitions })
    const stop = new AbortController()
    const records = byOrder(traffic())
    await cluster.load([...policies(models), ...records.slice(0, 800)])
    const running = runCluster({ config: cluster.configFile, drain: false, signal: stop.signal, onProgress })
    await sleep(3000)
    await cluster.load(records.slice(800))
    await sleep(5000)
    stop.abort()
    const summary = await running
    const labels = records.filter(([role]) => role === 'labels').length
    // once when copied, once when joined
    expect(summary.records.labels).toBe(2 * labels)
    expectEqual((await replayJournal(cluster)).verdicts, allTasks)
  })
})

describe('the doctor', () => {
  it('sees that a topic must be rekeyed, and is content once it is', { timeout: 60_000 }, async () => {
    const models = { m: settings }
    const plain = await createCluster(testServers(), models)
    await plain.load([...policies(models), ...byOrder(traffic().slice(0, 600))])
    const placed = (out: string) => rows<Check>(out).filter(({ name }) => name.endsWith('is keyed by inference id'))
    const seen = placed((await plain.steward('doctor', '--json')).out)
    expect(seen.map(({ name, state }) => [name.split('-').at(-1)!.split(' ')[0], state])).toEqual([['features', 'failed'], ['predictions', 'ok'], ['labels', 'failed']])
    expect(seen[2].fix).toContain('inputs.labels.rekey: true')
    const cluster = await createCluster(testServers(), models, rekeyed, { partitions })
    await cluster.load(byOrder(traffic().slice(0, 600)))
    const content = rows<Check>((await cluster.steward('doctor', '--json')).out)
    expect(content.filter(({ name }) => name.endsWith('is keyed by inference id')).map(({ state }) => state)).toEqual(['ok', 'ok', 'ok'])
    expect(content.filter(({ name, state }) => state === 'failed' && name.includes('partitions'))).toEqual([])
    expect(content.filter(({ name }) => /-rekeyed is kept for as long as .*-(labels|features)$/.test(name)).map(({ state }) => state)).toEqual(['ok', 'ok'])
    const admin = cluster.kafka.admin()
    await admin.connect()
    await admin.alterConfigs({ validateOnly: false, resources: [{ type: 2, name: cluster.topic('labels-rekeyed'), configEntries: [{ name: 'retention.ms', value: '1000000' }] }] })
    await admin.disconnect()
    const short = rows<Check>((await cluster.steward('doctor', '--json')).out)
    expect(short.find(({ name }) => /labels-rekeyed is kept for as long as .*-labels$/.test(name))).toMatchObject({ state: 'failed', fix: expect.stringContaining('retention.ms') as string })
  })
})
