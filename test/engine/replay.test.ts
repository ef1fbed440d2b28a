import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../src/codec/state.ts'
import { seeded, uniform, type Random } from '../../src/core/random.ts'
import type { JournalEntry } from '../../src/engine/journal.ts'
import type { InputRole, RawRecord, TaskId } from '../../src/engine/ports.ts'
import { isEqual, replayTask, type ReadSlice, type ReplayedEpoch, type TaskVerdict } from '../../src/engine/replay.ts'
import { Task, type TaskSettings } from '../../src/engine/task.ts'
import { batch, deciding, decoder, garbage, made, observing, raw, settings as given, type Told } from './fakes.ts'

const NOW = 1_000_000
const AHEAD = NOW + 500_000
type Topics = Partial<Record<InputRole, RawRecord[]>>

/** A live task as a worker drives it: its commits are its store, their first record its journal. */
class Live {
  task: Task
  readonly entries: JournalEntry[] = []
  private readonly id: TaskId
  private readonly settings: TaskSettings
  private readonly topics: Topics
  private stored: { epoch: number; meta: Uint8Array | null; parts: Map<string, Uint8Array>; chunks: Uint8Array[] } = { epoch: 0, meta: null, parts: new Map(), chunks: [] }

  constructor(topics: Topics, over: Partial<TaskSettings> = {}) {
    this.id = { topology: over.inputs?.name ?? 'observe', partition: 0 }
    this.settings = given(over)
    this.topics = topics
    this.task = this.restart()
  }

  /** Forgets what is not committed. */
  restart(): Task {
    this.task = new Task(this.id, this.settings, { ...this.stored, parts: new Map(this.stored.parts) })
    this.task.reopenUpstream(() => true)
    return this.task
  }

  /** Brings up to `count` more records of a role, or says that there are none. */
  bring(role: InputRole, count = Infinity): void {
    const from = this.task.readPositions().get(role)!
    const records = (this.topics[role] ?? []).filter(({ offset }) => offset >= from).slice(0, count)
    if (records.length === 0) this.task.caughtUp(role, from)
    else this.task.push(batch(role, records, { fromOffset: from }), NOW)
  }

  async work(limit: number): Promise<void> {
    this.task.work(limit)
    await this.task.waiting
  }

  seal(): void {
    const commit = this.task.seal('token')
    if (commit === null) return
    const { parts, chunks } = this.stored
    for (const [name, bytes] of commit.partsWritten) parts.set(name, bytes)
    if (commit.chunk !== null) chunks.push(commit.chunk)
    this.stored = { epoch: commit.epoch, meta: commit.meta, parts, chunks }
    this.entries.push(stateCodec.decode(commit.outbox[0].value!) as JournalEntry)
  }

  /** Reads everything to its end, lets the inputs end, and commits. */
  async end(): Promise<void> {
    for (const role of this.task.readPositions().keys()) {
      if (role !== 'ticks') this.bring(role)
      this.task.completeTo(role, Infinity)
    }
    for (const { inputs } of this.task.upstreams.values()) for (const input of inputs) input.setEnded({})
    this.task.finishAtEnd()
    for (let turn = 0; !this.task.isFinished; turn++) {
      if (turn > 100) throw new Error(`${this.task.name} does not come to its end`)
      await this.work(1000)
      this.seal()
    }
  }

  async replay(change: { topics?: Topics; entries?: readonly JournalEntry[]; keptFrom?: number } = {}): Promise<{ verdict: TaskVerdict; epochs: ReplayedEpoch[] }> {
    const { topics = this.topics, entries = this.entries, keptFrom = 0 } = change
    const epochs: ReplayedEpoch[] = []
    const replay = replayTask(this.id, { ...this.settings, decoder: decoder() }, stream(entries), reading(topics, keptFrom))
    let step = await replay.next()
    for (; step.done !== true; step = await replay.next()) epochs.push(step.value)
    return { verdict: step.value, epochs }
  }
}

async function* stream<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items
}

