/**
 * The relay of one task: publishes what was committed, in the order of the commits, the journal entry of an epoch first.
 * Entries leave the outbox only after they were acknowledged; after a crash they are sent again, and readers drop the repeats.
 */
import { StewardError } from '../errors.ts'
import type { Clock, FencedSession, FencedSink, OutboxEntry, Sink, StateStore, TaskId } from './ports.ts'
import { taskName } from './ports.ts'

export interface RelayOptions {
  task: TaskId
  token: string
  store: StateStore
  sink: Sink
  /** publishing that a former owner cannot undo; null: plain sends */
  fenced: FencedSink | null
  clock: Clock
  /** told of trouble that is being retried */
  onRetry(error: unknown): void
  /** told of an entry that the broker will never take */
  onQuarantine(entry: OutboxEntry, error: unknown): void
}

const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 5000

export class Relay {
  private readonly options: RelayOptions
  private queue: OutboxEntry[]
  private running: Promise<void> | null = null
  private session: FencedSession | null = null
  private opening: Promise<FencedSession> | null = null
  private stopped = false
  /** set when another owner was seen: nothing may be sent any more */
  fenced = false

  /** `entries` are what earlier epochs left behind, oldest first. */
  constructor(options: RelayOptions, entries: readonly OutboxEntry[]) {
    this.options = options
    this.queue = [...entries]
    this.kick()
  }

  /** Entries committed and not yet acknowledged. */
  get backlog(): number {
    return this.queue.length
  }

  add(entries: readonly OutboxEntry[]): void {
    this.queue.push(...entries)
    this.kick()
  }

  /** Shuts out whoever published for the task before, and settles what they left in doubt. */
  async takeOver(): Promise<void> {
    if (this.options.fenced !== null) await this.opened(this.options.fenced)
  }

  /** Resolves when everything added so far is out (or this owner was fenced). */
  async flushed(): Promise<void> {
    while (this.running !== null) await this.running
  }

  /** Stops after the sends under way. */
  async stop(): Promise<void> {
    this.stopped = true
    await this.flushed()
    await this.closeSession()
  }

  private kick(): void {
    if (this.running !== null || this.stopped || this.fenced || this.queue.length === 0) return
    this.running = this.drain().finally(() => {
      this.running = null
      this.kick()
    })
  }

  private async drain(): Promise<void> {
    for (let waitMs = RETRY_MS_MIN; this.queue.length > 0 && !this.stopped && !this.fenced; ) {
      try {
        await this.publishEpoch()
        waitMs = RETRY_MS_MIN
      } catch (error) {
        if (error instanceof StewardError && error.code === 'FENCED' && !(await this.stillOwner())) {
          this.fenced = true
          return
        }
        this.options.onRetry(error)
        await this.options.clock.sleep(waitMs)
        waitMs = Math.min(RETRY_MS_MAX, waitMs * 2)
      }
    }
  }

  private async stillOwner(): Promise<boolean> {
    const { store, task, token } = this.options
    return store.owns(task, token).catch(() => true)
  }

  /** Sends the oldest epoch of the queue and takes it out of the outbox. */
  private async publishEpoch(): Promise<void> {
    const { epoch } = this.queue[0]
    const next = this.queue.findIndex((entry) => entry.epoch !== epoch)
    const entries = this.queue.slice(0, next === -1 ? this.queue.length : next)
    if (this.options.fenced === null) await this.sendPlain(entries)
    else await this.sendFenced(this.options.fenced, entries)
    const { store, task, token } = this.options
    const trimmed = await store.trimOutbox(task, token, epoch, entries.at(-1)!.index)
    this.queue = this.queue.filter((entry) => entry.epoch !== epoch)
    if (!trimmed) this.fenced = true
  }

  /** The journal entry first; then each partition's records in one send, in order. */
  private async sendPlain(entries: readonly OutboxEntry[]): Promise<void> {
    for (const group of groupsOf(entries)) {
      try {
        await this.options.sink.send(group[0].role, group[0].partition, group)
      } catch (error) {
        if (!isTooLarge(error)) throw error
        for (const entry of group) await this.sendAlone(entry)
      }
    }
  }

  private async sendAlone(entry: OutboxEntry): Promise<void> {
    try {
      await this.options.sink.send(entry.role, entry.partition, [entry])
    } catch (error) {
      if (!isTooLarge(error)) throw error
      await this.quarantine(entry, error)
    }
  }

  /** init → is the token still ours? → send → commit: a former owner can do neither after the next one began. */
  private async sendFenced(sink: FencedSink, entries: readonly OutboxEntry[]): Promise<void> {
    try {
      await this.publish(sink, entries)
    } catch (error) {
      if (!isTooLarge(error)) throw error
      // it does not say which of them
      for (const entry of entries) await this.publishAlone(sink, entry)
    }
  }

  private async publishAlone(sink: FencedSink, entry: OutboxEntry): Promise<void> {
    try {
      await this.publish(sink, [entry])
    } catch (error) {
      if (!isTooLarge(error)) throw error
      await this.quarantine(entry, error)
    }
  }

  /** In the open session or a new one; a session that failed is of no further use. */
  private async publish(sink: FencedSink, entries: readonly OutboxEntry[]): Promise<void> {
    try {
      await (await this.opened(sink)).publish(entries)
    } catch (error) {
      await this.closeSession()
      throw error
    }
  }

  /** The open session, or the one that is being opened, or a new one. */
  private opened(sink: FencedSink): Promise<FencedSession> {
    if (this.session !== null) return Promise.resolve(this.session)
    return (this.opening ??= this.open(sink).finally(() => { this.opening = null }))
  }

  private async open(sink: FencedSink): Promise<FencedSession> {
    const { store, task, token } = this.options
    const session = await sink.open(taskName(task))
    try {
      if (!(await store.owns(task, token))) throw anotherOwner(task)
    } catch (error) {
      await session.close().catch(() => {})
      throw error
    }
    return (this.session = session)
  }

  private async closeSession(): Promise<void> {
    await this.session?.close().catch(() => {})
    this.session = null
  }

  private async quarantine(entry: OutboxEntry, error: unknown): Promise<void> {
    const { store, task, token } = this.options
    if (!(await store.quarantine(task, token, entry, error instanceof Error ? error.message : String(error)))) throw anotherOwner(task)
    this.queue = this.queue.filter((queued) => queued !== entry)
    this.options.onQuarantine(entry, error)
  }
}

const anotherOwner = (task: TaskId): StewardError => new StewardError('FENCED', `${taskName(task)} has another owner`)

const isTooLarge = (error: unknown): boolean => error instanceof StewardError && error.code === 'RECORD_TOO_LARGE'

/** One group a (role, partition), in order of first appearance, records in order within. */
function groupsOf(entries: readonly OutboxEntry[]): OutboxEntry[][] {
  const groups = new Map<string, OutboxEntry[]>()
  for (const entry of entries) {
    const key = `${entry.role}/${entry.partition}`
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  return [...groups.values()]
}
