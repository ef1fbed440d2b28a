import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { outputHash, ReleaseLog, stateHash, type JournalEntry } from '../../src/engine/journal.ts'
import { replayTask } from '../../src/engine/replay.ts'
import type { Commit, InputRole, OutboxEntry, RawRecord, TaskId } from '../../src/engine/ports.ts'
import { Task, type TaskSettings } from '../../src/engine/task.ts'
import { batch, deciding, decoded, garbage, linesOf, made, nothingStored, raw, settings } from './fakes.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

describe('the hash over an epoch', () => {
  it('of state tells names, contents, removals, the chunk and what is dropped apart', () => {
    const base = { parts: new Map([['a', bytes(1)], ['b', bytes(2, 3)]]), removed: ['c'], chunk: bytes(4) as Uint8Array | null, dropped: 1 }
    const hash = (over: Partial<typeof base>) => {
      const { parts, removed, chunk, dropped } = { ...base, ...over }
      return stateHash(parts, removed, chunk, dropped)
    }
    const variants = [
      {}, { parts: new Map([['a', bytes(1)], ['b', bytes(2)]]) }, { parts: new Map([['a', bytes(1, 2)], ['b', bytes(3)]]) }, { parts: new Map([['ab', bytes(1)], ['', bytes(2, 3)]]) },
      { removed: [] }, { removed: ['c', 'd'] }, { chunk: null }, { chunk: bytes() }, { chunk: bytes(5) }, { dropped: 0 },
    ]
    // a chunk of nothing is no chunk
    expect(new Set(variants.map(hash)).size).toBe(variants.length - 1)
    expect(hash({})).toBe(hash({ parts: new Map(base.parts) }))
  })

  it('of outputs tells order, place, time, key, value and headers apart', () => {
    const entry: OutboxEntry = { role: 'decisions', partition: 0, timestampMs: 5, key: null, value: bytes(1), headers: { a: '1' }, epoch: 1, index: 1 }
    const variants: OutboxEntry[][] = [
      [], [entry], [entry, entry], [{ ...entry, role: 'incidents' }], [{ ...entry, partition: 1 }], [{ ...entry, timestampMs: 6 }], [{ ...entry, key: bytes() }],
      [{ ...entry, key: bytes(1), value: bytes() }], [{ ...entry, value: null }], [{ ...entry, value: bytes(1, 0) }], [{ ...entry, headers: { a: '2' } }],
    ]
    expect(new Set(variants.map(outputHash)).size).toBe(variants.length)
  })
})

describe('releases', () => {
  it('are kept as runs that give back the order', () => {
    fc.assert(fc.property(fc.array(fc.nat(3)), (order) => {
      const log = new ReleaseLog()
      for (const input of order) log.add(input)
      const back: number[] = []
      for (let i = 0; i < log.runs.length; i += 2) for (let n = 0; n < log.runs[i + 1]; n++) back.push(log.runs[i])
      expect(back).toEqual(order)
      expect(log.count).toBe(order.length)
    }))
  })
})

// ---- following -------------------------------------------------------------------------------------------------------------------

const entryOf = (commit: Commit) => decoded(commit.outbox[0]) as JournalEntry

/** Executes a run again from its journal and what its topics hold; nothing may differ. */
async function follow(id: TaskId, over: Partial<TaskSettings>, commits: Commit[], logs: ReadonlyMap<InputRole, RawRecord[]>): Promise<void> {
  async function* entries() {
    for (const commit of commits) yield entryOf(commit)
  }
  const again = replayTask(id, settings(over), entries(), async (role, from, to) => {
    const log = logs.get(role) ?? []
    return { records: log.slice(from, to), keptFrom: 0, end: log.length }
  })
  const outputs: OutboxEntry[][] = []
  let next = await again.next()
  for (; next.done !== true; next = await again.next()) outputs.push([...next.value.outputs])
  const epochs = commits.length
  expect(next.value).toMatchObject({ epochs, statesEqual: epochs, outputsEqual: epochs, firstDifference: null, stopped: null })
  expect(outputs).toEqual(commits.map(({ outbox }) => outbox.slice(1)))
}

const observe: TaskId = { topology: 'observe', partition: 1 }
const decide: TaskId = { topology: 'decide', partition: 0 }

/** What happens to a task, one thing after the other. */
const happening = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('record' as const), input: fc.nat(3), time: fc.integer({ min: -20, max: 20 }), what: fc.constantFrom('good', 'good', 'good', 'bad', 'future', 'dead') }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('caughtUp' as const), input: fc.nat(3) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('work' as const), limit: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('seal' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tick' as const) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('table' as const), role: fc.constantFrom('policies' as const, 'profiles' as const) }) },
)
type Happening = typeof happening extends fc.Arbitrary<infer T> ? T : never

