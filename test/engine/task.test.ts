import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { originOf } from '../../src/engine/origin.ts'
import type { Commit, InputRole, RawRecord, TaskId } from '../../src/engine/ports.ts'
import { Task, type TaskSettings } from '../../src/engine/task.ts'
import { batch, deciding, decoded, decoder, garbage, linesOf, made, nothingStored, raw, settings, type Told } from './fakes.ts'

const observe: TaskId = { topology: 'observe', partition: 3 }
const decide: TaskId = { topology: 'decide', partition: 0 }
const task = (over: Partial<TaskSettings> = {}, id = observe) => new Task(id, settings(over), nothingStored)
/** a task that knows that nothing else will come on these roles */
const ended = (subject: Task, ...roles: InputRole[]) => {
  for (const role of roles) subject.completeTo(role, Infinity)
  return subject
}
const lines = (commit: Commit | null) => linesOf(commit!.partsWritten)
const letters = (commit: Commit | null) => commit!.outbox.filter(({ role }) => role === 'dead-letters').map((entry) => decoded(entry) as Record<string, unknown>)
const reopened = (commit: Commit, over: Partial<TaskSettings> = {}, id = observe) =>
  new Task(id, settings(over), { epoch: commit.epoch, meta: commit.meta, parts: commit.partsWritten, chunks: [] })

describe('an epoch', () => {
  it('is sealed once: what it changed is in one commit, and the next holds nothing', () => {
    const subject = ended(task(), 'features', 'labels')
    subject.push(batch('predictions', [raw(0, 5, 'a'), raw(1, 6, 'b')]), 10)
    expect(subject.work(10)).toBe(2)
    const commit = subject.seal('token')
    expect(commit).toMatchObject({ token: 'token', epoch: 1, partsRemoved: [], chunksDropped: 0 })
    expect(lines(commit)).toEqual(['predictions a @5', 'predictions b @6'])
    expect(new TextDecoder().decode(commit!.chunk!)).toBe('predictions a @5\npredictions b @6')
    expect(subject.seal('token')).toBeNull()
    expect(subject.epoch).toBe(1)
  })

  it('does not come of records that are held, or of none', () => {
    const subject = task()
    expect(subject.work(10)).toBe(0)
    subject.push(batch('predictions', [raw(0, 5, 'a')]), 10)
    expect(subject.work(10)).toBe(0)
    expect([subject.isDirty, subject.seal('token')]).toEqual([false, null])
  })

  it('releases no more than it is asked for', () => {
    const subject = ended(task(), 'features', 'labels')
    subject.push(batch('predictions', [0, 1, 2, 3, 4].map((i) => raw(i, i, `p${i}`))), 10)
    expect([subject.work(2), subject.work(2), subject.work(2), subject.work(2)]).toEqual([2, 2, 1, 0])
  })

  it('ends early when its output is large', () => {
    const subject = ended(task(), 'features', 'labels')
    subject.push(batch('predictions', [0, 1, 2].map((i) => raw(i, i, { id: `p${i}`, emit: 1000 }))), 10)
    expect(subject.work(10, 1500)).toBe(2)
    subject.seal('token')
    expect(subject.work(10, 1500)).toBe(1)
  })

  it('stores where reading goes on, and not what is still held', () => {
    const subject = ended(task(), 'features')
    subject.push(batch('predictions', [raw(0, 5, 'a'), raw(1, 9, 'b')], { nextOffset: 4 }), 10)
    subject.completeTo('labels', 6)
    subject.work(10)
    const commit = subject.seal('token')!
    expect(subject.committedPositions().get('predictions')).toBe(1)
    expect(subject.readPositions().get('predictions')).toBe(4)
    expect(reopened(commit).readPositions()).toEqual(new Map(Object.entries({ features: 0, predictions: 1, labels: 0, ticks: 0 })))
  })

  const stamped = fc.array(fc.record({ role: fc.constantFrom<InputRole>('features', 'predictions', 'labels'), time: fc.nat(40), bad: fc.boolean() }), { minLength: 1, maxLength: 40 })
  it('can be the last before a restart, wherever it ends: the task goes on as if there had been none', () => {
    fc.assert(fc.property(stamped, fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 12 }), (records, limits) => {
      const logs = new Map<InputRole, RawRecord[]>([['features', []], ['predictions', []], ['labels', []]])
      for (const { role, time, bad } of records) {
        const log = logs.get(role)!
        log.push(bad ? garbage(log.length, time) : raw(log.length, time, { id: `${role}${log.length}`, emit: 3 }))
      }
      const fed = (subject: Task) => {
        for (const [role, log] of logs) {
          const rest = log.slice(subject.readPositions().get(role)!)
          if (rest.length > 0) subject.push(batch(role, rest), 10)
        }
        return ended(subject, 'features', 'predictions', 'labels', 'ticks')
      }
      const settled = settings({ order: 'stream-time' })
      const run = (steps: number[]) => {
        const out: unknown[] = []
        let parts = new Map<string, Uint8Array>()
        let subject = fed(new Task(observe, settled, nothingStored))
        for (let i = 0; subject.work(steps[i % steps.length]) > 0; i++) {
          const commit = subject.seal('token')!
          parts = new Map([...parts, ...commit.partsWritten])
          out.push(...commit.outbox.slice(1).map((entry) => [entry.role, entry.timestampMs, decoded(entry)]))
          subject = fed(new Task(observe, settled, { epoch: commit.epoch, meta: commit.meta, parts, chunks: [] }))
        }
        return { lines: linesOf(parts), out }
      }
      expect(run(limits)).toEqual(run([1000]))
    }), { numRuns: 60 })
  })
})

