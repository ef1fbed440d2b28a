import { describe, expect, it } from 'vitest'
import { partitionOf } from '../../src/core/murmur2.ts'
import { endedOf, originHeaders, passedHeaders, rekeyedFrom, rekeyedHeaders } from '../../src/engine/origin.ts'
import type { Commit, OutboxEntry, RawRecord, RecordDecoder, TaskId } from '../../src/engine/ports.ts'
import { observeInputs } from '../../src/engine/programs/observe.ts'
import { rekeyInputs, rekeyProgram } from '../../src/engine/programs/rekey.ts'
import { Task, type TaskSettings } from '../../src/engine/task.ts'
import { batch, decoded, decoder, garbage, linesOf, nothingStored, raw, settings } from './fakes.ts'

const rekeying: TaskId = { topology: 'rekey-labels', partition: 1 }
const observing: TaskId = { topology: 'observe', partition: 2 }

/** Reads the id of a label as its inference id. */
const byId: RecordDecoder = {
  ...decoder(),
  decode(role, record) {
    const found = decoder().decode(role, record)
    return found.ok === true ? { ok: true, record: { ...(found.record as object), inferenceId: (found.record as { id: string }).id } } : found
  },
}
const rekey = (over: Partial<TaskSettings> = {}, from: ConstructorParameters<typeof Task>[2] = nothingStored) =>
  new Task(rekeying, settings({ inputs: rekeyInputs('labels'), factory: rekeyProgram('labels'), decoder: byId, order: 'stream-time', partitionCount: () => 4, ...over }), from)
const observe = (over: Partial<TaskSettings> = {}, from: ConstructorParameters<typeof Task>[2] = nothingStored) =>
  new Task(observing, settings({ inputs: observeInputs({ labels: 2 }), order: 'stream-time', ...over }), from)

/** What the task says after it has done all it can. */
function sealed(task: Task): Commit {
  task.work(1000)
  return task.seal('token')!
}
const copiesIn = ({ outbox }: Commit) => outbox.filter(({ role, value }) => role === 'labels-rekeyed' && value !== null)
const marksIn = ({ outbox }: Commit) => outbox.filter(({ role, value }) => role === 'labels-rekeyed' && value === null)
const stored = (commit: Commit) => ({ epoch: commit.epoch, meta: commit.meta, parts: commit.partsWritten, chunks: [] })

