/**
 * The tasks of one topology that this process owns: takes them up when the group assigns them, drives their epochs, and lets them go.
 * Everything a task knows is in the store; a worker can be killed at any line of this file.
 */
import { randomUUID } from 'node:crypto'
import { StewardError } from '../errors.ts'
import type { Batch, Clock, Commit, FencedSink, InputRole, OutboxEntry, Sink, Source, StateStore, TaskId, TaskSnapshot } from './ports.ts'
import { taskName } from './ports.ts'
import { lostCommits, type RecoveryLog } from './recovery.ts'
import { Relay } from './relay.ts'
import type { TableFeed } from './tables.ts'
import { Task, type TaskSettings } from './task.ts'

export interface WorkerLimits {
  /** an epoch lasts this long, and longer (up to `epochMsMax`) where the store's byte rate asks for it */
  epochMs: number
  epochMsMax: number
  storeBytesPerSecondMax: number
  /** records an input may run ahead before it is paused */
  bufferRecordsMax: number
}

/** What happens, for logs and metrics; nothing depends on it. */
export interface WorkerEvents {
  taken(task: string, epoch: number): void
  lost(task: string, reason: string): void
  /** the journal has commits that the store lost: they are made again, `done` of them so far */
  recovering(task: string, fromEpoch: number, done: number): void
  committed(task: Task, commit: Commit, tookMs: number): void
  refused(task: string, reason: string): void
  /** trouble that is being retried */
  retrying(task: string, doing: string, error: unknown): void
  quarantined(task: string, entry: OutboxEntry, error: unknown): void
}

/** The ends of log seen at start: the same however often they are asked for, as a producer may still write. */
export interface DrainEnds {
  /** of one partition of every role of the source */
  own(partition: number): Promise<ReadonlyMap<InputRole, number>>
  /** what the ends of the tasks upstream must cover to be this run's, by task name */
  upstream(): Promise<ReadonlyMap<string, Readonly<Record<string, number>>>>
}

export interface WorkerOptions {
  settings(id: TaskId): TaskSettings
  topology: TaskId['topology']
  source: Source
  feed: TableFeed
  store: StateStore
  sink: Sink
  /** for topologies whose late records would do harm */
  fenced: FencedSink | null
  /** where commits that the store lost are found */
  recovery: RecoveryLog
  clock: Clock
  limits: WorkerLimits
  events: WorkerEvents
  /** stop at the ends of log seen at start; null: go on until stopped */
  drain: DrainEnds | null
}

/** A record slice between two looks at the clock and the event loop. */
const SLICE_RECORDS = 2000
const OUTBOX_BACKLOG_MAX = 20_000
/** An input is paused at this many bytes too: records may be large. */
const BUFFER_BYTES_MAX = 32 * 1024 * 1024
const CLAIM_DEADLINE_MS = 10_000
const IDLE_MS = 250
/** below the half minute that orchestrators grant before they kill */
const STOP_MS_MAX = 22_000
const LEAVE_MS_MAX = 3000
const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 5000

interface Slot {
  id: TaskId
  token: string
  task: Task | null
  relay: Relay | null
  /** assigned elsewhere, fenced or failed: nothing of it may be committed any more */
  gone: boolean
  stopping: boolean
  finished: boolean
  /** a command arrived: the epoch ends, the command opens the next, and that one is committed at once */
  hurried: boolean
  paused: Set<InputRole>
  ends: ReadonlyMap<InputRole, number> | null
  wake: () => void
  awake: Promise<void>
  running: Promise<void>
}

export class Worker {
  private readonly options: WorkerOptions
  private readonly slots = new Map<number, Slot>()
  private assigned: readonly number[] = []
  private isDealt = false
  private stopping = false
  private stopped: Promise<void> | null = null
  private failure: Error | null = null
  private settled: () => void = () => {}
  private changed: Promise<void> = Promise.resolve()

  constructor(options: WorkerOptions) {
    this.options = options
    this.signalChange()
  }