describe('a record from the future', () => {
  it('is set aside before it moves time, and holds nothing back', () => {
    const subject = ended(task(), 'features', 'labels')
    subject.push(batch('predictions', [raw(0, 5, 'a'), raw(1, 2_001, 'future'), raw(2, 7, 'b'), raw(3, 1_900, 'near')]), 1_000)
    subject.work(10)
    const commit = subject.seal('token')
    expect(lines(commit)).toEqual(['predictions a @5', 'predictions b @7', 'predictions near @1900'])
    expect(letters(commit)).toMatchObject([{ code: 'FUTURE_TIMESTAMP', offset: 1, timestampMs: 2_001 }])
    expect(decoded(commit!.outbox[0])).toMatchObject({ skewed: [['predictions', 1, 1]], streamTimeMs: 1_900 })
    expect(subject.committedPositions().get('predictions')).toBe(4)
  })

  it('is passed even where nothing else can be released', () => {
    const subject = task()
    subject.push(batch('predictions', [raw(0, 9_000, 'future'), raw(1, 9_001, 'future too')]), 1_000)
    expect(subject.work(10)).toBe(0)
    expect(letters(subject.seal('token')).map(({ offset }) => offset)).toEqual([0, 1])
    expect(subject.committedPositions().get('predictions')).toBe(2)
    expect(subject.streamTimeMs).toBe(-Infinity)
  })

  it('is judged by the clock at its arrival', () => {
    const subject = ended(task(), 'features', 'labels')
    subject.push(batch('predictions', [raw(0, 2_001, 'a')]), 1_001)
    subject.work(10)
    expect(lines(subject.seal('token'))).toEqual(['predictions a @2001'])
  })
})