describe('a rekeying task', () => {
  const labels = [raw(0, 50, 'a', { trace: 't1' }), raw(1, 40, 'b'), raw(2, 60, 'c')]

  it('copies each record to the partition of its inference id, as it is', () => {
    const task = rekey()
    task.push(batch('labels', labels), Infinity)
    task.completeTo('ticks', Infinity)
    const copies = copiesIn(sealed(task))
    expect(copies.map(({ key, partition, timestampMs, value }) => [Buffer.from(key!).toString(), partition, timestampMs, value])).toEqual(
      labels.map(({ value, timestampMs }, i) => ['abc'[i], partitionOf(Buffer.from('abc'[i]), 4), timestampMs, value]),
    )
    expect(copies[0].headers.trace).toBe('t1')
    expect(copies.map((copy) => rekeyedFrom(copy as unknown as RawRecord))).toEqual([
      { partition: 1, offset: 0, streamTimeMs: 50, key: null }, { partition: 1, offset: 1, streamTimeMs: 50, key: null }, { partition: 1, offset: 2, streamTimeMs: 60, key: null },
    ])
  })

  it('tells every partition how far it is, once an epoch, and at the end that it has ended and where', () => {
    const task = rekey()
    task.push(batch('labels', labels), Infinity)
    task.completeTo('ticks', Infinity)
    const marks = marksIn(sealed(task))
    expect(marks.map(({ partition, timestampMs, headers }) => [partition, timestampMs, endedOf({ headers })])).toEqual([0, 1, 2, 3].map((partition) => [partition, 60, null]))
    task.completeTo('labels', Infinity)
    task.finishAtEnd()
    expect(marksIn(sealed(task)).map(({ partition, headers }) => [partition, endedOf({ headers })])).toEqual([0, 1, 2, 3].map((partition) => [partition, { labels: 3, ticks: 0 }]))
  })

  it('moves with the ticks when its topic brings nothing', () => {
    const task = rekey({ order: 'live' })
    task.push(batch('labels', labels), 1000)
    sealed(task)
    task.caughtUp('labels', 3)
    task.tick(90)
    expect(marksIn(sealed(task)).map(({ timestampMs }) => timestampMs)).toEqual([90, 90, 90, 90])
  })

  it('sets aside what has no id to read, with its place on its own topic, and what comes from the future', () => {
    const task = rekey({ order: 'live', maxFutureSkewMs: 100 })
    task.push(batch('labels', [garbage(0, 50), raw(1, 900, 'late clock'), raw(2, 60, 'c')]), 0)
    const commit = sealed(task)
    const letters = commit.outbox.filter(({ role }) => role === 'dead-letters').map((entry) => decoded(entry) as Record<string, unknown>)
    expect(letters.map(({ topic, partition, offset, code }) => [topic, partition, offset, code])).toEqual([['our-labels', 1, 0, 'UNDECODABLE'], ['our-labels', 1, 1, 'FUTURE_TIMESTAMP']])
    expect(copiesIn(commit)).toHaveLength(1)
  })

  it('takes no meaning from what a producer wrote into headers of ours', () => {
    const task = rekey()
    const forged = { 'steward-ended': '{"labels":9e9}', 'steward-rekeyed': '7 999 0', 'steward-origin': 'rekey-labels-1 99 99', 'steward-passed': '9e9', trace: 't' }
    task.push(batch('labels', [raw(0, 50, 'a', forged), { ...garbage(1, 60), headers: forged }]), Infinity)
    task.completeTo('ticks', Infinity)
    const commit = sealed(task)
    const [copy] = copiesIn(commit)
    expect([copy.headers.trace, copy.headers['steward-ended'], copy.headers['steward-passed'], rekeyedFrom(copy as unknown as RawRecord)!.offset]).toEqual(['t', undefined, undefined, 0])
    const letters = commit.outbox.filter(({ role }) => role === 'dead-letters').map((entry) => decoded(entry) as Record<string, unknown>)
    expect(letters.map(({ partition, offset }) => [partition, offset])).toEqual([[1, 1]])
  })

  it('is not concerned by policies and profiles', () => {
    const task = rekey()
    task.pushTable('policies', 0, raw(0, 1, 'policy'))
    task.work(10)
    expect(task.isDirty).toBe(false)
  })

  it('goes on behind what it had copied, after a restart', () => {
    const first = rekey()
    first.push(batch('labels', labels), Infinity)
    first.completeTo('ticks', Infinity)
    const again = rekey({}, stored(sealed(first)))
    expect(again.readPositions().get('labels')).toBe(3)
    again.push(batch('labels', [raw(3, 10, 'd')]), Infinity)
    again.completeTo('ticks', Infinity)
    const [copy] = copiesIn(sealed(again))
    expect([copy.timestampMs, rekeyedFrom(copy as unknown as RawRecord)!.streamTimeMs]).toEqual([10, 60])
  })
})

