import { describe, expect, it } from 'vitest'
import type { OutgoingRecord } from '../../src/engine/ports.ts'
import { originOf } from '../../src/engine/origin.ts'
import type { StateStore } from '../../src/engine/ports.ts'
import { linesOf, raw, type FaultyStore } from './fakes.ts'
import { bench } from './worker-bench.ts'

/** Five epochs of one task; what the store held after each, and all that was published. */
async function ran() {
  const first = bench()
  await first.start(0)
  for (let i = 0; i < 5; i++) {
    first.source.append('predictions', 0, [10 * i + 5, { id: `p${i}`, emit: 8 }], [10 * i + 6, `q${i}`])
    first.source.append('labels', 0, [10 * i + 7, `l${i}`])
    await first.flow()
  }
  await first.worker.stop()
  return { logs: first.source.logs, published: first.sink.records, lines: linesOf((await first.steal(0)).parts) }
}
type Ran = Awaited<ReturnType<typeof ran>>

/** A worker over a store that holds only the first `epochs` of it, then three records more. */
async function goesOn({ logs, published }: Ran, epochs: number, change: { published?: readonly OutgoingRecord[]; lose?: string } = {}) {
  const again = bench({ published: change.published ?? published })
  for (const [name, log] of logs) again.source.logs.set(name, name === change.lose ? [] : [...log])
  if (epochs > 0) await held(again.store, published, logs, epochs)
  await again.start(0)
  await again.flow()
  again.source.append('predictions', 0, [60, 'new'])
  await again.flow()
  return again
}

/** Brings a store to where it stood after some epochs: the same records, the same epochs. */
async function held(store: FaultyStore, published: readonly OutgoingRecord[], logs: Ran['logs'], epochs: number): Promise<void> {
  const until = published.filter(({ role }) => role === 'journal').slice(0, epochs)
  const old = bench({ published: until, shared: { clock: bench().clock, store } })
  for (const [name, log] of logs) old.source.logs.set(name, log.filter(({ offset }) => offset < (name === 'predictions-0' ? 2 * epochs : epochs)))
  await old.start(0)
  await old.worker.stop()
}

const originsOf = (records: readonly OutgoingRecord[]) => records.map((record) => {
  const { epoch, index } = originOf(record)!
  return `${record.role} ${epoch}.${index} ${Buffer.from(record.value!).toString('hex')}`
})

describe('a store that lost commits', () => {
  for (const epochs of [0, 1, 3]) {
    it(`is brought to where the journal stands before anything new is done: ${5 - epochs} of 5 epochs`, async () => {
      const run = await ran()
      const again = await goesOn(run, epochs)
      expect(again.events.filter((event) => event.startsWith('recovering'))).toEqual(Array.from({ length: 5 - epochs }, (_, i) => `recovering observe-0 from ${epochs + 1}: ${i + 1}`))
      expect(again.events).toContain('taken observe-0 at 5')
      expect(linesOf((await again.steal(0)).parts)).toEqual([...run.lines, 'predictions new @60'])
    })
  }

  it('publishes again what it published, byte for byte under the same numbers, and goes on with the next', async () => {
    const run = await ran()
    const again = await goesOn(run, 2)
    const old = originsOf(run.published)
    const begin = old.findIndex((line) => line.startsWith('journal 3.'))
    expect(originsOf(again.sink.records).slice(0, old.length - begin)).toEqual(old.slice(begin))
    expect(originsOf(again.sink.records).at(-1)).toMatch(/^journal 6\./)
  })

  it('is left alone when it has all that the journal has', async () => {
    const run = await ran()
    const again = await goesOn(run, 5)
    expect(again.events.filter((event) => event.startsWith('recovering'))).toEqual([])
    expect(again.events).toContain('taken observe-0 at 5')
  })

  it('stops the worker when an epoch comes to another state, before it is committed', async () => {
    const run = await ran()
    const changed = new Map(run.logs)
    changed.set('predictions-0', run.logs.get('predictions-0')!.map((record) => (record.offset === 6 ? raw(6, record.timestampMs, 'another') : record)))
    const again = await goesOn({ ...run, logs: changed }, 2)
    await expect(again.worker.failed()).rejects.toMatchObject({ code: 'JOURNAL_MISMATCH', message: expect.stringMatching(/observe-0 is ahead .* epoch 4 .*another state/) as string })
    expect((await again.steal(0)).epoch).toBe(3)
  })

  it('stops the worker when the records are gone', async () => {
    const run = await ran()
    const again = await goesOn(run, 0, { lose: 'labels-0' })
    await expect(again.worker.failed()).rejects.toMatchObject({ code: 'JOURNAL_MISMATCH', message: expect.stringContaining('no longer holds offsets') as string })
  })

  it('stops the worker when the journal has a hole', async () => {
    const run = await ran()
    const hole = run.published.filter((record) => !(record.role === 'journal' && originOf(record)!.epoch === 3))
    const again = await goesOn(run, 1, { published: hole })
    await expect(again.worker.failed()).rejects.toMatchObject({ code: 'JOURNAL_MISMATCH', message: expect.stringContaining('no longer holds epochs') as string })
  })

  it('publishes every epoch again, also one whose commit was applied and not answered', async () => {
    const run = await ran()
    const again = bench({ published: run.published })
    for (const [name, log] of run.logs) again.source.logs.set(name, [...log])
    again.store.lostAnswers = 1
    await again.start(0)
    await again.clock.advance(1000)
    await again.flow()
    expect(originsOf(again.sink.records)).toEqual(originsOf(run.published))
  })

  it('goes on from where it was when the store fails on the way', async () => {
    const run = await ran()
    const again = bench({ published: run.published })
    for (const [name, log] of run.logs) again.source.logs.set(name, [...log])
    const commit = again.store.commit.bind(again.store) satisfies StateStore['commit']
    let calls = 0
    again.store.commit = (...args) => {
      if (++calls === 3) again.store.down.add('commit')
      return commit(...args)
    }
    await again.start(0)
    expect(again.events.at(-1)).toBe('retrying observe-0: committing')
    again.store.down.clear()
    await again.clock.advance(1000)
    await again.flow()
    expect(linesOf((await again.steal(0)).parts)).toEqual(run.lines)
  })

  it('is not taken for one by what a former life left in the journal', async () => {
    const former = await ran()
    const run = await (async () => {
      const begun = bench({ published: [] })
      await begun.start(0)
      begun.source.append('predictions', 0, [5, 'other'])
      await begun.flow()
      await begun.worker.stop()
      return { begun, published: [...former.published, ...begun.sink.records] }
    })()
    const again = bench({ published: run.published, shared: run.begun })
    again.source.logs.set('predictions-0', [...run.begun.source.log('predictions', 0)])
    await again.start(0)
    expect(again.events).toEqual(['taken observe-0 at 1'])
  })

  it('is brought to the newest life of the journal when it is empty', async () => {
    const former = await ran()
    const begun = bench()
    await begun.start(0)
    begun.source.append('predictions', 0, [5, 'other'])
    await begun.flow()
    await begun.worker.stop()
    const again = bench({ published: [...former.published, ...begun.sink.records] })
    again.source.logs.set('predictions-0', [...begun.source.log('predictions', 0)])
    await again.start(0)
    expect(again.events.at(-1)).toBe('taken observe-0 at 1')
    expect(linesOf((await again.steal(0)).parts)).toEqual(['predictions other @5'])
  })
})