  /** Joins the group. The feed must have been started. */
  async start(): Promise<void> {
    await this.options.source.start({
      assigned: (partitions) => this.assign(partitions),
      batch: (batch) => this.take(batch),
      caughtUp: (role, partition, nextOffset) => this.caughtUp(role, partition, nextOffset),
      failed: (error) => this.fail(error),
    })
  }

  /** Resolves when every task owned at the time has finished and everything is published; rejects when the worker failed. */
  async drained(): Promise<void> {
    while (!this.isDrained()) {
      if (this.failure !== null) throw this.failure
      await this.changed
    }
    if (this.failure !== null) throw this.failure
  }

  /** Rejects when the worker cannot go on; never resolves. */
  async failed(): Promise<never> {
    for (;;) {
      if (this.failure !== null) throw this.failure
      await this.changed
    }
  }

  /** Commits what is open, publishes it, and leaves the group. While the store or the log does not answer it waits, but not for ever: the next owner goes on. */
  stop(): Promise<void> {
    return (this.stopped ??= this.shutDown())
  }

  private async shutDown(): Promise<void> {
    const { clock, source } = this.options
    this.stopping = true
    const slots = [...this.slots.values()]
    for (const slot of slots) {
      slot.stopping = true
      slot.wake()
    }
    const settled = Promise.all(slots.map(async (slot) => {
      await slot.running
      await slot.relay?.stop()
    }))
    const isLate = await Promise.race([settled.then(() => false), clock.sleep(STOP_MS_MAX).then(() => true)])
    if (isLate) for (const slot of slots) this.drop(slot, `told to stop, and not all was committed and published within ${STOP_MS_MAX / 1000} s; nothing is lost, its next owner goes on`)
    await Promise.race([source.stop(), clock.sleep(LEAVE_MS_MAX)])
  }

  /** Tasks taken up and not lost. */
  tasks(): Task[] {
    return [...this.slots.values()].flatMap((slot) => (slot.task === null || slot.gone ? [] : [slot.task]))
  }

  /** The group has dealt the tasks, and those that came here are loaded. */
  get isReady(): boolean {
    return this.failure === null && this.isDealt && [...this.slots.values()].every((slot) => slot.task !== null)
  }

  // ---- the group ------------------------------------------------------------------------------------------------------------

  private assign(partitions: readonly number[]): void {
    if (this.stopping || this.failure !== null) return
    this.assigned = partitions
    this.isDealt = true
    for (const [partition, slot] of this.slots) if (!partitions.includes(partition)) this.drop(slot, 'assigned elsewhere')
    for (const partition of partitions) {
      const slot = this.slots.get(partition)
      if (slot === undefined) this.open(partition)
      else if (slot.task !== null) this.begin(slot, slot.task)
    }
    this.signalChange()
  }

  private begin(slot: Slot, task: Task): void {
    // what was never read begins at the start of its log, wherever that is
    this.options.source.begin(slot.id.partition, new Map([...task.readPositions()].filter(([, offset]) => offset > 0)))
    for (const role of slot.paused) this.options.source.pause(role, slot.id.partition)
  }

  private take(batch: Batch): void {
    const slot = this.slots.get(batch.partition)
    if (slot === undefined || slot.task === null || slot.gone) return
    const { task } = slot
    // draining: what came after the ends seen at start is another run's
    if (!task.upstreams.has(batch.role) && batch.fromOffset >= (slot.ends?.get(batch.role) ?? Infinity)) return
    task.push(slot.ends === null || task.upstreams.has(batch.role) ? batch : upTo(batch, slot.ends), this.options.clock.nowMs())
    this.checkEnd(slot, batch.role)
    this.holdBack(slot, task)
    if (batch.role === 'commands' && slot.ends === null) slot.hurried = true
    slot.wake()
  }

  private caughtUp(role: InputRole, partition: number, nextOffset: number): void {
    const slot = this.slots.get(partition)
    if (slot === undefined || slot.task === null || slot.gone) return
    const end = slot.task.upstreams.has(role) ? undefined : slot.ends?.get(role)
    slot.task.caughtUp(role, Math.min(nextOffset, end ?? Infinity))
    this.checkEnd(slot, role)
    slot.wake()
  }

