/** What the engine's tests stand on: ports that a test drives by hand, and a program whose state is the list of what it was given. */
import { createMemoryStore } from '../../src/state/memory.ts'
import { stateCodec } from '../../src/codec/state.ts'
import { originHeaders, type Origin } from '../../src/engine/origin.ts'
import type {
  Batch, Clock, FencedSink, Headers, InputRole, OutgoingRecord, OutputRole, RawRecord, RecordDecoder, RecordEncoder, Sink, Source, SourceListener, StateStore, TableSource,
} from '../../src/engine/ports.ts'
import type { ProgramFactory, TopologyInputs } from '../../src/engine/program.ts'
import type { TaskSettings } from '../../src/engine/task.ts'
import { StewardError, type ErrorCode } from '../../src/errors.ts'

// ---- records --------------------------------------------------------------------------------------------------------------------

/** What a test writes on a topic: a name, and what the tally program is to do with it. */
export interface Told {
  id: string
  /** publishes this many bytes */
  emit?: number
  /** is set aside by the program */
  dead?: string
  /** needs this schema, which must be loaded first */
  schema?: string
}

export const raw = (offset: number, timestampMs: number, told: Told | string, headers: Headers = {}): RawRecord =>
  ({ offset, timestampMs, key: null, value: stateCodec.encode(typeof told === 'string' ? { id: told } : told), headers })

/** A value that no decoder takes. */
export const garbage = (offset: number, timestampMs: number): RawRecord => ({ offset, timestampMs, key: null, value: Uint8Array.of(0xff, offset), headers: {} })

export const made = (offset: number, timestampMs: number, told: Told | string, origin: Omit<Origin, 'part' | 'parts'> & Partial<Origin>, headers: Headers = {}): RawRecord =>
  raw(offset, timestampMs, told, { ...headers, ...originHeaders({ part: 0, parts: 1, ...origin }) })

/** Consecutive records as one batch. */
export function batch(role: InputRole, records: readonly RawRecord[], over: Partial<Batch> = {}): Batch {
  const fromOffset = over.fromOffset ?? records[0].offset
  const nextOffset = over.nextOffset ?? records.at(-1)!.offset + 1
  return { role, partition: 0, fromOffset, records, nextOffset, logEnd: nextOffset, ...over }
}

export const decoded = (entry: { value: Uint8Array | null }): unknown => stateCodec.decode(entry.value!)

// ---- codec ----------------------------------------------------------------------------------------------------------------------

export interface Schemas extends RecordDecoder {
  loaded: Set<string>
  /** rejects the next loads with these */
  failures: Error[]
  loads: string[]
}

export function decoder(): Schemas {
  const self: Schemas = {
    loaded: new Set(), failures: [], loads: [],
    decode(_role, { value }) {
      if (value === null || value[0] === 0xff) return { ok: false, code: 'UNDECODABLE', message: 'no such bytes are written by anyone' }
      const told = stateCodec.decode(value) as Told
      if (told.schema !== undefined && !self.loaded.has(told.schema)) return { ok: 'pending' }
      return { ok: true, record: told }
    },
    async prepare(_role, { value }) {
      const { schema } = stateCodec.decode(value!) as Told
      self.loads.push(schema!)
      const failure = self.failures.shift()
      if (failure !== undefined) throw failure
      self.loaded.add(schema!)
    },
  }
  return self
}

export const encoder: RecordEncoder = { encode: (_role, value) => ({ value: stateCodec.encode(value), headers: {} }) }

// ---- a program ------------------------------------------------------------------------------------------------------------------

