import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { createMemoryLog } from '../../src/consumers/memory.ts'
import type { OutgoingRecord } from '../../src/engine/ports.ts'
import { begin, contractPartitions, contractRoles, Ear, names, numbered, sourceContract, text } from './contract.ts'

const ticks = async (count = 20) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => { setImmediate(resolve) })
}
const outgoing = (role: OutgoingRecord['role'], value: string): OutgoingRecord =>
  ({ role, partition: 0, timestampMs: 1, key: null, value: Buffer.from(value), headers: { a: 'b' } })

sourceContract('the in-process log', async () => {
  const log = createMemoryLog({ partitions: { predictions: contractPartitions, labels: contractPartitions } })
  return {
    source: () => log.source(contractRoles),
    append: async (role, partition, records) => records.forEach((record) => log.append(role, partition, record)),
    truncate: async (role, partition, offset) => log.dropBefore(role, partition, offset),
    stop: async () => {},
  }
}, 50)

describe('the in-process log', () => {
  it('delivers in bounded batches, a turn at a time', () => {
    const turns: (() => void)[] = []
    const log = createMemoryLog({ partitions: { labels: 1 }, batchRecordsMax: 4, schedule: (run) => turns.push(run) })
    numbered('l', 0, 10).forEach((record) => log.append('labels', 0, record))
    const ear = new Ear()
    const source = log.source(['labels'])
    void source.start(ear)
    begin(source, ear, 0)
    expect(ear.batches).toEqual([])
    for (let turn = turns.shift(); turn; turn = turns.shift()) turn()
    expect(ear.batches.map(({ records, logEnd }) => [records.length, logEnd])).toEqual([[4, 10], [4, 10], [2, 10]])
    expect(ear.ends).toEqual([{ role: 'labels', partition: 0, nextOffset: 10 }])
  })

  it('lets nobody catch up while more is being loaded', async () => {
    const log = createMemoryLog({ partitions: { labels: 1 } })
    log.hold()
    log.append('labels', 0, numbered('l', 0, 1)[0])
    const ear = new Ear()
    const source = log.source(['labels'])
    await source.start(ear)
    begin(source, ear, 0)
    await ticks()
    expect(ear.batches).toMatchObject([{ nextOffset: 1, logEnd: 2 }])
    expect(ear.ends).toEqual([])
    log.release()
    await ticks()
    expect(ear.ends).toEqual([{ role: 'labels', partition: 0, nextOffset: 1 }])
  })

  it('drops the oldest past its limit, and a reader that had not passed them finds a gap', async () => {
    const log = createMemoryLog({ partitions: { labels: 1 }, recordsMax: 8 })
    const ear = new Ear()
    const source = log.source(['labels'])
    await source.start(ear)
    numbered('l', 0, 9).forEach((record) => log.append('labels', 0, record))
    expect(log.records('labels', 0).map(({ offset }) => offset)).toEqual([2, 3, 4, 5, 6, 7, 8])
    begin(source, ear, 0, { labels: 0 })
    await ticks()
    expect(ear.failures).toEqual([expect.objectContaining({ code: 'OFFSET_GAP' })])
  })

  it('gives a table what is there before it resolves, and then what comes', async () => {
    const log = createMemoryLog({ partitions: { policies: 2 } })
    log.append('policies', 0, numbered('a', 0, 1)[0])
    log.append('policies', 1, numbered('b', 0, 1)[0])
    const seen: string[] = []
    const table = log.table('policies')
    await table.start(({ partition, value }) => seen.push(`${partition}:${text(value)}`))
    expect(seen).toEqual(['0:a0', '1:b0'])
    log.append('policies', 1, numbered('b', 1, 2)[0])
    await ticks()
    expect(seen).toEqual(['0:a0', '1:b0', '1:b1'])
    await table.stop()
    log.append('policies', 1, numbered('b', 2, 3)[0])
    await ticks()
    expect(seen).toHaveLength(3)
  })

  it('gives a table from the end only what comes', async () => {
    const log = createMemoryLog({ partitions: { ticks: 1 } })
    log.append('ticks', 0, numbered('t', 0, 1)[0])
    const seen: string[] = []
    await log.table('ticks', { fromEnd: true }).start(({ value }) => seen.push(text(value)))
    log.append('ticks', 0, numbered('t', 1, 2)[0])
    await ticks()
    expect(seen).toEqual(['t1'])
  })

  it('carries what a sink sends to those who read it', async () => {
    const log = createMemoryLog({ partitions: { panes: 2 } })
    const sink = log.sink()
    expect(sink.partitionCount('panes')).toBe(2)
    await sink.send('panes', 1, [outgoing('panes', 'x')])
    expect(log.records('panes', 1)).toEqual([{ offset: 0, timestampMs: 1, key: null, value: Buffer.from('x'), headers: { a: 'b' } }])
    await expect(sink.send('journal', 0, [outgoing('journal', 'x')])).rejects.toThrow(/no journal-0/)
  })

  it('fences a session when its id is opened again, and publishes all or nothing', async () => {
    const log = createMemoryLog({ partitions: { 'serving-config': 1 } })
    const sink = log.fenced()
    const former = await sink.open('decide-0')
    await former.publish([outgoing('serving-config', 'a')])
    const owner = await sink.open('decide-0')
    await sink.open('decide-1')
    await expect(former.publish([outgoing('serving-config', 'late')])).rejects.toMatchObject({ code: 'FENCED' })
    await expect(owner.publish([outgoing('serving-config', 'b'), outgoing('journal', 'c')])).rejects.toThrow(/no journal-0/)
    await owner.publish([outgoing('serving-config', 'd')])
    await owner.close()
    await expect(owner.publish([outgoing('serving-config', 'e')])).rejects.toMatchObject({ code: 'FENCED' })
    expect(log.records('serving-config', 0).map(({ value }) => text(value))).toEqual(['a', 'd'])
  })

  it('gives a group of its own to whoever asks for one', async () => {
    const log = createMemoryLog({ partitions: { labels: 1 } })
    numbered('l', 0, 3).forEach((record) => log.append('labels', 0, record))
    const ears = [new Ear(), new Ear()]
    for (const [i, ear] of ears.entries()) {
      const source = log.source(['labels'], `group-${i}`)
      await source.start(ear)
      begin(source, ear, 0)
    }
    await sleep(20)
    for (const ear of ears) expect(ear.values('labels', 0)).toEqual(names('l', 0, 3))
  })
})