  /** Draining: an input read to the end seen at start has ended. */
  private checkEnd(slot: Slot, role: InputRole): void {
    const end = slot.ends?.get(role)
    if (end !== undefined && slot.task!.readPositions().get(role)! >= end) slot.task!.completeTo(role, Infinity)
  }

  private drop(slot: Slot, reason: string): void {
    if (slot.gone) return
    slot.gone = true
    if (this.slots.get(slot.id.partition) === slot) this.slots.delete(slot.id.partition)
    if (slot.task !== null) this.options.feed.detach(slot.task)
    slot.wake()
    void slot.relay?.stop()
    this.options.events.lost(taskName(slot.id), reason)
    this.signalChange()
  }

  private fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error))
    for (const slot of [...this.slots.values()]) this.drop(slot, 'the worker stops')
    this.signalChange()
  }

  // ---- taking a task up -----------------------------------------------------------------------------------------------------

  private open(partition: number): void {
    const slot: Slot = {
      id: { topology: this.options.topology, partition }, token: randomUUID(), task: null, relay: null, gone: false, stopping: false, finished: false,
      hurried: false, paused: new Set(), ends: null, wake: () => {}, awake: Promise.resolve(), running: Promise.resolve(),
    }
    rearm(slot)
    this.slots.set(partition, slot)
    slot.running = this.run(slot).catch((error: unknown) => this.fail(error))
  }

  private async run(slot: Slot): Promise<void> {
    const task = await this.claim(slot)
    if (task === null) return
    await this.loop(slot, task)
    if (slot.gone) return
    await slot.relay!.flushed()
    // what is left of its outputs is the next owner's to publish, and that may be this worker again
    if (slot.relay!.fenced) this.surrender(slot, 'another owner publishes')
    this.signalChange()
  }

  /** Claims the task and begins to read for it; null when it is no longer ours. */
  private async claim(slot: Slot): Promise<Task | null> {
    const { source, events, feed, drain } = this.options
    const stored = await this.retrying(slot, 'claiming the task', () => this.taken(slot))
    if (stored === null || slot.gone) return null
    const relay = slot.relay = this.relayOf(slot, stored.outbox)
    let found: TaskSnapshot | null = stored
    const snapshot = await this.retrying(slot, 'looking into the journal for lost commits', async () => {
      const from = found ?? await this.taken(slot)
      found = null
      return this.recover(slot, relay, from)
    })
    if (snapshot === null || slot.gone) return null
    const task = new Task(slot.id, this.options.settings(slot.id), snapshot)
    if (drain !== null) {
      slot.ends = await this.retrying(slot, 'asking for the ends of log', () => drain.own(slot.id.partition))
      const upstream = await this.retrying(slot, 'asking for the ends of log upstream', () => drain.upstream())
      if (slot.ends === null || upstream === null || slot.gone) return null
      task.reopenUpstream((name, offsets) => covers(offsets, upstream.get(name) ?? {}))
      task.finishAtEnd()
    } else {
      task.reopenUpstream(() => false)
    }
    slot.task = task
    feed.attach(task, () => slot.wake())
    for (const role of source.roles) this.checkEnd(slot, role)
    this.begin(slot, task)
    events.taken(task.name, task.epoch)
    return task
  }

  private async taken({ id, token }: Slot): Promise<TaskSnapshot> {
    const { store } = this.options
    return store.claim(id, token, (await store.now()) + CLAIM_DEADLINE_MS)
  }

  private relayOf({ id, token }: Slot, outbox: readonly OutboxEntry[]): Relay {
    const { store, sink, fenced, clock, events } = this.options
    return new Relay({
      task: id, token, store, sink, fenced, clock,
      onRetry: (error) => events.retrying(taskName(id), 'publishing', error),
      onQuarantine: (entry, error) => events.quarantined(taskName(id), entry, error),
    }, outbox)
  }

  /** Makes commits again that the journal has and the store lost, and publishes them again: readers drop repeats. The state after the last of them. */
  private async recover(slot: Slot, relay: Relay, stored: TaskSnapshot): Promise<TaskSnapshot> {
    const { store, recovery, events } = this.options
    const { id, token } = slot
    const settings = this.options.settings(id)
    let done = 0
    for await (const commit of lostCommits(id, token, settings, stored, recovery)) {
      const { result } = await store.commit(id, commit)
      if (slot.gone || result === 'refused') throw new StewardError('FENCED', `${taskName(id)} was taken over while lost commits were made again`)
      relay.add(commit.outbox)
      if (relay.backlog > OUTBOX_BACKLOG_MAX) await relay.flushed()
      events.recovering(taskName(id), stored.epoch + 1, ++done)
    }
    return done === 0 ? stored : this.taken(slot)
  }

  /** Repeats what fails for a passing reason, until it succeeds or the task is no longer ours (null). */
  private async retrying<T>(slot: Slot, doing: string, action: () => Promise<T>): Promise<T | null> {
    for (let waitMs = RETRY_MS_MIN; !slot.gone && !slot.stopping; waitMs = Math.min(RETRY_MS_MAX, waitMs * 2)) {
      try {
        return await action()
      } catch (error) {
        if (!(error instanceof StewardError) || error.policy !== 'retry') throw error
        if (slot.gone) return null
        this.options.events.retrying(taskName(slot.id), doing, error)
        await this.options.clock.sleep(waitMs)
      }
    }
    return null
  }

  // ---- epochs ---------------------------------------------------------------------------------------------------------------

  private async loop(slot: Slot, task: Task): Promise<void> {
    let epochMs = this.options.limits.epochMs
    while (!slot.gone && !slot.finished) {
      await this.fillEpoch(slot, task, epochMs)
      if (slot.gone) return
      const bytes = await this.commit(slot, task)
      if (slot.gone || slot.stopping) return
      const { limits } = this.options
      epochMs = Math.min(limits.epochMsMax, Math.max(limits.epochMs, (bytes / limits.storeBytesPerSecondMax) * 1000))
      if (slot.relay!.fenced) this.surrender(slot, 'another owner publishes')
      else if (slot.relay!.backlog > OUTBOX_BACKLOG_MAX) await slot.relay!.flushed()
      slot.finished = task.isFinished
    }
  }

  /** Lets the task work until the epoch's time is over, a command came, or there is nothing more to come. */
  private async fillEpoch(slot: Slot, task: Task, epochMs: number): Promise<void> {
    const { clock } = this.options
    const startedMs = clock.nowMs()
    const hurried = slot.hurried
    slot.hurried = false
    for (let first = true; !slot.gone && !slot.stopping; first = false) {
      if (slot.hurried && !first) return
      const released = task.work(SLICE_RECORDS)
      this.relieve(slot, task)
      if (task.isFinished || (hurried && task.isDirty)) return
      if (task.waiting !== null) {
        await this.retrying(slot, 'loading a schema', async () => task.waiting)
        // a schema that is forgotten as soon as it is loaded must not starve the process
        await new Promise(setImmediate)
        continue
      }
      const leftMs = startedMs + epochMs - clock.nowMs()
      // a clock set back must not keep the epoch open
      if ((leftMs <= 0 || leftMs > epochMs) && task.isDirty) return
      if (released > 0) await new Promise(setImmediate)
      else await this.idle(slot, task.isDirty ? Math.max(1, leftMs) : IDLE_MS)
    }
  }

  private async idle(slot: Slot, ms: number): Promise<void> {
    await Promise.race([slot.awake, this.options.clock.sleep(ms)])
    rearm(slot)
  }

  /**
   * The epoch's commit, in numbered steps:
   * 1. seal: state, outbox, offsets as one commit; 2. hand it to the store, the same bytes again until it answers;
   * 3. refused: somebody else owns the task, drop it; 4. applied: publish the outbox. Returns the bytes written.
   */
  private async commit(slot: Slot, task: Task): Promise<number> {
    const { store, source, clock, events } = this.options
    const commit = task.seal(slot.token)
    if (commit === null) return 0
    const startedMs = clock.nowMs()
    const answer = await this.committed(slot, () => store.commit(slot.id, commit))
    if (answer === null) return 0
    if (answer.result === 'refused') {
      events.refused(task.name, answer.reason)
      this.surrender(slot, `the store refused its commit (${answer.reason})`)
      return 0
    }
    slot.relay!.add(commit.outbox)
    source.reportProgress(slot.id.partition, task.committedPositions())
    events.committed(task, commit, clock.nowMs() - startedMs)
    return sizeOf(commit)
  }

  /** As `retrying`, but a graceful stop waits for the answer too. */
  private async committed<T>(slot: Slot, action: () => Promise<T>): Promise<T | null> {
    for (let waitMs = RETRY_MS_MIN; !slot.gone; waitMs = Math.min(RETRY_MS_MAX, waitMs * 2)) {
      try {
        return await action()
      } catch (error) {
        if (!(error instanceof StewardError) || error.policy !== 'retry') throw error
        this.options.events.retrying(taskName(slot.id), 'committing', error)
        await this.options.clock.sleep(waitMs)
      }
    }
    return null
  }

  /** Fenced: forget the task's state; if the group still gives it to us after a while, claim it anew. */
  private surrender(slot: Slot, reason: string): void {
    const { partition } = slot.id
    this.drop(slot, reason)
    void this.options.clock.sleep(CLAIM_DEADLINE_MS / 10).then(() => {
      if (!this.stopping && this.failure === null && this.assigned.includes(partition) && !this.slots.has(partition)) this.open(partition)
    })
  }

  // ---- back-pressure --------------------------------------------------------------------------------------------------------

  /** Pauses inputs that ran ahead. One without a head is never paused: it may be what the others wait for. */
  private holdBack(slot: Slot, task: Task): void {
    for (const input of task.partitions.values()) {
      const isHeld = !this.options.source.roles.includes(input.role) || input.role === 'commands' || slot.paused.has(input.role)
      if (isHeld || (input.buffered < this.options.limits.bufferRecordsMax && input.bufferedBytes < BUFFER_BYTES_MAX)) continue
      slot.paused.add(input.role)
      this.options.source.pause(input.role, slot.id.partition)
    }
    for (const [role, { buffered, bufferedBytes }] of task.upstreams) {
      const isFull = buffered >= this.options.limits.bufferRecordsMax || bufferedBytes >= BUFFER_BYTES_MAX
      if (slot.paused.has(role) || !isFull || task.isAwaited(role)) continue
      slot.paused.add(role)
      this.options.source.pause(role, slot.id.partition)
    }
  }

  private relieve(slot: Slot, task: Task): void {
    for (const role of slot.paused) {
      const upstream = task.upstreams.get(role)
      const { buffered } = upstream ?? task.partitions.get(role)!
      if (buffered > this.options.limits.bufferRecordsMax / 2 && (upstream === undefined || !task.isAwaited(role))) continue
      slot.paused.delete(role)
      this.options.source.resume(role, slot.id.partition)
    }
  }

  private isDrained(): boolean {
    return this.assigned.length > 0 && this.assigned.every((partition) => {
      const slot = this.slots.get(partition)
      return slot !== undefined && slot.finished && slot.relay!.backlog === 0
    })
  }

  private signalChange(): void {
    this.settled()
    this.changed = new Promise((resolve) => { this.settled = resolve })
  }
}

function rearm(slot: Slot): void {
  slot.awake = new Promise((resolve) => { slot.wake = resolve })
}

/** The part of a batch below the end seen at start. */
function upTo(batch: Batch, ends: ReadonlyMap<InputRole, number>): Batch {
  const end = ends.get(batch.role)
  if (end === undefined || batch.nextOffset <= end) return batch
  return { ...batch, records: batch.records.filter(({ offset }) => offset < end), nextOffset: Math.max(batch.fromOffset, end) }
}

/** Whether a task that ended at `offsets` had read everything up to `ends`. */
const covers = (offsets: Readonly<Record<string, number>>, ends: Readonly<Record<string, number>>): boolean =>
  Object.entries(ends).every(([role, end]) => (offsets[role] ?? 0) >= end)

function sizeOf(commit: Commit): number {
  let bytes = commit.meta.length + (commit.chunk?.length ?? 0)
  for (const part of commit.partsWritten.values()) bytes += part.length
  for (const entry of commit.outbox) bytes += entry.value?.length ?? 0
  return bytes
}
