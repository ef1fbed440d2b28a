/**
 * One task in this worker's hands: claimed, brought to where its journal stands, read for, driven epoch by epoch, and let go. Everything
 * it knows is in the store; the process can be killed at any line of this file.
 */
import { randomUUID } from 'node:crypto'
import { StewardError } from '../errors.ts'
import type { Batch, Commit, InputRole, OutboxEntry, TaskId, TaskSnapshot } from './ports.ts'
import { taskName } from './ports.ts'
import { BackPressure } from './back-pressure.ts'
import { lostCommits } from './recovery.ts'
import { Relay } from './relay.ts'
import { Task } from './task.ts'
import type { OwnedTaskOptions } from './worker-options.ts'

/** Whom it tells. */
export interface Owner {
  /** it holds the task no longer, though the group may still deal it here */
  surrendered(owned: OwnedTask): void
  /** it has finished, and nothing is left to publish */
  changed(): void
  /** what no retry can mend */
  failed(error: unknown): void
}

/** A record slice between two looks at the clock and the event loop. */
const SLICE_RECORDS = 2000
const OUTBOX_BACKLOG_MAX = 20_000
export const CLAIM_DEADLINE_MS = 10_000
const IDLE_MS = 250
const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 5000

export class OwnedTask {
  readonly id: TaskId
  readonly name: string
  /** null until it is loaded */
  task: Task | null = null
  /** assigned elsewhere, fenced or failed: nothing of it may be committed any more */
  gone = false
  private readonly token = randomUUID()
  private readonly options: OwnedTaskOptions
  private readonly owner: Owner
  private readonly pressure: BackPressure
  private readonly running: Promise<void>
  private relay: Relay | null = null
  private stopping = false
  private finished = false
  /** a command arrived: the epoch ends, the command opens the next, and that one is committed at once */
  private hurried = false
  private ends: ReadonlyMap<InputRole, number> | null = null
  private wake: () => void = () => {}
  private awake: Promise<void> = Promise.resolve()

  constructor(id: TaskId, options: OwnedTaskOptions, owner: Owner) {
    this.id = id
    this.name = taskName(id)
    this.options = options
    this.owner = owner
    this.pressure = new BackPressure(options.source, id.partition, options.limits.bufferRecordsMax)
    this.rearm()
    this.running = this.run().catch((error: unknown) => owner.failed(error))
  }

  /** It has come to its end, and all of it is published. */
  get isDrained(): boolean {
    return this.finished && this.relay!.backlog === 0
  }

  /** Commits what is open and publishes it. */
  async stop(): Promise<void> {
    this.stopping = true
    this.wake()
    await this.running
    await this.relay?.stop()
  }

  /** Nothing more is committed; sends under way end. */
  drop(reason: string): void {
    if (this.gone) return
    this.gone = true
    if (this.task !== null) this.options.feed.detach(this.task)
    this.wake()
    void this.relay?.stop()
    this.options.events.lost(this.name, reason)
  }

  // ---- reading --------------------------------------------------------------------------------------------------------------

  /** Reads on where it stands: the group has dealt anew, and everything is paused. */
  begin(): void {
    if (this.task === null) return
    // what was never read begins at the start of its log, wherever that is
    this.options.source.begin(this.id.partition, new Map([...this.task.readPositions()].filter(([, offset]) => offset > 0)))
    this.pressure.again()
  }

  take(batch: Batch): void {
    const { task, ends } = this
    if (task === null || this.gone) return
    const end = task.upstreams.has(batch.role) ? undefined : ends?.get(batch.role)
    // draining: what came after the ends seen at start is another run's
    if (batch.fromOffset >= (end ?? Infinity)) return
    task.push(upTo(batch, end), this.options.clock.nowMs())
    this.checkEnd(batch.role)
    this.pressure.holdBack(task)
    if (batch.role === 'commands' && ends === null) this.hurried = true
    this.wake()
  }

  caughtUp(role: InputRole, nextOffset: number): void {
    const { task } = this
    if (task === null || this.gone) return
    const end = task.upstreams.has(role) ? undefined : this.ends?.get(role)
    task.caughtUp(role, Math.min(nextOffset, end ?? Infinity))
    this.checkEnd(role)
    this.wake()
  }

