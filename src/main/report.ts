/** What a run tells while it goes: log lines, metrics, progress and the closing summary, all from the same events. */
import type { Progress, RunSummary } from '../cli/services.ts'
import { isRekeyed, type Commit, type InputRole, type OutboxEntry, type TaskId } from '../engine/ports.ts'
import type { Task } from '../engine/task.ts'
import type { WorkerEvents } from '../engine/worker-options.ts'
import type { Log, LogFields } from '../telemetry/log.ts'
import type { Metrics } from '../telemetry/metrics.ts'

const text = new TextDecoder()
const REPEAT_MS = 60_000

export class RunReport {
  private readonly records: Record<string, number> = {}
  private readonly published: Record<string, number> = {}
  private deadLetters = 0
  private readonly startedMs = performance.now()
  private readonly counted = new WeakMap<Task, { released: Counts; deadLetters: Counts }>()
  private readonly metrics: Metrics
  private readonly log: Log
  private readonly troubles = new Map<string, { message: string; atMs: number }>()
  private readonly onProgress: (progress: Progress) => void

  constructor(metrics: Metrics, log: Log, onProgress: (progress: Progress) => void) {
    this.metrics = metrics
    this.log = log
    this.onProgress = onProgress
  }

  events(topology: TaskId['topology']): WorkerEvents {
    const { log, metrics } = this
    return {
      taken: (task, epoch) => log.info('task taken', { task, epoch }),
      lost: (task, reason) => {
        log.info('task let go', { task, reason })
        metrics.dropPartition(Number(task.split('-').at(-1)))
      },
      recovering: (task, fromEpoch, done) => {
        // the first, and then now and then: a lost store is many epochs
        if (done === 1) log.warn('the journal is ahead of the store: commits were lost and are made again', { task, fromEpoch })
        else if (done % 500 === 0) log.info('making lost commits again', { task, fromEpoch, done })
      },
      committed: (task, commit, tookMs) => this.committed(topology, task, commit, tookMs),
      refused: (task, reason) => {
        metrics.commitRefused(topology, reason)
        log.warn('a commit was refused: another worker owns the task', { task, reason })
      },
      surplus: (of, partitions) => log.error('a topic has got more partitions since the start; those are not read: partition counts are fixed (docs/operations.md)', { topology: of, partitions }),
      retrying: (task, doing, error) => this.trouble({ task }, doing, error),
      quarantined: (task, entry, error) => log.error('a record that the broker will never take is in quarantine', { task, role: entry.role, bytes: entry.value?.length ?? 0 }, error),
    }
  }

  summary(): RunSummary {
    return { records: { ...this.records }, events: { ...this.published }, deadLetters: this.deadLetters, elapsedMs: Math.round(performance.now() - this.startedMs) }
  }

  /** Trouble that is being retried. The same of the same task once a minute: an outage of hours should not bury what else happens. */
  trouble(whose: LogFields, doing: string, error: unknown): void {
    const message = error instanceof Error ? error.message : String(error)
    const key = JSON.stringify([whose, doing])
    const told = this.troubles.get(key)
    const nowMs = performance.now()
    if (told?.message === message && nowMs - told.atMs < REPEAT_MS) return
    this.troubles.set(key, { message, atMs: nowMs })
    this.log.warn(`trying again until it works: ${doing}`, whose, error)
  }

  private committed(topology: TaskId['topology'], task: Task, commit: Commit, tookMs: number): void {
    this.metrics.epochCommitted(topology, tookMs / 1000)
    this.countReleased(task)
    for (const entry of commit.outbox) this.countOutput(entry)
    const positions = task.committedPositions()
    for (const [role, end] of Object.entries(task.logEnds) as [InputRole, number][]) this.metrics.lag(role, task.id.partition, Math.max(0, end - (positions.get(role) ?? 0)))
    if (topology === 'observe') this.metrics.pending(task.id.partition, task.program.pendingCount())
    const done = Object.values(this.records).reduce((sum, n) => sum + n, 0)
    this.onProgress({ phase: 'processing records', done, total: null })
  }

  private countOutput({ role, key, timestampMs }: OutboxEntry): void {
    if (role === 'journal' || role === 'panes' || role === 'dead-letters' || isRekeyed(role)) return
    this.published[role] = (this.published[role] ?? 0) + 1
    if (role === 'decisions' && key !== null) this.metrics.decided(text.decode(key), timestampMs)
  }

  private countReleased(task: Task): void {
    const before = this.counted.get(task) ?? { released: {}, deadLetters: {} }
    for (const [role, more] of growth(before.released, task.released)) {
      this.records[role] = (this.records[role] ?? 0) + more
      this.metrics.recordsReleased(role, more)
    }
    for (const [what, more] of growth(before.deadLetters, task.deadLetters)) {
      const [role, code] = what.split(' ')
      this.deadLetters += more
      this.metrics.deadLettered(role, code, more)
    }
    this.counted.set(task, { released: { ...task.released }, deadLetters: { ...task.deadLetters } })
  }
}

type Counts = Readonly<Partial<Record<string, number>>>

/** What counts grew by, where they did. */
const growth = (before: Counts, after: Counts): [string, number][] =>
  Object.entries(after).map(([name, n = 0]): [string, number] => [name, n - (before[name] ?? 0)]).filter(([, more]) => more > 0)
