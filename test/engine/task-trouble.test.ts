import { describe, expect, it } from 'vitest'
import type { InputRole, TaskId } from '../../src/engine/ports.ts'
import { Task } from '../../src/engine/task.ts'
import { batch, deciding, decoded, garbage, linesOf, made, nothingStored, raw, settings, decoder } from './fakes.ts'
const observe: TaskId = { topology: 'observe', partition: 3 }
const decide: TaskId = { topology: 'decide', partition: 0 }
const from = (offset: number, n: number, epoch: number, atMs: number) => made(offset, atMs, `${n}.${epoch}`, { task: `observe-${n}`, epoch, index: 1 })

describe('a task in trouble', () => {
  it('a command stamped in the future does not move stream time', () => {
    const t = new Task(decide, settings({ inputs: deciding('observe-0') }), nothingStored)
    t.push(batch('commands', [raw(0, 10_000_000, 'rollback')]), 1000)
    t.work(10)
    expect(t.streamTimeMs).toBeLessThan(10_000_000)
  })
  it('live: one silent upstream task does not hold candidates and every other task for ever: ticks come', () => {
    const t = new Task(decide, settings({ inputs: deciding('observe-0', 'observe-1'), maxFutureSkewMs: Infinity, silenceMsMax: 1000 }), nothingStored)
    t.push(batch('panes', [from(0, 1, 1, 50)]), 1)
    for (let e = 1; e < 50; e++) {
      t.push(batch('panes', [from(e, 0, e, 100 * e)]), 1)
      t.caughtUp('panes', e + 1); t.caughtUp('candidates', 0); t.caughtUp('commands', 0)
      t.tick(100 * e)
      t.work(10)
    }
    t.push(batch('candidates', [raw(0, 200, 'c')]), 1)
    t.caughtUp('candidates', 1); t.caughtUp('panes', 50)
    t.tick(5000)
    t.work(10)
    const lines = linesOf(t.seal('t')?.partsWritten ?? new Map())
    expect(lines.some((l) => l.startsWith('candidates c'))).toBe(true)
    expect(lines.some((l) => l.startsWith('tick'))).toBe(true)
  })
  it('live: a tick does not move decide past panes that were not read yet', () => {
    const t = new Task(decide, settings({ inputs: deciding('observe-0'), maxFutureSkewMs: Infinity }), nothingStored)
    t.caughtUp('candidates', 0); t.caughtUp('commands', 0)
    t.tick(5000)
    t.work(10)
    t.push(batch('panes', [from(0, 0, 1, 50)]), 1)
    t.caughtUp('candidates', 0)
    t.work(10)
    expect(linesOf(t.seal('t')!.partsWritten)).toEqual(['panes 0.1 @50'])
  })
  it('commands are applied while another input waits for a schema', () => {
    const d = decoder(); d.prepare = () => new Promise(() => {})
    const t = new Task(decide, settings({ inputs: deciding('observe-0'), decoder: d, maxFutureSkewMs: Infinity }), nothingStored)
    t.push(batch('panes', [from(0, 0, 1, 50)]), 1)
    t.push(batch('candidates', [raw(0, 5, { id: 'c', schema: 'x' })]), 1)
    t.work(10)
    expect(t.waiting).not.toBeNull()
    t.push(batch('commands', [raw(0, 60, 'rollback')]), 1)
    t.work(10)
    expect(linesOf(t.seal('t')?.partsWritten ?? new Map())).toContain('commands rollback @60')
  })
  it('the dead letter of a table record names its own partition, and one task writes it', () => {
    const other = new Task(observe, settings(), nothingStored)
    other.pushTable('policies', 0, garbage(5, 2))
    other.work(10)
    expect(other.seal('t')!.outbox.filter((e) => e.role === 'dead-letters')).toEqual([])
    const t = new Task({ ...observe, partition: 0 }, settings(), nothingStored)
    t.pushTable('policies', 0, garbage(5, 2))
    t.work(10)
    expect(t.seal('t')!.outbox.filter((e) => e.role === 'dead-letters').map((e) => decoded(e))).toMatchObject([{ partition: 0, id: 'our-policies-0-5' }])
  })
  it('the journal of a busy live epoch is bounded like every other output', () => {
    const t = new Task(observe, settings({ maxFutureSkewMs: Infinity }), nothingStored)
    const n = 300_000
    for (const role of ['features', 'predictions'] as const) t.push(batch(role, Array.from({ length: n }, (_, i) => raw(i, i, 'x'))), 1)
    t.completeTo('features', Infinity); t.completeTo('predictions', Infinity); t.completeTo('labels', Infinity)
    while (t.work(2000) > 0);
    const journal = t.seal('t')!.outbox[0]
    expect(journal.value!.length).toBeLessThan(1024 * 1024)
  })
  it('a large key does not make a dead letter larger than a part', () => {
    const t = new Task(observe, settings(), nothingStored)
    for (const role of ['features', 'labels'] as InputRole[]) t.completeTo(role, Infinity)
    t.push(batch('predictions', [{ ...garbage(0, 5), key: new Uint8Array(900_000) }]), 10)
    t.work(10)
    expect(t.seal('t')!.outbox.filter((e) => e.role === 'dead-letters')).toHaveLength(1)
  })
  it('an old end of an upstream task, unread by the run before, does not end this run', () => {
    const t = new Task(decide, settings({ order: 'stream-time', inputs: deciding('observe-0') }), nothingStored)
    t.reopenUpstream((_, offsets) => offsets.labels >= 9)
    t.finishAtEnd()
    for (const role of ['candidates', 'commands', 'ticks'] as InputRole[]) t.completeTo(role, Infinity)
    t.push(batch('panes', [made(0, 5, 'old end', { task: 'observe-0', epoch: 1, index: 1 }, { 'steward-ended': '{"labels":4}' })]), 10)
    t.work(10)
    expect(t.isFinished).toBe(false)
  })
  it('the end of an internal topic passes control records', () => {
    const t = new Task(decide, settings({ inputs: deciding('observe-0') }), nothingStored)
    t.push(batch('panes', [from(0, 0, 1, 50)]), 1)
    t.caughtUp('panes', 3)
    t.push(batch('panes', [from(3, 0, 2, 60)]), 1)
  })
  it('a table record handed over twice before it is applied is applied once', () => {
    const t = new Task(observe, settings(), nothingStored)
    t.pushTable('policies', 0, raw(0, 2, 'p')); t.pushTable('policies', 0, raw(0, 2, 'p'))
    t.work(10)
    expect(linesOf(t.seal('t')!.partsWritten)).toHaveLength(1)
  })
  it('a tick waits for what came to an internal topic after it was once read to its end', () => {
    const t = new Task(decide, settings({ inputs: deciding('observe-0'), maxFutureSkewMs: Infinity }), nothingStored)
    for (const role of ['panes', 'candidates', 'commands'] as InputRole[]) t.caughtUp(role, 0)
    t.push(batch('panes', [from(0, 0, 1, 50)]), 1)
    t.caughtUp('candidates', 0)
    t.work(10)
    t.tick(9000)
    t.work(10)
    expect(t.streamTimeMs).toBe(50)
  })
  it('the first journal entry of an idle start is stamped with its tables, not with 1970', () => {
    const t = new Task(observe, settings(), nothingStored)
    t.pushTable('policies', 0, raw(0, 1_700_000_000_000, 'p'))
    t.work(10)
    expect(t.seal('t')!.outbox[0].timestampMs).toBe(1_700_000_000_000)
  })
  it('tables larger than a journal entry can hold are spread over epochs', () => {
    const t = new Task(observe, settings(), nothingStored)
    for (let i = 0; i < 5; i++) t.pushTable('policies', 0, raw(i, 2, 'p'.repeat(100_000)))
    const epochs: number[] = []
    for (let sealed = (t.work(10), t.seal('t')); sealed !== null; t.work(10), sealed = t.seal('t')) epochs.push(sealed.outbox[0].value!.length)
    expect(epochs.length).toBeGreaterThan(1)
    expect(Math.max(...epochs)).toBeLessThan(400_000)
  })
})