/** Part `seen`: a line for everything that happened, in order. */
export const tally: ProgramFactory = (_task, stored, _chunks, output) => {
  const state = (stored.get('seen') as { lines: string[] } | undefined) ?? { lines: [] }
  let fresh: string[] = []
  const note = (line: string) => {
    state.lines.push(line)
    fresh.push(line)
  }
  return {
    step(role, record, atMs) {
      const { id, emit, dead } = record as Told
      note(`${role} ${id} @${atMs}`)
      if (dead !== undefined) output.deadLetter(dead, `${id} is set aside`)
      if (emit !== undefined) output.keyed('decisions', id, { id, bytes: new Uint8Array(emit) })
    },
    table: (role, record, publishedMs, atMs) => note(`table ${role} ${(record as Told).id} published ${publishedMs} @${atMs}`),
    advance(atMs) {
      note(`tick @${atMs}`)
      output.keyed('decisions', 'tick', { atMs })
    },
    finish(atMs) {
      note(`finish @${atMs}`)
      output.everywhere('panes', { kind: 'broadcast', streamTimeMs: atMs, final: true })
    },
    flush() {
      const written = new Map<string, unknown>(fresh.length === 0 ? [] : [['seen', structuredClone(state)]])
      const chunk = fresh.length === 0 ? null : new TextEncoder().encode(fresh.join('\n'))
      fresh = []
      return { parts: { written, removed: [] }, chunk, chunksDropped: 0, views: new Map() }
    },
    pendingCount: () => 0,
  }
}

/** What a stored or committed part `seen` holds. */
export const linesOf = (parts: ReadonlyMap<string, Uint8Array>): string[] => {
  const bytes = parts.get('seen')
  return bytes === undefined ? [] : (stateCodec.decode(bytes) as { lines: string[] }).lines
}

export const observing: TopologyInputs = { name: 'observe', merged: ['features', 'predictions', 'labels'], urgent: null, tables: true }
export const deciding = (...tasks: string[]): TopologyInputs =>
  ({ name: 'decide', merged: [{ role: 'panes', as: 'panes', tasks }, 'candidates'], urgent: 'commands', tables: true })

export const settings = (over: Partial<TaskSettings> = {}): TaskSettings => ({
  inputs: observing, order: 'live', factory: tally, decoder: decoder(), encoder, codec: stateCodec, partitionCount: (role: OutputRole) => (role === 'panes' ? 2 : 1),
  topicName: (role) => `our-${role}`, maxFutureSkewMs: 1000, partBytesMax: 512 * 1024, deadLetterBytesMax: 64 * 1024, silenceMsMax: Infinity, ...over,
})

export const nothingStored = { epoch: 0, meta: null, parts: new Map<string, Uint8Array>(), chunks: [] }

// ---- time -----------------------------------------------------------------------------------------------------------------------

export interface ManualClock extends Clock {
  /** Lets everything that is under way go on, then moves time in steps, each sleeper waking at its time. */
  advance(ms: number): Promise<void>
}

/** Runs what is ready to run: promises, and the engine's own turns of the event loop. */
export async function settle(turns = 20): Promise<void> {
  for (let i = 0; i < turns; i++) await new Promise(setImmediate)
}

export function manualClock(startMs = 1_000_000): ManualClock {
  let nowMs = startMs
  let sleepers: { atMs: number; wake: () => void }[] = []
  return {
    nowMs: () => nowMs,
    sleep(ms) {
      if (!(ms >= 0)) throw new RangeError(`nobody sleeps ${ms} ms`)
      return new Promise((wake) => sleepers.push({ atMs: nowMs + ms, wake }))
    },
    async advance(ms) {
      const untilMs = nowMs + ms
      for (;;) {
        await settle()
        const next = sleepers.reduce<{ atMs: number } | null>((first, one) => (first === null || one.atMs < first.atMs ? one : first), null)
        if (next === null || next.atMs > untilMs) break
        nowMs = Math.max(nowMs, next.atMs)
        const due = sleepers.filter(({ atMs }) => atMs <= nowMs)
        sleepers = sleepers.filter(({ atMs }) => atMs > nowMs)
        for (const { wake } of due) wake()
      }
      nowMs = untilMs
      await settle()
    },
  }
}

// ---- source ---------------------------------------------------------------------------------------------------------------------

/** A group of one, over partitions that a test fills; it assigns and delivers when it is told to. */
export class ScriptedSource implements Source {
  readonly roles: readonly InputRole[]
  readonly logs = new Map<string, RawRecord[]>()
  /** what was asked of it, in order */
  readonly calls: string[] = []
  readonly progress: [number, ReadonlyMap<InputRole, number>][] = []
  listener: SourceListener | null = null
  isStopped = false
  /** thrown by the next `logEnds` */
  failures: Error[] = []
  private readonly reading = new Map<string, { position: number; paused: boolean }>()