/** Runs a task through it, seals at the end, and keeps what was on its topics. */
function lived(id: TaskId, over: Partial<TaskSettings>, script: Happening[], roles: readonly InputRole[]) {
  const subject = new Task(id, settings(over), nothingStored)
  const logs = new Map<InputRole, RawRecord[]>(roles.map((role) => [role, []]))
  const commits: Commit[] = []
  const tables = { policies: 0, profiles: 0 }
  const epochs = [0, 0]
  let nowMs = 1000
  const append = (role: InputRole, time: number, what: string) => {
    const log = logs.get(role)!
    const told = { id: `${role}${log.length}`, emit: 2, ...(what === 'dead' ? { dead: 'WRONG_TYPE' } : {}) }
    const atMs = what === 'future' ? nowMs + 100_000 : nowMs + time
    if (role === 'panes') {
      const task = log.length % 2
      // what an upstream task emits is in order of its own stream time
      log.push(what === 'bad' ? raw(log.length, nowMs, 'by hand') : made(log.length, nowMs, told, { task: `observe-${task}`, epoch: ++epochs[task], index: 1 }))
    } else log.push(what === 'bad' ? garbage(log.length, atMs) : raw(log.length, atMs, told))
    subject.push(batch(role, log.slice(-1)), nowMs)
  }
  const seal = () => {
    const commit = subject.seal('original')
    if (commit !== null) commits.push(commit)
  }
  for (const one of script) {
    nowMs += 7
    if (one.kind === 'record') append(roles[one.input % roles.length], one.time, one.what)
    else if (one.kind === 'caughtUp') subject.caughtUp(roles[one.input % roles.length], logs.get(roles[one.input % roles.length])!.length)
    else if (one.kind === 'work') subject.work(one.limit)
    else if (one.kind === 'tick') subject.tick(nowMs)
    else if (one.kind === 'table') subject.pushTable(one.role, 0, raw(tables[one.role]++, nowMs, `${one.role}${tables[one.role]}`))
    else seal()
  }
  for (const role of roles) subject.completeTo(role, Infinity)
  subject.work(1000)
  seal()
  return { commits, logs }
}

const same = (id: TaskId, over: Partial<TaskSettings>, roles: readonly InputRole[]) =>
  fc.assert(fc.asyncProperty(fc.array(happening, { maxLength: 60 }), async (script) => {
    const { commits, logs } = lived(id, over, script, roles)
    await follow(id, over, commits, logs)
  }), { numRuns: 200 })

describe('following the journal gives the same state, outputs and hashes', () => {
  it('of a live task, where arrival decided', () => same(observe, { order: 'live' }, ['features', 'predictions', 'labels']))
  it('of a live task with commands and an internal topic', () => same(decide, { order: 'live', inputs: deciding('observe-0', 'observe-1') }, ['panes', 'candidates', 'commands']))
  it('of a task in order of stream time', () => same(observe, { order: 'stream-time' }, ['features', 'predictions', 'labels']))
  it('of a task in order of stream time with commands and an internal topic',
    () => same(decide, { order: 'stream-time', inputs: deciding('observe-0', 'observe-1') }, ['panes', 'candidates', 'commands']))

  it('holds no runs where stream time alone gives the order', () => {
    const subject = new Task(observe, settings({ order: 'stream-time' }), nothingStored)
    subject.push(batch('predictions', [raw(0, 5, 'a')]), 10)
    for (const role of ['features', 'predictions', 'labels', 'ticks'] as const) subject.completeTo(role, Infinity)
    subject.work(10)
    expect(entryOf(subject.seal('t')!).releases).toBeNull()
  })

  it('ends where the original ended', async () => {
    const over = { order: 'stream-time' as const }
    const subject = new Task(observe, settings(over), nothingStored)
    const log = [raw(0, 5, 'a')]
    subject.finishAtEnd()
    subject.push(batch('predictions', log), 10)
    for (const role of ['features', 'predictions', 'labels', 'ticks'] as const) subject.completeTo(role, Infinity)
    subject.work(10)
    const commit = subject.seal('t')!
    expect(linesOf(commit.partsWritten)).toEqual(['predictions a @5', 'finish @5'])
    await follow(observe, over, [commit], new Map([['predictions', log]]))
  })
})