describe('a task that reads copies', () => {
  let offset = 0
  const from = (task: number, epoch: number, index: number) => originHeaders({ task: `rekey-labels-${task}`, epoch, index, part: 0, parts: 1 })
  const copy = (task: number, epoch: number, index: number, id: string, atMs: number, streamTimeMs = atMs) =>
    raw(offset++, atMs, id, { ...from(task, epoch, index), ...rekeyedHeaders({ partition: task, offset: 70 + index, streamTimeMs, key: null }) })
  const mark = (task: number, epoch: number, index: number, atMs: number): RawRecord => ({ offset: offset++, timestampMs: atMs, key: null, value: null, headers: { ...from(task, epoch, index), ...passedHeaders(atMs) } })
  const fresh = (over: Partial<TaskSettings> = {}, at: ConstructorParameters<typeof Task>[2] = nothingStored) => {
    const task = observe(over, at)
    for (const role of ['features', 'ticks'] as const) task.completeTo(role, Infinity)
    return task
  }
  const lines = (commit: Commit) => linesOf(commit.partsWritten)

  it('merges them by the stream time of their own partition, labels after predictions, and waits for every task', () => {
    offset = 0
    const task = fresh()
    task.push(batch('predictions', [raw(0, 20, 'p'), raw(1, 50, 'q')]), Infinity)
    task.push(batch('labels-rekeyed', [copy(0, 1, 1, 'a', 20), copy(0, 1, 2, 'b', 10, 20), copy(1, 1, 1, 'x', 15)]), Infinity)
    expect(lines(sealed(task))).toEqual(['labels x @15'])
    task.push(batch('labels-rekeyed', [mark(1, 1, 2, 30)]), Infinity)
    expect(lines(sealed(task))).toEqual(['labels x @15', 'predictions p @20', 'labels a @20', 'labels b @20'])
    task.push(batch('labels-rekeyed', [mark(0, 2, 1, 60), mark(1, 2, 1, 60)]), Infinity)
    expect(lines(sealed(task)).at(-1)).toBe('predictions q @50')
  })

  it('drops copies and marks that were sent again', () => {
    offset = 0
    const task = fresh()
    const sent = [copy(0, 1, 1, 'a', 20), mark(0, 1, 2, 20), copy(0, 1, 1, 'a', 20), mark(0, 1, 2, 20), copy(1, 1, 1, 'x', 30), copy(0, 2, 1, 'b', 40), mark(1, 1, 2, 90)]
    task.completeTo('predictions', Infinity)
    task.push(batch('labels-rekeyed', sent), Infinity)
    expect(lines(sealed(task))).toEqual(['labels a @20', 'labels x @30', 'labels b @40'])
    expect(task.seal('token')).toBeNull()
  })

  it('is not ended by a copy, whatever its headers say, nor stopped by headers that cannot be read', () => {
    offset = 0
    const task = fresh()
    task.completeTo('predictions', Infinity)
    task.finishAtEnd()
    const forged = (id: string, ended: string): RawRecord => ({ ...copy(0, 1, offset + 1, id, 20), headers: { ...copy(0, 1, offset, id, 20).headers, 'steward-ended': ended } })
    task.push(batch('labels-rekeyed', [forged('a', '{"labels":1}'), forged('b', 'oops'), mark(1, 1, 1, 90)], { fromOffset: 0 }), Infinity)
    task.work(10)
    expect([task.isFinished, task.released.labels]).toEqual([false, 2])
  })

  it('keeps no more of a task than its limit: what lies beyond is read again in its turn, and comes once', () => {
    offset = 0
    const task = fresh({ upstreamRecordsMax: 2 })
    task.completeTo('predictions', Infinity)
    const log = [...[1, 2, 3, 4, 5].map((i) => copy(0, 1, i, `a${i}`, 10 * i)), copy(1, 1, 1, 'x', 35), mark(1, 1, 2, 60), mark(0, 1, 6, 70)]
    const read = () => {
      const from = task.readPositions().get('labels-rekeyed')!
      task.push(batch('labels-rekeyed', log.slice(from), { fromOffset: from }), Infinity)
    }
    const upstream = task.upstreams.get('labels-rekeyed')!
    let all: string[] = []
    for (let turn = 0; turn < 4; turn++) {
      read()
      expect(upstream.inputs[0].buffered).toBeLessThanOrEqual(2)
      all = lines(sealed(task))
      if (!upstream.mustReread) break
      upstream.reread()
    }
    expect(all).toEqual(['labels a1 @10', 'labels a2 @20', 'labels a3 @30', 'labels x @35', 'labels a4 @40', 'labels a5 @50'])
    expect(upstream.position()).toBe(log.length)
  })

  it('stores no position beyond what it must read again, whatever of other tasks it holds', () => {
    offset = 0
    const task = fresh({ upstreamRecordsMax: 1 })
    task.completeTo('predictions', Infinity)
    const log = [copy(0, 1, 1, 'a1', 10), copy(0, 1, 2, 'a2', 20), copy(0, 1, 3, 'a3', 30), copy(1, 1, 1, 'x', 50), mark(0, 1, 4, 90), mark(1, 1, 2, 90)]
    const upstream = task.upstreams.get('labels-rekeyed')!
    const read = (to: number) => {
      const from = task.readPositions().get('labels-rekeyed')!
      task.push(batch('labels-rekeyed', log.slice(from, to), { fromOffset: from }), Infinity)
    }
    read(6)
    task.work(10)
    expect(upstream.position()).toBe(1)
    upstream.reread()
    expect(upstream.position()).toBe(1)
    read(2)
    expect(upstream.position()).toBe(1)
    task.work(10)
    expect(upstream.position()).toBe(2)
  })

  it('reads again after a restart only what it had not released', () => {
    offset = 0
    const task = fresh()
    task.completeTo('predictions', Infinity)
    const sent = [copy(0, 1, 1, 'a', 20), copy(1, 1, 1, 'x', 30), copy(0, 1, 2, 'b', 40), mark(0, 1, 3, 40)]
    task.push(batch('labels-rekeyed', sent), Infinity)
    const commit = sealed(task)
    expect(lines(commit)).toEqual(['labels a @20', 'labels x @30'])
    const again = fresh({}, stored(commit))
    again.completeTo('predictions', Infinity)
    expect(again.readPositions().get('labels-rekeyed')).toBe(2)
    again.push(batch('labels-rekeyed', [...sent.slice(2), mark(1, 2, 1, 80)]), Infinity)
    expect(lines(sealed(again)).slice(2)).toEqual(['labels b @40'])
  })

  it('ends when its other inputs and every task have, and tells where those ended', () => {
    offset = 0
    const task = fresh()
    task.completeTo('predictions', Infinity)
    task.finishAtEnd()
    const end = (n: number): RawRecord => ({ ...mark(n, 2, 1, 30), headers: { ...from(n, 2, 1), ...passedHeaders(30), 'steward-ended': JSON.stringify({ labels: 7 + n }) } })
    task.push(batch('labels-rekeyed', [end(0)]), Infinity)
    task.work(10)
    expect(task.isFinished).toBe(false)
    task.push(batch('labels-rekeyed', [end(1)]), Infinity)
    const finals = sealed(task).outbox.filter(({ role }) => role === 'panes')
    expect(task.isFinished).toBe(true)
    expect(endedOf(finals[0] satisfies OutboxEntry)).toMatchObject({ 'rekey-labels-0/labels': 7, 'rekey-labels-1/labels': 8, 'labels-rekeyed': 2 })
  })

  it('goes on when one that had ended does, and ends again, even if nothing came here', () => {
    offset = 0
    const task = fresh()
    task.completeTo('predictions', Infinity)
    task.finishAtEnd()
    const end = (n: number, epoch: number, labels: number): RawRecord => ({ ...mark(n, epoch, 1, 30), headers: { ...from(n, epoch, 1), ...passedHeaders(30), 'steward-ended': JSON.stringify({ labels }) } })
    task.push(batch('labels-rekeyed', [end(0, 1, 5), end(1, 1, 5)]), Infinity)
    const again = fresh({}, stored(sealed(task)))
    again.reopenUpstream((name, ended) => ended.labels >= (name === 'rekey-labels-1' ? 6 : 5))
    again.completeTo('predictions', Infinity)
    again.finishAtEnd()
    again.work(10)
    expect(again.isFinished).toBe(false)
    again.push(batch('labels-rekeyed', [end(1, 2, 6)]), Infinity)
    const finals = sealed(again).outbox.filter(({ role }) => role === 'panes')
    expect(again.isFinished).toBe(true)
    expect(endedOf(finals[0])).toMatchObject({ 'rekey-labels-0/labels': 5, 'rekey-labels-1/labels': 6 })
  })

  it('names the record as it stood on its own topic in a dead letter', () => {
    offset = 0
    const task = fresh()
    task.completeTo('predictions', Infinity)
    task.push(batch('labels-rekeyed', [
      { ...raw(offset++, 20, { id: 'bad', dead: 'WRONG_TYPE' }, { ...from(0, 1, 1), ...rekeyedHeaders({ partition: 6, offset: 99, streamTimeMs: 20, key: Buffer.from('order-7') }) }) }, mark(1, 1, 1, 30),
    ]), Infinity)
    const [letter] = sealed(task).outbox.filter(({ role }) => role === 'dead-letters').map((entry) => decoded(entry) as Record<string, unknown>)
    expect([letter.topic, letter.partition, letter.offset, letter.id, Buffer.from(letter.key as Uint8Array).toString()]).toEqual(['our-labels', 6, 99, 'our-labels-6-99', 'order-7'])
  })

  it('live: follows the ticks only as far as every task has passed, unless one is silent for too long', () => {
    offset = 0
    const task = observe({ order: 'live', silenceMsMax: 1000 })
    for (const role of ['features', 'predictions'] as const) task.caughtUp(role, 0)
    task.push(batch('labels-rekeyed', [mark(0, 1, 1, 100), mark(1, 1, 1, 60)]), 1000)
    task.caughtUp('labels-rekeyed', 2)
    task.tick(200)
    expect(lines(sealed(task))).toEqual(['tick @60'])
    task.tick(700)
    task.push({ ...batch('labels-rekeyed', [mark(0, 2, 1, 690)]) }, 1000)
    task.caughtUp('labels-rekeyed', 3)
    task.tick(1250)
    expect(lines(sealed(task)).at(-1)).toBe('tick @690')
  })
})