  constructor(roles: readonly InputRole[]) {
    this.roles = roles
  }

  async start(listener: SourceListener): Promise<void> {
    this.listener = listener
  }

  /** The group joins again: everything is paused until it is begun. */
  assign(...partitions: number[]): void {
    this.reading.clear()
    this.listener!.assigned(partitions)
  }

  begin(partition: number, offsets: ReadonlyMap<InputRole, number>): void {
    for (const role of this.roles) this.reading.set(`${role}-${partition}`, { position: offsets.get(role) ?? 0, paused: false })
    this.calls.push(`begin ${partition}`)
  }

  pause(role: InputRole, partition: number): void {
    this.calls.push(`pause ${role}-${partition}`)
    const state = this.reading.get(`${role}-${partition}`)
    if (state !== undefined) state.paused = true
  }

  resume(role: InputRole, partition: number): void {
    this.calls.push(`resume ${role}-${partition}`)
    const state = this.reading.get(`${role}-${partition}`)
    if (state !== undefined) state.paused = false
  }

  reportProgress(partition: number, offsets: ReadonlyMap<InputRole, number>): void {
    this.progress.push([partition, offsets])
  }

  async logEnds(partition: number): Promise<ReadonlyMap<InputRole, number>> {
    const failure = this.failures.shift()
    if (failure !== undefined) throw failure
    return new Map(this.roles.map((role) => [role, this.log(role, partition).length]))
  }

  async logStarts(): Promise<ReadonlyMap<InputRole, number>> {
    return new Map(this.roles.map((role) => [role, 0]))
  }

  async stop(): Promise<void> {
    this.isStopped = true
  }

  log(role: InputRole, partition: number): RawRecord[] {
    const key = `${role}-${partition}`
    if (!this.logs.has(key)) this.logs.set(key, [])
    return this.logs.get(key)!
  }

  append(role: InputRole, partition: number, ...records: [timestampMs: number, told: Told | string, headers?: Headers][]): void {
    const log = this.log(role, partition)
    for (const record of records) log.push(raw(log.length, ...record))
  }

  positionOf(role: InputRole, partition: number): number | undefined {
    return this.reading.get(`${role}-${partition}`)?.position
  }

  isPaused(role: InputRole, partition: number): boolean {
    return this.reading.get(`${role}-${partition}`)?.paused ?? true
  }

  /** Delivers what is there, at most `max` records of an input, and says of each input that it has ended where it has. */
  pump(max = Infinity): void {
    for (const [key, state] of this.reading) {
      const [role, partition] = key.split('-') as [InputRole, string]
      const log = this.log(role, Number(partition))
      if (state.paused) continue
      const records = log.slice(state.position, state.position + max)
      if (records.length > 0) {
        const fromOffset = state.position
        state.position += records.length
        this.listener!.batch({ role, partition: Number(partition), fromOffset, records, nextOffset: state.position, logEnd: log.length })
      } else {
        this.listener!.caughtUp(role, Number(partition), state.position)
      }
    }
  }
}

export class ScriptedTable implements TableSource {
  readonly role: InputRole
  isStopped = false
  private readonly before: (RawRecord & { partition: number })[]
  private deliver: (record: RawRecord & { partition: number }) => void = () => {}

  constructor(role: InputRole, before: (RawRecord & { partition?: number })[] = []) {
    this.role = role
    this.before = before.map((record) => ({ partition: 0, ...record }))
  }

  async start(deliver: (record: RawRecord & { partition: number }) => void): Promise<void> {
    this.deliver = deliver
    for (const record of this.before) deliver(record)
  }

  publish(record: RawRecord, partition = 0): void {
    this.deliver({ ...record, partition })
  }

  async stop(): Promise<void> {
    this.isStopped = true
  }
}

// ---- sinks ----------------------------------------------------------------------------------------------------------------------