describe('a dead letter', () => {
  it('says where the record is, what it holds and why it was set aside', () => {
    const subject = ended(task(), 'features', 'labels')
    const bad = { ...garbage(7, 5), key: Uint8Array.of(1, 2) }
    subject.push(batch('predictions', [bad]), 10)
    subject.work(10)
    expect(letters(subject.seal('token'))).toEqual([{
      kind: 'dead-letter', id: 'our-predictions-3-7', topic: 'our-predictions', partition: 3, offset: 7, timestampMs: 5, key: bad.key, bytes: bad.value, length: 2,
      hash: createHash('sha256').update(bad.value!).digest('hex'), code: 'UNDECODABLE', message: expect.any(String),
    }])
    expect(Object.values(subject.deadLetters)).toEqual([1])
  })

  it('may come of the program, and of a record without a value', () => {
    const subject = ended(task(), 'features', 'labels')
    subject.push(batch('predictions', [raw(0, 5, { id: 'a', dead: 'WRONG_TYPE' }), { ...raw(1, 6, 'b'), value: null }]), 10)
    subject.work(10)
    const commit = subject.seal('token')
    expect(letters(commit)).toMatchObject([{ code: 'WRONG_TYPE', offset: 0 }, { code: 'UNDECODABLE', offset: 1, bytes: null, length: 0 }])
    expect(lines(commit)).toEqual(['predictions a @5'])
  })

  it('keeps the beginning of a large record, its length and the hash of the whole', () => {
    const subject = ended(task(), 'features', 'labels')
    const value = new Uint8Array(100_000).fill(0xff)
    subject.push(batch('predictions', [{ ...raw(0, 5, 'a'), value }]), 10)
    subject.work(10)
    const [letter] = letters(subject.seal('token'))
    expect(letter).toMatchObject({ length: 100_000, hash: createHash('sha256').update(value).digest('hex') })
    expect(letter.bytes).toEqual(value.slice(0, 65_536))
  })
})

describe('a schema that is not loaded', () => {
  it('stops what comes after it, in every input, until it is there', async () => {
    const schemas = decoder()
    const subject = ended(task({ decoder: schemas }), 'features')
    subject.push(batch('predictions', [raw(0, 1, 'a'), raw(1, 3, { id: 'b', schema: 'new' }), raw(2, 5, 'c')]), 10)
    subject.push(batch('labels', [raw(0, 2, 'x'), raw(1, 4, 'y')]), 10)
    subject.completeTo('labels', Infinity)
    subject.completeTo('predictions', Infinity)
    expect([subject.work(10), subject.work(10)]).toEqual([2, 0])
    await subject.waiting
    expect(subject.work(10)).toBe(3)
    expect(lines(subject.seal('token'))).toEqual(['predictions a @1', 'labels x @2', 'predictions b @3', 'labels y @4', 'predictions c @5'])
    expect(schemas.loads).toEqual(['new'])
  })

  it('is asked for again when it could not be loaded', async () => {
    const schemas = decoder()
    schemas.failures.push(new Error('nobody answers'))
    const subject = ended(task({ decoder: schemas }), 'features', 'labels')
    subject.push(batch('predictions', [raw(0, 1, { id: 'a', schema: 'new' })]), 10)
    subject.work(10)
    await expect(subject.waiting).rejects.toThrow('nobody answers')
    subject.work(10)
    await subject.waiting
    expect(subject.work(10)).toBe(1)
    expect(schemas.loads).toEqual(['new', 'new'])
  })
})

describe('commands', () => {
  const both = (order: TaskSettings['order']) => {
    const subject = ended(task({ order, inputs: deciding('observe-0') }, decide), 'ticks')
    subject.push(batch('panes', [made(0, 10, 'p0', { task: 'observe-0', epoch: 1, index: 1 }), made(1, 50, 'p1', { task: 'observe-0', epoch: 2, index: 1 })]), 100)
    subject.push(batch('candidates', [raw(0, 5, 'c')]), 100)
    subject.push(batch('commands', [raw(0, 40, 'rollback')]), 100)
    return subject
  }

  it('jump the queue when live: before what came first and before what must wait', () => {
    const subject = both('live')
    expect(subject.work(10)).toBe(2)
    expect(lines(subject.seal('token'))).toEqual(['commands rollback @40', 'candidates c @40'])
  })

  it('wait their turn in order of stream time', () => {
    const subject = ended(both('stream-time'), 'candidates', 'commands')
    subject.work(10)
    expect(lines(subject.seal('token'))).toEqual(['candidates c @5', 'panes p0 @10', 'commands rollback @40', 'panes p1 @50'])
  })

  it('are applied when everything else is held', () => {
    const subject = task({ inputs: deciding('observe-0', 'observe-1') }, decide)
    subject.push(batch('panes', [made(0, 10, 'p0', { task: 'observe-0', epoch: 1, index: 1 })]), 100)
    subject.push(batch('commands', [raw(0, 40, 'rollback')]), 100)
    expect(subject.work(10)).toBe(1)
    expect(lines(subject.seal('token'))).toEqual(['commands rollback @40'])
  })
})