/** Answers as a stream could: for every role in order and without overlap. */
function reading(topics: Topics, keptFrom: number): ReadSlice {
  const asked = new Map<InputRole, number>()
  return async (role, fromOffset, toOffset) => {
    if (fromOffset < (asked.get(role) ?? 0)) throw new Error(`${role} was asked for offset ${fromOffset} again`)
    const log = topics[role] ?? []
    const end = (log.at(-1)?.offset ?? -1) + 1
    asked.set(role, Math.min(toOffset, end))
    return { records: log.filter(({ offset }) => offset >= Math.max(fromOffset, keptFrom) && offset < toOffset), keptFrom, end }
  }
}

const below = (random: Random, n: number) => Math.floor(uniform(random) * n)

/** Records of rising and falling times with holes between offsets, some of every trouble. */
function log(random: Random, role: string, count: number): RawRecord[] {
  let offset = 0
  return Array.from({ length: count }, (_, i) => {
    offset += uniform(random) < 0.1 ? 2 : 1
    const timeMs = 1000 + i * 50 + below(random, 200)
    const kind = below(random, 12)
    if (kind === 0) return garbage(offset, timeMs)
    if (kind === 1) return raw(offset, AHEAD + i, `${role}-${i}`)
    const told: Told = { id: `${role}-${i}`, ...(kind < 5 ? { emit: i } : kind === 5 ? { dead: 'WRONG_TYPE' } : kind === 6 ? { schema: `s${i % 3}` } : {}) }
    return raw(offset, timeMs, told)
  })
}

/** Two tasks upstream, out of step: repeats, values in parts, a stranger now and then. */
function panes(random: Random, count: number): RawRecord[] {
  const records: RawRecord[] = []
  const next = new Map([['observe-0', { epoch: 1, index: 0, i: 0 }], ['observe-1', { epoch: 1, index: 0, i: 0 }]])
  const sent: Parameters<typeof made>[] = []
  while (records.length < count) {
    const offset = records.length
    if (uniform(random) < 0.08) {
      records.push(raw(offset, 1000, 'a stranger'))
      continue
    }
    if (uniform(random) < 0.1 && sent.length > 0) {
      const [, timeMs, told, origin] = sent[below(random, sent.length)]
      records.push(made(offset, timeMs, told, origin))
      continue
    }
    const task = uniform(random) < 0.8 ? 'observe-0' : 'observe-1'
    const at = next.get(task)!
    const fresh = uniform(random) < 0.3
    Object.assign(at, { epoch: at.epoch + (fresh ? 1 : 0), index: fresh ? 1 : at.index + 1, i: at.i + 1 })
    const [timeMs, told] = [1000 + at.i * 60, { id: `${task}-${at.i}`, emit: 10 }]
    const origin = { task, epoch: at.epoch, index: at.index }
    if (uniform(random) < 0.15) {
      const { value, ...whole } = made(offset, timeMs, told, origin)
      const cut = Math.floor(value!.length / 2)
      const part = (n: number): RawRecord => ({ ...whole, ...made(offset + n, timeMs, told, { ...origin, part: n, parts: 2 }), value: n === 0 ? value!.slice(0, cut) : value!.slice(cut) })
      records.push(part(0), part(1))
    } else {
      records.push(made(offset, timeMs, told, origin))
      sent.push([offset, timeMs, told, origin])
    }
  }
  return records
}

/** A worker's day in a random order: batches, log ends, slices of work, ticks, tables, commits, deaths. */
async function driven(live: Live, random: Random, steps: number): Promise<void> {
  let tables = 0
  for (let i = 0; i < steps; i++) {
    const roles = [...live.task.readPositions().keys()].filter((role) => role !== 'ticks')
    const what = uniform(random)
    if (what < 0.4) live.bring(roles[below(random, roles.length)], 1 + below(random, 6))
    else if (what < 0.75) await live.work(1 + below(random, 8))
    else if (what < 0.8) live.task.tick(1000 + i * 30)
    else if (what < 0.85) live.task.pushTable('policies', 0, raw(tables++, 1000, { id: `policy-${tables}`, schema: 'known' }))
    else if (what < 0.97) live.seal()
    else {
      live.restart()
      for (let t = 0; t < tables; t++) live.task.pushTable('policies', 0, raw(t, 1000, { id: `policy-${t + 1}`, schema: 'known' }))
    }
  }
  await live.end()
}