  /** Goes back on an internal topic for what there was no room for, once it is its turn. */
  private readAgain(task: Task): void {
    const upstreams = [...task.upstreams.values()].filter(({ mustReread }) => mustReread)
    if (upstreams.length === 0) return
    for (const upstream of upstreams) upstream.reread()
    this.begin()
  }

  /** Draining: an input read to the end seen at start has ended. */
  private checkEnd(role: InputRole): void {
    const end = this.ends?.get(role)
    if (end !== undefined && this.task!.readPositions().get(role)! >= end) this.task!.completeTo(role, Infinity)
  }

  // ---- taking it up ---------------------------------------------------------------------------------------------------------

  private async run(): Promise<void> {
    const task = await this.claim()
    if (task === null) return
    await this.loop(task)
    if (this.gone) return
    await this.relay!.flushed()
    // what is left of its outputs is the next owner's to publish, and that may be this worker again
    if (this.relay!.fenced) this.surrender('another owner publishes')
    else this.owner.changed()
  }

  /** Claims the task and begins to read for it; null when it is no longer ours. */
  private async claim(): Promise<Task | null> {
    const { source, events, feed } = this.options
    const snapshot = await this.snapshot()
    if (snapshot === null || this.gone) return null
    const task = new Task(this.id, this.options.settings(this.id), snapshot)
    if (!(await this.reopenUpstream(task))) return null
    this.task = task
    feed.attach(task, () => this.wake())
    for (const role of source.roles) this.checkEnd(role)
    this.begin()
    events.taken(task.name, task.epoch)
    return task
  }

  /** The state as of the last commit, those included that only the journal still has. */
  private async snapshot(): Promise<TaskSnapshot | null> {
    let stored = await this.retrying('claiming the task', () => this.stored())
    if (stored === null || this.gone) return null
    const relay = this.relay = this.newRelay(stored.outbox)
    return this.retrying('looking into the journal for lost commits', async () => {
      await relay.takeOver()
      const from = stored ?? await this.stored()
      stored = null
      return this.recover(relay, from)
    })
  }

  private async stored(): Promise<TaskSnapshot> {
    const { store } = this.options
    return store.claim(this.id, this.token, (await store.now()) + CLAIM_DEADLINE_MS)
  }

  private newRelay(outbox: readonly OutboxEntry[]): Relay {
    const { store, sink, fenced, clock, events } = this.options
    return new Relay({
      task: this.id, token: this.token, store, sink, fenced, clock,
      onRetry: (error) => events.retrying(this.name, 'publishing', error),
      onQuarantine: (entry, error) => events.quarantined(this.name, entry, error),
    }, outbox)
  }

  /** Makes commits again that the journal has and the store lost, and publishes them again: readers drop repeats. The state after the last of them; null when it is told to stop. */
  private async recover(relay: Relay, stored: TaskSnapshot): Promise<TaskSnapshot | null> {
    const { store, recovery, events, settings } = this.options
    let done = 0
    for await (const commit of lostCommits(this.id, this.token, settings(this.id), stored, recovery)) {
      const answer = await this.retrying('committing', () => store.commit(this.id, commit))
      if (answer === null) return null
      if (answer.result === 'refused') throw new StewardError('FENCED', `${this.name} was taken over while lost commits were made again`)
      relay.add(commit.outbox)
      if (relay.backlog > OUTBOX_BACKLOG_MAX) await relay.flushed()
      events.recovering(this.name, stored.epoch + 1, ++done)
    }
    return done === 0 ? stored : this.stored()
  }

  /** Tells the task which upstream tasks have ended in this run; false when it is no longer ours. */
  private async reopenUpstream(task: Task): Promise<boolean> {
    const { drain } = this.options
    if (drain === null) {
      task.reopenUpstream(() => false)
      return true
    }
    this.ends = await this.retrying('asking for the ends of log', () => drain.own(this.id.partition))
    const upstream = await this.retrying('asking for the ends of log upstream', () => drain.upstream())
    if (this.ends === null || upstream === null || this.gone) return false
    task.reopenUpstream((name, offsets) => covers(offsets, upstream.get(name) ?? {}))
    task.finishAtEnd()
    return true
  }

