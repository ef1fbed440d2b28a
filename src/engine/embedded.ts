/**
 * Both topologies in one process, without servers: the same tasks over an in-memory log and whatever store is given, driven step by
 * step in stream time. The demo, file replay, what-if runs and the simulator stand on it.
 */
import { partitionOf } from '../core/murmur2.ts'
import { assert } from '../core/assert.ts'
import { isRekeyed, type Commit, type Headers, type InputRole, type ObservedRole, type OutputRole, type RawRecord, type StateStore, type TaskId } from './ports.ts'
import { allRekeyTasks, type Rekeyed } from './programs/rekey.ts'
import { Task, type TaskSettings } from './task.ts'

export type LogRole = InputRole | OutputRole

/** Records of one topic by partition; offsets are positions. */
export class MemoryTopic {
  readonly partitions: RawRecord[][]

  constructor(partitionCount: number) {
    this.partitions = Array.from({ length: partitionCount }, () => [])
  }

  append(partition: number, record: Omit<RawRecord, 'offset'>): RawRecord {
    const log = this.partitions[partition]
    const stored = { ...record, offset: log.length }
    log.push(stored)
    return stored
  }
}

export interface EmbeddedOptions {
  /** observe partitions; decide has `decidePartitions` */
  partitions: number
  decidePartitions: number
  /** topics whose records are copied under their inference id, each with its own partition count */
  rekeyed?: Rekeyed
  store: StateStore
  /** everything of a task's settings but the counts, which the run knows */
  settings(id: TaskId): Omit<TaskSettings, 'partitionCount' | 'order' | 'maxFutureSkewMs' | 'partBytesMax' | 'deadLetterBytesMax' | 'silenceMsMax'>
  /** told of every record as it becomes visible */
  onPublished?(role: LogRole, partition: number, record: RawRecord): void
  /** a task seals its epoch after this many records at most (default 5000) */
  epochRecordsMax?: number
  /** asked at every point of an epoch where a process can die; true kills the task there (the simulator) */
  dies?(point: DeathPoint, task: string): boolean
}

/** Where an epoch can be cut off: work done and not committed, committed and not published, published and not taken out of the outbox. */
export type DeathPoint = 'before-commit' | 'before-publish' | 'before-trim'

const OBSERVED: readonly ObservedRole[] = ['predictions', 'labels', 'features']
const TABLES = ['policies', 'profiles'] as const

export class EmbeddedRun {
  readonly topics = new Map<LogRole, MemoryTopic>()
  readonly tasks: Task[] = []
  private readonly options: EmbeddedOptions
  private readonly tokens = new Map<string, string>()
  /** per task name and role: how many records were handed over */
  private readonly handed = new Map<string, number>()
  private restarts = 0
  private completeToMs = -Infinity
  private finishing = false

  private constructor(options: EmbeddedOptions) {
    this.options = options
  }

  /** Builds every task from the store. */
  static async start(options: EmbeddedOptions): Promise<EmbeddedRun> {
    const run = new EmbeddedRun(options)
    for (const id of allRekeyTasks(options.rekeyed ?? {})) run.tasks.push(await run.claim(id, false))
    for (let partition = 0; partition < options.partitions; partition++) run.tasks.push(await run.claim({ topology: 'observe', partition }, false))
    for (let partition = 0; partition < options.decidePartitions; partition++) run.tasks.push(await run.claim({ topology: 'decide', partition }, false))
    return run
  }

  get partitions(): { observe: number; decide: number; rekeyed: Rekeyed } {
    const { partitions, decidePartitions, rekeyed = {} } = this.options
    return { observe: partitions, decide: decidePartitions, rekeyed }
  }

  topic(role: LogRole): MemoryTopic {
    let topic = this.topics.get(role)
    if (topic === undefined) this.topics.set(role, (topic = new MemoryTopic(this.partitionCount(role))))
    return topic
  }

  partitionCount(role: LogRole): number {
    if (OBSERVED.includes(role as ObservedRole)) return this.options.rekeyed?.[role as ObservedRole] ?? this.options.partitions
    if (isRekeyed(role)) return this.options.partitions
    return role === 'panes' || role === 'candidates' || role === 'commands' ? this.options.decidePartitions : 1
  }

  /** Publishes from outside. The key decides the partition unless one is named. */
  append(role: LogRole, { partition: asked, ...record }: { key: Uint8Array | null; value: Uint8Array | null; timestampMs: number; headers?: Headers; partition?: number }): void {
    const partition = asked ?? (record.key === null ? 0 : partitionOf(record.key, this.partitionCount(role)))
    const stored = this.topic(role).append(partition, { headers: {}, ...record })
    this.options.onPublished?.(role, partition, stored)
  }

  /** Runs until nothing before stream time `timeMs` is left to do. Everything published from outside so far must be complete below it. */
  async runTo(timeMs: number): Promise<void> {
    this.completeToMs = Math.max(this.completeToMs, timeMs)
    do {
      for (let busy = true; busy; ) {
        busy = false
        for (const task of [...this.tasks]) busy = (await this.turn(task)) || busy
      }
    } while (this.passQuiet())
  }

