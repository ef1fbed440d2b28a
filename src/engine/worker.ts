/** The tasks of one topology that this process owns: takes them up when the group assigns them, and lets them go. */
import { CLAIM_DEADLINE_MS, OwnedTask } from './owned-task.ts'
import type { Task } from './task.ts'
import type { WorkerOptions } from './worker-options.ts'

/** below the half minute that orchestrators grant before they kill */
const STOP_MS_MAX = 22_000
const LEAVE_MS_MAX = 3000

export class Worker {
  private readonly options: WorkerOptions
  private readonly owned = new Map<number, OwnedTask>()
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
      batch: (batch) => this.owned.get(batch.partition)?.take(batch),
      caughtUp: (role, partition, nextOffset) => this.owned.get(partition)?.caughtUp(role, nextOffset),
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
    const owned = [...this.owned.values()]
    const settled = Promise.all(owned.map((it) => it.stop()))
    const isLate = await Promise.race([settled.then(() => false), clock.sleep(STOP_MS_MAX).then(() => true)])
    if (isLate) for (const it of owned) this.drop(it, `told to stop, and not all was committed and published within ${STOP_MS_MAX / 1000} s; nothing is lost, its next owner goes on`)
    await Promise.race([source.stop(), clock.sleep(LEAVE_MS_MAX)])
  }

  /** Whether the group has dealt this partition here, loaded or not. */
  holds(partition: number): boolean {
    return this.assigned.includes(partition)
  }

  /** Tasks taken up and not lost. */
  tasks(): Task[] {
    return [...this.owned.values()].flatMap(({ task, gone }) => (task === null || gone ? [] : [task]))
  }

  /** The group has dealt the tasks, and those that came here are loaded. */
  get isReady(): boolean {
    return this.failure === null && this.isDealt && [...this.owned.values()].every(({ task }) => task !== null)
  }

  private assign(partitions: readonly number[]): void {
    if (this.stopping || this.failure !== null) return
    this.assigned = partitions.filter((partition) => partition < this.options.partitions)
    this.isDealt = true
    if (this.assigned.length < partitions.length) this.options.events.surplus(this.options.topology, this.options.partitions)
    for (const [partition, it] of this.owned) if (!this.assigned.includes(partition)) this.drop(it, 'assigned elsewhere')
    for (const partition of this.assigned) {
      const known = this.owned.get(partition)
      if (known === undefined) this.open(partition)
      else known.begin()
    }
    this.signalChange()
  }

  private open(partition: number): void {
    const { topology } = this.options
    this.owned.set(partition, new OwnedTask({ topology, partition }, this.options, {
      surrendered: (it) => this.claimAgain(it),
      changed: () => this.signalChange(),
      failed: (error) => this.fail(error),
    }))
  }

  /** Fenced: if the group still gives us the task after a while, it is claimed anew. */
  private claimAgain(lost: OwnedTask): void {
    const { partition } = lost.id
    this.forget(lost)
    void this.options.clock.sleep(CLAIM_DEADLINE_MS / 10).then(() => {
      if (!this.stopping && this.failure === null && this.assigned.includes(partition) && !this.owned.has(partition)) this.open(partition)
    })
  }

  private drop(it: OwnedTask, reason: string): void {
    it.drop(reason)
    this.forget(it)
  }

  private forget(it: OwnedTask): void {
    if (this.owned.get(it.id.partition) === it) this.owned.delete(it.id.partition)
    this.signalChange()
  }

  private fail(error: unknown): void {
    this.failure ??= error instanceof Error ? error : new Error(String(error))
    for (const it of [...this.owned.values()]) this.drop(it, 'the worker stops')
    this.signalChange()
  }

  private isDrained(): boolean {
    return this.assigned.length > 0 && this.assigned.every((partition) => this.owned.get(partition)?.isDrained ?? false)
  }

  private signalChange(): void {
    this.settled()
    this.changed = new Promise((resolve) => { this.settled = resolve })
  }
}