const knowing = () => {
  const it = decoder()
  it.loaded.add('known')
  return it
}

async function observed(seed: number): Promise<{ live: Live; topics: Topics }> {
  const random = seeded(seed)
  const topics = { features: log(random, 'f', 60), predictions: log(random, 'p', 60), labels: log(random, 'l', 40) }
  const live = new Live(topics, { inputs: observing, decoder: knowing() })
  await driven(live, random, 250)
  return { live, topics }
}

async function decided(seed: number): Promise<{ live: Live; topics: Topics }> {
  const random = seeded(seed)
  const topics = { panes: panes(random, 120), candidates: log(random, 'c', 15), commands: log(random, 'x', 15) }
  const live = new Live(topics, { inputs: deciding('observe-0', 'observe-1'), decoder: knowing() })
  await driven(live, random, 250)
  return { live, topics }
}

const allEqual = ({ epochs, statesEqual, outputsEqual }: TaskVerdict) => [statesEqual, outputsEqual, epochs]

describe('a replayed task', () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])('comes to every hash of a live task that was driven and restarted at random (seed %i)', async (seed) => {
    for (const { live } of [await observed(seed), await decided(seed)]) {
      const { verdict } = await live.replay()
      const { length } = live.entries
      expect(length).toBeGreaterThan(5)
      expect(verdict).toMatchObject({ epochs: length, statesEqual: length, outputsEqual: length, firstDifference: null, stopped: null, otherStateVersions: [] })
      expect(isEqual(verdict)).toBe(true)
    }
  })

  it('sees what makes a live order: arrivals, ticks, tables and skew verdicts all occur in what was compared', async () => {
    const entries = (await Promise.all([1, 2, 3].map((seed) => observed(seed)))).flatMap(({ live }) => live.entries)
    expect(entries.some(({ releases }) => releases!.length > 6)).toBe(true)
    expect(entries.some(({ ticks }) => ticks.length > 0)).toBe(true)
    expect(entries.some(({ tables }) => tables.length > 0)).toBe(true)
    expect(entries.some(({ skewed }) => skewed.some(([, , steps]) => steps > 0))).toBe(true)
  })

  it('follows an epoch without runs by stream time', async () => {
    const topics = { features: [raw(0, 10, 'f'), raw(1, 40, 'f2')], predictions: [raw(0, 20, 'p')], labels: [raw(0, 30, 'l')] }
    const live = new Live(topics, { order: 'stream-time' })
    await live.end()
    expect(live.entries.map(({ releases }) => releases)).toEqual([null])
    const { verdict } = await live.replay()
    expect(verdict).toMatchObject({ epochs: 1, records: 4, statesEqual: 1, outputsEqual: 1, firstDifference: null })
  })

  it('drops repeats of an epoch and the entries of other tasks', async () => {
    const { live } = await observed(1)
    const [first, second, ...rest] = live.entries
    const { verdict } = await live.replay({ entries: [first, { ...second, task: 'observe-7' }, second, first, second, ...rest] })
    expect([verdict.epochs, isEqual(verdict)]).toEqual([live.entries.length, true])
  })

  it('hands over what every epoch emitted', async () => {
    const live = new Live({ features: [raw(0, 10, { id: 'a', emit: 3 })] })
    await live.end()
    const { epochs } = await live.replay()
    expect(epochs.flatMap(({ outputs }) => outputs.map(({ role, epoch, index }) => [role, epoch, index]))).toEqual([['decisions', 1, 1], ['panes', 1, 2], ['panes', 1, 3]])
  })
})