describe('ticks', () => {
  it('move a live task only when every input was read to its log end', () => {
    const subject = task()
    subject.tick(500)
    subject.caughtUp('features', 0)
    subject.caughtUp('predictions', 0)
    subject.work(10)
    expect(subject.isDirty).toBe(false)
    subject.caughtUp('labels', 0)
    subject.work(10)
    const commit = subject.seal('token')
    expect(lines(commit)).toEqual(['tick @500'])
    expect(decoded(commit!.outbox[0])).toMatchObject({ ticks: [[0, 500]], streamTimeMs: 500 })
  })

  it('do not move it while a record is held, nor after a batch whose end was not seen', () => {
    const subject = task()
    for (const role of ['features', 'predictions', 'labels'] as const) subject.caughtUp(role, 0)
    subject.push(batch('labels', [raw(0, 5, 'x')]), 100)
    subject.tick(500)
    subject.work(10)
    expect(subject.isDirty).toBe(false)
    subject.caughtUp('features', 0)
    subject.caughtUp('predictions', 0)
    subject.work(10)
    expect(lines(subject.seal('token'))).toEqual(['labels x @5'])
    subject.caughtUp('labels', 1)
    subject.work(10)
    expect(lines(subject.seal('token')).at(-1)).toBe('tick @500')
  })

  it('never move it back, and the newest of many is enough', () => {
    const subject = task()
    for (const role of ['features', 'predictions', 'labels'] as const) subject.caughtUp(role, 0)
    for (const time of [100, 300, 200]) subject.tick(time)
    subject.work(10)
    subject.tick(300)
    subject.work(10)
    expect(lines(subject.seal('token'))).toEqual(['tick @300'])
  })

  it('are records like others in order of stream time', () => {
    const subject = ended(task({ order: 'stream-time' }), 'features', 'labels', 'predictions', 'ticks')
    subject.push(batch('predictions', [raw(0, 5, 'a'), raw(1, 20, 'b')]), 10)
    subject.push(batch('ticks', [raw(0, 10, 't'), raw(1, 30, 't')]), Infinity)
    subject.work(10)
    expect(lines(subject.seal('token'))).toEqual(['predictions a @5', 'tick @10', 'predictions b @20', 'tick @30'])
  })
})

describe('a broadcast table', () => {
  it('is applied before the next record, and once, whatever is handed over again', () => {
    const subject = ended(task(), 'features', 'labels')
    subject.push(batch('predictions', [raw(0, 5, 'a')]), 10)
    subject.pushTable('policies', 0, raw(4, 2, 'p4'))
    subject.pushTable('profiles', 0, raw(4, 3, 'f4'))
    subject.work(10)
    const commit = subject.seal('token')!
    expect(lines(commit)).toEqual(['table policies p4 published 2 @-Infinity', 'table profiles f4 published 3 @-Infinity', 'predictions a @5'])
    expect(decoded(commit.outbox[0])).toMatchObject({ tables: [{ role: 'policies', record: { offset: 4 } }, { role: 'profiles', record: { offset: 4 } }] })
    for (const one of [subject, reopened(commit)]) {
      one.pushTable('policies', 0, raw(3, 2, 'p3'))
      one.pushTable('policies', 0, raw(4, 2, 'p4'))
      one.pushTable('policies', 1, raw(0, 2, 'other partition'))
      one.pushTable('policies', 0, raw(5, 2, 'p5'))
      one.work(10)
      expect(lines(one.seal('token')).slice(3)).toEqual(['table policies other partition published 2 @5', 'table policies p5 published 2 @5'])
    }
  })

  it('that cannot be decoded is set aside and passed', () => {
    const subject = task({}, { ...observe, partition: 0 })
    subject.pushTable('policies', 0, garbage(0, 2))
    subject.pushTable('policies', 0, raw(1, 2, 'p1'))
    subject.work(10)
    const commit = subject.seal('token')
    expect(lines(commit)).toEqual(['table policies p1 published 2 @-Infinity'])
    expect(letters(commit)).toMatchObject([{ topic: 'our-policies', offset: 0, code: 'UNDECODABLE' }])
  })
})