  /** Repeats what fails for a passing reason, until it succeeds or the task is no longer ours (null). */
  private async retrying<T>(doing: string, action: () => Promise<T>, isOver = (): boolean => this.gone || this.stopping): Promise<T | null> {
    for (let waitMs = RETRY_MS_MIN; !isOver(); waitMs = Math.min(RETRY_MS_MAX, waitMs * 2)) {
      try {
        return await action()
      } catch (error) {
        if (!(error instanceof StewardError) || error.policy !== 'retry') throw error
        if (this.gone) return null
        this.options.events.retrying(this.name, doing, error)
        await this.options.clock.sleep(waitMs)
      }
    }
    return null
  }

  // ---- epochs ---------------------------------------------------------------------------------------------------------------

  private async loop(task: Task): Promise<void> {
    let { epochMs } = this.options.limits
    while (!this.gone && !this.finished) {
      await this.fillEpoch(task, epochMs)
      if (this.gone) return
      const bytes = await this.commit(task)
      if (this.gone || this.stopping) return
      const { limits } = this.options
      epochMs = Math.min(limits.epochMsMax, Math.max(limits.epochMs, (bytes / limits.storeBytesPerSecondMax) * 1000))
      if (this.relay!.fenced) this.surrender('another owner publishes')
      else if (this.relay!.backlog > OUTBOX_BACKLOG_MAX) await this.relay!.flushed()
      this.finished = task.isFinished
    }
  }

  /** Lets the task work until the epoch's time is over, a command came, or there is nothing more to come. */
  private async fillEpoch(task: Task, epochMs: number): Promise<void> {
    const { clock } = this.options
    const startedMs = clock.nowMs()
    const { hurried } = this
    this.hurried = false
    for (let first = true; !this.gone && !this.stopping; first = false) {
      if (this.hurried && !first) return
      const released = task.work(SLICE_RECORDS)
      this.pressure.relieve(task)
      this.readAgain(task)
      if (task.isFinished || (hurried && task.isDirty)) return
      if (task.waiting !== null) {
        await this.retrying('loading a schema', async () => task.waiting)
        // a schema that is forgotten as soon as it is loaded must not starve the process
        await new Promise(setImmediate)
        continue
      }
      const leftMs = startedMs + epochMs - clock.nowMs()
      // a clock set back must not keep the epoch open
      if ((leftMs <= 0 || leftMs > epochMs) && task.isDirty) return
      if (released > 0) await new Promise(setImmediate)
      else await this.idle(task.isDirty ? Math.max(1, leftMs) : IDLE_MS)
    }
  }

  private async idle(ms: number): Promise<void> {
    await Promise.race([this.awake, this.options.clock.sleep(ms)])
    this.rearm()
  }

  private rearm(): void {
    this.awake = new Promise((resolve) => { this.wake = resolve })
  }

  /**
   * The epoch's commit, in numbered steps:
   * 1. seal: state, outbox, offsets as one commit; 2. hand it to the store, the same bytes again until it answers;
   * 3. refused: somebody else owns the task, drop it; 4. applied: publish the outbox. Returns the bytes written.
   */
  private async commit(task: Task): Promise<number> {
    const { store, source, clock, events } = this.options
    const commit = task.seal(this.token)
    if (commit === null) return 0
    const startedMs = clock.nowMs()
    // a graceful stop waits for the answer too
    const answer = await this.retrying('committing', () => store.commit(this.id, commit), () => this.gone)
    if (answer === null) return 0
    if (answer.result === 'refused') {
      events.refused(task.name, answer.reason)
      this.surrender(`the store refused its commit (${answer.reason})`)
      return 0
    }
    this.relay!.add(commit.outbox)
    source.reportProgress(this.id.partition, task.committedPositions())
    events.committed(task, commit, clock.nowMs() - startedMs)
    return sizeOf(commit)
  }

  /** Fenced: the task's state here is worth nothing any more. */
  private surrender(reason: string): void {
    this.drop(reason)
    this.owner.surrendered(this)
  }
}

/** The part of a batch below the end seen at start. */
function upTo(batch: Batch, end: number | undefined): Batch {
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
