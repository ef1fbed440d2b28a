import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../src/codec/state.ts'
import type { JournalEntry } from '../../src/engine/journal.ts'
import { runCluster } from '../../src/main/cluster.ts'
import { HOUR, orders, settings, traffic } from '../main/traffic.ts'
import { testServers } from '../servers/index.ts'
import { createCluster, PARTITIONS, type Cluster } from './cluster.ts'
import { plainTasks } from './disturbed.ts'
import { expectEqual, replayJournal } from './journal.ts'
import { policies } from './outcome.ts'

const models = { m: settings }
const onProgress = () => {}

const drained = (config: string) => runCluster({ config, drain: true, signal: new AbortController().signal, onProgress })

async function replayed(cluster: Cluster) {
  const { verdicts, records } = await replayJournal(cluster, { outputs: true })
  return { verdicts, decisions: records.filter(({ topic }) => topic === 'decisions').map(({ timestampMs, headers }) => [timestampMs, headers]) }
}

describe('the journal of a cluster', () => {
  it('gives the same hashes and decisions when two drains, one after the other, are executed again', async () => {
    const cluster = await createCluster(testServers(), models)
    const records = [...traffic(), ...orders()]
    const noon = 1_006 * HOUR
    await cluster.load([...policies(models), ...records.filter(([, , at]) => at < noon)])
    await drained(cluster.configFile)
    await cluster.load(records.filter(([, , at]) => at >= noon))
    await drained(cluster.configFile)
    const { verdicts, decisions } = await replayed(cluster)
    expectEqual(verdicts, plainTasks)
    expect(verdicts.slice(0, PARTITIONS).reduce((sum, { records }) => sum + records, 0)).toBe(720 * 3 + PARTITIONS)
    const published = (await cluster.read('decisions')).map(({ timestampMs, headers }) => [timestampMs, headers])
    expect(decisions.length).toBeGreaterThan(5)
    const text = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort()
    expect(text(decisions)).toEqual(text(published))
    const { code, out, err } = await cluster.steward('replay', '--journal', '--task', 'observe-2')
    const { epochs, records: released } = verdicts[2]
    expect([code, out.trim().split('\n').at(-1)!.split(/ +/)], err).toEqual([0, ['observe-2', ...[epochs, released, epochs, epochs].map(String)]])
  })

  it('gives the same hashes of a live run, in which arrival and ticks decided', async () => {
    const cluster = await createCluster(testServers(), models)
    const stop = new AbortController()
    await cluster.load([...policies(models), ...traffic().slice(0, 800)])
    const running = runCluster({ config: cluster.configFile, drain: false, signal: stop.signal, onProgress })
    await new Promise((resolve) => setTimeout(resolve, 3000))
    await cluster.load([...traffic().slice(800), ...orders().filter(([role]) => role !== 'ticks')])
    await new Promise((resolve) => setTimeout(resolve, 4000))
    stop.abort()
    await running
    const { verdicts } = await replayed(cluster)
    expectEqual(verdicts, plainTasks)
    const entries = (await cluster.read('journal')).map(({ value }) => stateCodec.decode(value!) as JournalEntry)
    expect(entries.filter(({ ticks }) => ticks.length > 0).map(({ task }) => task)).toEqual(expect.arrayContaining(['observe-0', 'decide-0']))
    expect(entries.every(({ releases }) => releases !== null)).toBe(true)
  })

  it('tells where a record was taken from a topic', async () => {
    const cluster = await createCluster(testServers(), models)
    await cluster.load([...policies(models), ...traffic().slice(0, 400), ...orders()])
    await drained(cluster.configFile)
    const admin = cluster.kafka.admin()
    await admin.connect()
    // the client knows the leaders of a topic only after it asked for something of it
    await admin.fetchTopicOffsets(cluster.topic('labels'))
    await admin.deleteTopicRecords({ topic: cluster.topic('labels'), partitions: [{ partition: 1, offset: '3' }] })
    await admin.disconnect()
    const { verdicts } = await replayed(cluster)
    expect(verdicts.filter(({ isEqual }) => !isEqual).map(({ task, remarks }) => [task, remarks])).toEqual([
      ['observe-1', [expect.stringMatching(/^stopped at epoch \d+: 'labels' no longer holds offsets 0 to 2 /)]],
    ])
  })
})