describe('the outbox', () => {
  it('begins with the journal, is numbered in order, and carries the same number to every reader', () => {
    const subject = ended(task(), 'features', 'labels')
    subject.push(batch('predictions', [raw(0, 5, { id: 'a', emit: 3 }), garbage(1, 6), raw(2, 7, { id: 'b', emit: 3 })]), 10)
    subject.work(10)
    const { outbox } = subject.seal('token')!
    expect(outbox.map(({ role, epoch, index, timestampMs }) => [role, epoch, index, timestampMs])).toEqual([
      ['journal', 1, 0, 7], ['decisions', 1, 1, 5], ['dead-letters', 1, 2, 6], ['decisions', 1, 3, 7],
    ])
    expect(outbox.map(originOf)).toEqual([0, 1, 2, 3].map((index) => ({ task: 'observe-3', epoch: 1, index, part: 0, parts: 1 })))
  })

  it('is stamped with the stream time of the cause, not of the record', () => {
    const subject = ended(task(), 'features', 'labels')
    subject.push(batch('predictions', [raw(0, 50, 'a'), raw(1, 5, { id: 'late', emit: 1 })]), 10)
    subject.work(10)
    expect(subject.seal('token')!.outbox[1].timestampMs).toBe(50)
  })

  it('holds a large value in parts of at most 512 KiB that make the whole', () => {
    const subject = ended(task(), 'features', 'labels')
    subject.push(batch('predictions', [raw(0, 5, { id: 'a', emit: 1_200_000 } satisfies Told), raw(1, 6, { id: 'b', emit: 1 })]), 10)
    subject.work(10)
    const [, ...outbox] = subject.seal('token')!.outbox
    expect(outbox.map(originOf)).toEqual([
      ...[0, 1, 2].map((part) => ({ task: 'observe-3', epoch: 1, index: 1, part, parts: 3 })), { task: 'observe-3', epoch: 1, index: 4, part: 0, parts: 1 },
    ])
    for (const { value } of outbox) expect(value!.length).toBeLessThanOrEqual(512 * 1024)
    const whole = Buffer.concat(outbox.slice(0, 3).map(({ value }) => value!))
    expect((decoded({ value: whole }) as { bytes: Uint8Array }).bytes).toHaveLength(1_200_000)
  })
})

describe('an internal topic', () => {
  const decides = (over: Partial<TaskSettings> = {}) => ended(task({ order: 'stream-time', inputs: deciding('observe-0', 'observe-1'), ...over }, decide), 'candidates', 'commands', 'ticks')
  const from = (offset: number, number: number, epoch: number, atMs: number) => made(offset, atMs, `${number}.${epoch}`, { task: `observe-${number}`, epoch, index: 1 })

  it('is merged by task, and its position is the oldest record not released', () => {
    const subject = decides()
    subject.push(batch('panes', [from(0, 0, 1, 10), from(1, 1, 1, 30), from(2, 0, 2, 20), from(3, 0, 3, 40)]), 100)
    subject.work(10)
    const commit = subject.seal('token')!
    expect(lines(commit)).toEqual(['panes 0.1 @10', 'panes 0.2 @20', 'panes 1.1 @30'])
    expect(subject.committedPositions().get('panes')).toBe(3)
  })

  it('is read again from there after a restart, and what was released beyond it is not released again', () => {
    const log = [from(0, 0, 1, 10), from(1, 1, 1, 30), from(2, 0, 2, 20), from(3, 1, 2, 35), from(4, 0, 3, 32)]
    const first = decides()
    first.push(batch('panes', log.slice(0, 3)), 100)
    first.work(10)
    const commit = first.seal('token')!
    expect(lines(commit)).toEqual(['panes 0.1 @10', 'panes 0.2 @20'])
    const second = ended(reopened(commit, { order: 'stream-time', inputs: deciding('observe-0', 'observe-1') }, decide), 'candidates', 'commands', 'ticks')
    expect(second.readPositions().get('panes')).toBe(1)
    second.push(batch('panes', log.slice(1)), 100)
    second.work(10)
    expect(lines(second.seal('token')).slice(2)).toEqual(['panes 1.1 @30', 'panes 0.3 @32'])
  })

  it('sets a record aside that no task made', () => {
    const subject = decides()
    subject.push(batch('panes', [raw(0, 5, 'by hand'), from(1, 0, 1, 10), from(2, 1, 1, 11)]), 100)
    subject.work(10)
    expect(letters(subject.seal('token'))).toMatchObject([{ topic: 'our-panes', partition: 0, offset: 0, code: 'UNDECODABLE' }])
  })
})