describe('a difference is found', () => {
  it('at the epoch of a record that reads otherwise, and the epochs after it go on', async () => {
    const { live, topics } = await observed(2)
    const at = topics.features!.findIndex(({ offset, timestampMs, value }) => offset > 30 && timestampMs < NOW && value![0] !== 0xff)
    const features = topics.features!.map((record, i) => (i === at ? { ...record, value: stateCodec.encode({ id: 'another' }) } : record))
    const { verdict } = await live.replay({ topics: { ...topics, features } })
    const { epoch } = live.entries.find(({ offsets }) => offsets.features > features[at].offset)!
    expect(verdict.firstDifference).toMatchObject({ epoch, state: true })
    expect(verdict.epochs).toBe(live.entries.length)
    expect(isEqual(verdict)).toBe(false)
  })

  it('in the outputs alone when the state is the same', async () => {
    const live = new Live({ features: [raw(0, 10, { id: 'a', emit: 3 })] })
    await live.end()
    const { verdict } = await live.replay({ topics: { features: [raw(0, 10, { id: 'a', emit: 4 })] } })
    expect(verdict).toMatchObject({ firstDifference: { epoch: 1, state: false, outputs: true }, statesEqual: 1, outputsEqual: 0 })
  })

  it('when an epoch that did something comes out empty, and origins still count from its number', async () => {
    const features = [raw(0, 10, 'a'), raw(1, 20, { id: 'b', emit: 3 })]
    const live = new Live({ features }, { order: 'stream-time' })
    for (const role of ['predictions', 'labels', 'ticks'] as const) live.task.completeTo(role, Infinity)
    live.bring('features', 1)
    await live.work(1)
    live.seal()
    await live.end()
    const { verdict, epochs } = await live.replay({ topics: { features: features.slice(1) } })
    expect(verdict.firstDifference).toEqual({ epoch: 1, state: true, outputs: false })
    expect(epochs.map(({ outputs }) => outputs.map(({ epoch }) => epoch))).toEqual([[], [2, 2, 2]])
  })

  it('and hashes of another state version are compared without a promise', async () => {
    const { live } = await observed(1)
    const { verdict } = await live.replay({ entries: live.entries.map((entry) => ({ ...entry, stateVersion: 99 })) })
    expect(verdict.otherStateVersions).toEqual([99])
    expect(allEqual(verdict)).toEqual(Array(3).fill(live.entries.length))
  })
})

describe('a replay stops', () => {
  it('where retention took offsets, and says which', async () => {
    const { live } = await observed(4)
    const { verdict } = await live.replay({ keptFrom: 7 })
    expect(verdict.stopped).toMatchObject({ reason: 'offsets-gone', fromOffset: 0 })
    expect(isEqual(verdict)).toBe(false)
  })

  it('where a topic was made anew and ends too early', async () => {
    const { live, topics } = await observed(4)
    const { verdict } = await live.replay({ topics: { ...topics, labels: topics.labels!.slice(0, 5) } })
    expect(verdict.stopped).toMatchObject({ reason: 'offsets-gone', input: 'labels', toOffset: live.entries.find(({ epoch }) => epoch === (verdict.stopped as { epoch: number }).epoch)!.offsets.labels })
  })

  it('where the journal begins late or lacks epochs', async () => {
    const { live } = await observed(5)
    const late = await live.replay({ entries: live.entries.slice(3) })
    expect(late.verdict).toMatchObject({ epochs: 0, stopped: { reason: 'epochs-gone', fromEpoch: 1, toEpoch: 3 } })
    const hole = await live.replay({ entries: live.entries.filter(({ epoch }) => epoch < 4 || epoch > 5) })
    expect(hole.verdict).toMatchObject({ epochs: 3, statesEqual: 3, stopped: { reason: 'epochs-gone', fromEpoch: 4, toEpoch: 5 } })
  })

  it('where a record is missing from a partition that the journal counts, and names the epoch', async () => {
    const { live, topics } = await observed(6)
    const missing = topics.predictions![20].offset
    const { verdict } = await live.replay({ topics: { ...topics, predictions: topics.predictions!.filter(({ offset }) => offset !== missing) } })
    const { epoch } = live.entries.find(({ offsets }) => offsets.predictions > missing)!
    expect(verdict.stopped).toMatchObject({ reason: 'records-differ', input: 'predictions', epoch })
    expect([verdict.epochs, verdict.statesEqual]).toEqual([epoch - 1, epoch - 1])
  })

  it('where a value of an internal topic is missing', async () => {
    const { live, topics } = await decided(7)
    const { verdict } = await live.replay({ topics: { ...topics, panes: topics.panes!.slice(0, 40) } })
    expect(verdict.stopped).not.toBeNull()
    expect(verdict.statesEqual).toBe(verdict.epochs)
    expect(verdict.epochs).toBeGreaterThan(0)
  })
})