  /** Nothing is left below the time run to, so no rekeying task can bring anything earlier: those who read its copies need not wait for its next. */
  private passQuiet(): boolean {
    let passed = false
    for (const task of this.tasks) for (const { isRekeyed, inputs } of task.upstreams.values()) for (const input of inputs) {
      if (!isRekeyed || input.completeToMs >= this.completeToMs) continue
      input.completeToMs = this.completeToMs
      passed = true
    }
    return passed
  }

  /** Ends every input: open panes close, tasks finish. */
  async finish(): Promise<void> {
    this.finishing = true
    await this.runTo(Infinity)
    for (const task of this.tasks) assert(task.isFinished, `${task.name} ends when its inputs have ended`)
  }

  /** Drops a task as a crash would, uncommitted epoch and all, and takes it up again from the store. */
  async crash(index: number): Promise<void> {
    const { id, name } = this.tasks[index]
    for (const key of [...this.handed.keys()]) if (key.startsWith(`${name} `)) this.handed.delete(key)
    this.tasks[index] = await this.claim(id, true)
  }

  /** @param inRun whether upstream ends in the stored state are of this run: they hold, where those of an earlier run are over */
  private async claim(id: TaskId, inRun: boolean): Promise<Task> {
    const { store } = this.options
    const token = `embedded-${this.restarts++}`
    const snapshot = await store.claim(id, token, Infinity)
    const task = new Task(id, {
      ...this.options.settings(id), order: 'stream-time', maxFutureSkewMs: Infinity, partBytesMax: Infinity, deadLetterBytesMax: 64 * 1024, silenceMsMax: Infinity, partitionCount: (role) => this.partitionCount(role),
    }, snapshot)
    this.tokens.set(task.name, token)
    task.reopenUpstream(() => inRun, () => true)
    for (const entry of snapshot.outbox) this.publish(entry)
    if (snapshot.outbox.length > 0) await store.trimOutbox(id, token, snapshot.outbox.at(-1)!.epoch, snapshot.outbox.at(-1)!.index)
    for (const [role, position] of task.readPositions()) this.handed.set(`${task.name} ${role}`, position)
    return task
  }

  /** Hands over what is new, lets the task work and commits; returns whether anything happened. */
  private async turn(task: Task): Promise<boolean> {
    this.handTables(task)
    for (const role of task.readPositions().keys()) this.hand(task, role)
    if (this.finishing) task.finishAtEnd()
    task.work(this.options.epochRecordsMax ?? 5000)
    if (task.waiting !== null) {
      await task.waiting
      return true
    }
    const token = this.tokens.get(task.name)!
    const commit = task.seal(token)
    if (commit !== null && !(await this.commit(task, commit))) await this.crash(this.tasks.indexOf(task))
    return commit !== null
  }

  /** Commits and publishes; false when the task died on the way. */
  private async commit({ id, name }: Task, commit: Commit): Promise<boolean> {
    const { store, dies = () => false } = this.options
    if (dies('before-commit', name)) return false
    const { result } = await store.commit(id, commit)
    assert(result !== 'refused', 'an embedded run owns its tasks')
    if (dies('before-publish', name)) return false
    for (const entry of commit.outbox) this.publish(entry)
    if (dies('before-trim', name)) return false
    const last = commit.outbox.at(-1)!
    await store.trimOutbox(id, commit.token, last.epoch, last.index)
    return true
  }

  private publish({ role, partition, key, value, headers, timestampMs }: Commit['outbox'][number]): void {
    this.append(role, { key, value, headers, timestampMs, partition })
  }

  private hand(task: Task, role: InputRole): void {
    const partition = role === 'ticks' ? 0 : task.id.partition
    const log = this.topic(role).partitions[partition]
    const key = `${task.name} ${role}`
    const from = this.handed.get(key) ?? 0
    const to = endBefore(log, from, this.completeToMs)
    if (to > from) {
      task.push({ role, partition, fromOffset: from, records: log.slice(from, to), nextOffset: to, logEnd: to }, 0)
      this.handed.set(key, to)
    }
    task.completeTo(role, this.completeToMs)
  }

  private handTables(task: Task): void {
    for (const role of TABLES) {
      const log = this.topic(role).partitions[0]
      const key = `${task.name} ${role}`
      for (const record of log.slice(this.handed.get(key) ?? 0)) task.pushTable(role, 0, record)
      this.handed.set(key, log.length)
    }
  }
}

/** The first position from `from` on whose record is not before `timeMs`: what lies further on is not due, or one task would run far ahead of another. */
function endBefore(log: readonly RawRecord[], from: number, timeMs: number): number {
  let to = from
  while (to < log.length && (timeMs === Infinity || log[to].timestampMs < timeMs)) to++
  return to
}