describe('an ending task', () => {
  it('finishes once, when its inputs have ended and nothing is held, and says what it had consumed', () => {
    const subject = ended(task({ order: 'stream-time' }), 'features', 'labels', 'ticks')
    subject.finishAtEnd()
    subject.push(batch('predictions', [raw(0, 5, 'a')]), 10)
    subject.work(10)
    expect(subject.isFinished).toBe(false)
    ended(subject, 'predictions')
    subject.work(10)
    expect(subject.isFinished).toBe(true)
    const commit = subject.seal('token')!
    expect(lines(commit)).toEqual(['predictions a @5', 'finish @5'])
    expect(decoded(commit.outbox[0])).toMatchObject({ finished: true })
    const words = commit.outbox.filter(({ role }) => role === 'panes')
    expect(words.map(({ partition }) => partition)).toEqual([0, 1])
    expect(JSON.parse(words[0].headers['steward-ended'])).toEqual({ features: 0, predictions: 1, labels: 0, ticks: 0 })
    subject.work(10)
    expect(subject.seal('token')).toBeNull()
  })

  it('has nothing to add when it is taken up again and nothing came', () => {
    const first = ended(task({ order: 'stream-time' }), 'features', 'predictions', 'labels', 'ticks')
    first.finishAtEnd()
    first.work(10)
    const commit = first.seal('token')!
    const again = ended(reopened(commit, { order: 'stream-time' }), 'features', 'predictions', 'labels', 'ticks')
    again.finishAtEnd()
    again.work(10)
    expect([again.isFinished, again.seal('token')]).toEqual([true, null])
    const onward = ended(reopened(commit, { order: 'stream-time' }), 'features', 'labels', 'ticks')
    onward.finishAtEnd()
    onward.push(batch('predictions', [raw(0, 5, 'a')]), 10)
    ended(onward, 'predictions')
    onward.work(10)
    expect(lines(onward.seal('token')).slice(1)).toEqual(['predictions a @5', 'finish @5'])
  })

  it('waits for upstream tasks that ended in an earlier run, unless they covered all there is', () => {
    const end = { ...made(0, 5, 'last', { task: 'observe-0', epoch: 1, index: 1 }), headers: made(0, 5, '', { task: 'observe-0', epoch: 1, index: 1 }, { 'steward-ended': '{"labels":4}' }).headers }
    const inputs = deciding('observe-0')
    const first = ended(task({ order: 'stream-time', inputs }, decide), 'candidates', 'commands', 'ticks')
    first.finishAtEnd()
    first.push(batch('panes', [end]), 10)
    first.work(10)
    expect(first.isFinished).toBe(true)
    const commit = first.seal('token')!
    for (const stillEnded of [true, false]) {
      const again = ended(reopened(commit, { order: 'stream-time', inputs }, decide), 'candidates', 'commands', 'ticks')
      again.reopenUpstream((name, offsets) => {
        expect([name, offsets]).toEqual(['observe-0', { labels: 4 }])
        return stillEnded
      })
      again.finishAtEnd()
      again.work(10)
      expect(again.isFinished).toBe(stillEnded)
    }
  })
})