/** What a publication does instead of succeeding; undefined: it succeeds. */
export type Refusal = (records: readonly OutgoingRecord[]) => Error | undefined

export class RecordingSink implements Sink {
  readonly sent: OutgoingRecord[][] = []
  refuse: Refusal = () => undefined
  /** sends wait for this */
  gate: Promise<void> = Promise.resolve()

  async send(role: OutputRole, partition: number, records: readonly OutgoingRecord[]): Promise<void> {
    await this.gate
    const error = this.refuse(records)
    if (error !== undefined) throw error
    if (records.some((record) => record.role !== role || record.partition !== partition)) throw new Error('one call is one partition')
    this.sent.push([...records])
  }

  partitionCount(role: OutputRole): number {
    return role === 'panes' ? 2 : 1
  }

  async stop(): Promise<void> {}

  get records(): OutgoingRecord[] {
    return this.sent.flat()
  }
}

/** Sessions by id: whoever opens shuts out who was there; a session that failed stays failed. */
export class RecordingFencedSink implements FencedSink {
  readonly published: OutgoingRecord[][] = []
  readonly calls: string[] = []
  refuse: Refusal = () => undefined
  opened = 0
  openSessions = 0
  private holder = 0

  async open(id: string): Promise<{ publish(records: readonly OutgoingRecord[]): Promise<void>; close(): Promise<void> }> {
    const mine = ++this.opened
    this.holder = mine
    this.openSessions++
    this.calls.push(`open ${id}`)
    let over: Error | undefined
    let isOpen = true
    return {
      publish: async (records) => {
        over ??= this.holder === mine ? this.refuse(records) : new StewardError('FENCED', `${id} was opened by another`)
        if (over !== undefined) throw over
        this.calls.push(`publish ${records.length}`)
        this.published.push([...records])
      },
      close: async () => {
        if (isOpen) this.openSessions--
        isOpen = false
        over ??= new StewardError('FENCED', 'closed')
      },
    }
  }

  get records(): OutgoingRecord[] {
    return this.published.flat()
  }
}

/** Records too large for the topic of their role. */
export const tooLargeAbove = (bytesMax: number, role?: OutputRole): Refusal => (records) =>
  records.some((record) => (role === undefined || record.role === role) && (record.value?.length ?? 0) > bytesMax)
    ? new StewardError('RECORD_TOO_LARGE', 'the broker refuses it') : undefined

// ---- store ----------------------------------------------------------------------------------------------------------------------

export interface FaultyStore extends StateStore {
  /** operations that reject with STORE_UNAVAILABLE until taken out again */
  down: Set<'claim' | 'commit' | 'owns' | 'trimOutbox' | 'now'>
  /** answers of commits that are lost after they were applied */
  lostAnswers: number
  /** commits wait for this before they are applied */
  gate: Promise<void>
  commits: number
}

export function faultyStore(clock: Clock): FaultyStore {
  const store = createMemoryStore({ clock })
  const self: FaultyStore = { ...store, down: new Set(), lostAnswers: 0, gate: Promise.resolve(), commits: 0 }
  const check = (operation: 'claim' | 'commit' | 'owns' | 'trimOutbox' | 'now') => {
    if (self.down.has(operation)) throw unavailable()
  }
  self.claim = async (...given) => { check('claim'); return store.claim(...given) }
  self.now = async () => { check('now'); return store.now() }
  self.owns = async (...given) => { check('owns'); return store.owns(...given) }
  self.trimOutbox = async (...given) => { check('trimOutbox'); return store.trimOutbox(...given) }
  self.commit = async (...given) => {
    await self.gate
    check('commit')
    const result = await store.commit(...given)
    if (result.result === 'applied') self.commits++
    if (self.lostAnswers-- > 0) throw unavailable()
    return result
  }
  return self
}

export const unavailable = (code: ErrorCode = 'STORE_UNAVAILABLE'): StewardError => new StewardError(code, 'nobody answers')

/** A promise and the way to settle it. */
export function gate(): { closed: Promise<void>; open: () => void } {
  let open = () => {}
  const closed = new Promise<void>((resolve) => { open = resolve })
  return { closed, open }
}
