/** What a person does around a run: topics, doctor, capture and replay. */
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import type { Check, TopicStatus } from '../../src/cli/services.ts'
import { topicRoles } from '../../src/config/config-schema.ts'
import { HOUR, orders, settings, traffic } from '../main/traffic.ts'
import { testServers } from '../servers/index.ts'
import { createCluster, type Cluster } from './cluster.ts'
import { clusterOutcome, embeddedOutcome, policies } from './outcome.ts'

const models = { m: settings }
/** copies of rekeyed topics are needed only where something is rekeyed */
const needed = topicRoles.filter((role) => !role.endsWith('-rekeyed'))
const rows = <Row>(out: string): Row[] => out.split('\n').filter(Boolean).map((line) => JSON.parse(line) as Row)

describe('a cluster that was not prepared', { timeout: 60_000 }, () => {
  let cluster: Cluster
  beforeAll(async () => { cluster = await createCluster(testServers(), models, {}, { isBare: true }) })

  it('is refused by a worker, with a sentence that names a topic and what to do', async () => {
    for (const args of [['run'], ['run', '--drain']]) {
      const { code, out, err } = await cluster.steward(...args)
      expect([code, out]).toEqual([1, ''])
      expect(err).toContain('TOPIC_MISSING')
      expect(err).toContain('steward topics create')
      expect(err).toContain(cluster.config.kafka.groupPrefix)
    }
  })

  it('is shown as missing by topics and doctor', async () => {
    const seen = rows<TopicStatus>((await cluster.steward('topics', 'list', '--json')).out)
    expect(seen.map(({ state }) => state)).toEqual(needed.map(() => 'missing'))
    const { code, out } = await cluster.steward('doctor', '--json')
    expect(code).not.toBe(0)
    expect(rows<Check>(out).filter(({ state, fix }) => state === 'failed' && fix?.includes('steward topics create'))).toHaveLength(needed.length)
  })

  it('is examined to the end by the doctor where Redis does not answer either', async () => {
    const without = await createCluster({ ...testServers(), redis: 'redis://127.0.0.1:1' }, models, {}, { isBare: true })
    const { code, out, err } = await without.steward('doctor', '--json')
    expect(code, err).not.toBe(0)
    const found = rows<Check>(out).filter(({ name }) => name.startsWith('redis') || name === 'registry')
    expect(found.map(({ name, state }) => [name, state])).toEqual([['redis: redis answers', 'failed'], ['registry', 'ok']])
  })

  it('is ready for a worker once its topics are created, which can be done twice', async () => {
    for (const state of ['created', 'present']) {
      const { code, out, err } = await cluster.steward('topics', 'create', '--json')
      expect(code, err).toBe(0)
      expect(new Set(rows<TopicStatus>(out).map((row) => row.state))).toEqual(new Set([state]))
    }
    const { out } = await cluster.steward('doctor', '--json')
    const wrong = rows<Check>(out).filter(({ state }) => state !== 'ok')
    // the shared Redis syncs once a second, and has no limit of memory
    expect(wrong.filter(({ name }) => !name.startsWith('redis: ')), JSON.stringify(wrong)).toEqual([])
    for (const { fix } of wrong) expect(fix).toBeTruthy()
    const drained = await cluster.steward('run', '--drain', '--json')
    expect(drained.code, drained.err).toBe(0)
  })
})

describe('a capture of a cluster', () => {
  it('replays to the decisions that the cluster came to, whatever the number of its workers', { timeout: 120_000 }, async () => {
    const records = [...traffic(), ...orders()]
    const { profiles } = await embeddedOutcome(models, records, [1_000 * HOUR, 1_030 * HOUR])
    const cluster = await createCluster(testServers(), models)
    await cluster.load([...policies(models), ...profiles, ...records])
    // with three, one has no partition of decide, and ends when the others have
    const workers = Array.from({ length: 3 }, () => cluster.worker('--drain'))
    for (const worker of workers) expect(await worker.ended, worker.output()).toBe(0)
    const folder = await mkdtemp(join(tmpdir(), 'steward-'))
    const [capture, events] = [join(folder, 'capture.ndjson'), join(folder, 'events.ndjson')]
    const captured = await cluster.steward('capture', '--out', capture)
    expect(captured.code, captured.err).toBe(0)
    const replayed = await cluster.steward('replay', capture, '--partitions', '4', '--out', events)
    expect(replayed.code, replayed.err).toBe(0)
    const emitted = rows<{ topic: string; timestampMs: number; value: { id?: string } }>(await readFile(events, 'utf8'))
    const ids = (topic: string) => emitted.filter((record) => record.topic === topic).map(({ timestampMs, value }) => [timestampMs, value.id])
    for (const role of ['decisions', 'retrain-requested', 'promote', 'rollback'] as const) {
      const published = (await cluster.events(role)).map(({ timestampMs, event }) => [timestampMs, (event as { id: string }).id])
      expect(published.length, role).toBeGreaterThan(0)
      expect(ids(role), role).toEqual(published)
    }
    expect((await clusterOutcome(cluster)).events.length).toBeGreaterThan(10)
  })
})
