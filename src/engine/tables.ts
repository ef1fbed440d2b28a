/** Broadcast tables and ticks, read once a process and handed to every task of it. */
import { StewardError } from '../errors.ts'
import type { Clock, RawRecord, RecordDecoder, TableSource } from './ports.ts'
import type { Task } from './task.ts'

interface TableRecord {
  role: 'policies' | 'profiles'
  partition: number
  record: RawRecord
}

export interface TableFeedOptions {
  tables: readonly TableSource[]
  /** null: no ticks are read */
  ticks: TableSource | null
  decoder: RecordDecoder
  /** `stream-time`: ticks are records like others; `live`: only the newest counts */
  order: 'live' | 'stream-time'
  clock: Pick<Clock, 'sleep'>
  /** told of trouble that is being retried */
  onRetry(error: unknown): void
  /** a table can no longer be read: nothing more of any is handed over */
  onFailed(error: unknown): void
}

const RETRY_MS_MIN = 100
const RETRY_MS_MAX = 5000

export class TableFeed {
  private readonly options: TableFeedOptions
  private readonly records: TableRecord[] = []
  private readonly ticks: RawRecord[] = []
  private readonly tasks = new Map<Task, () => void>()
  private chain: Promise<void> = Promise.resolve()
  private isOver = false

  constructor(options: TableFeedOptions) {
    this.options = options
  }

  /** Resolves when every table is read to its end as of the call, schemas included. */
  async start(): Promise<void> {
    const { tables, ticks } = this.options
    await Promise.all([
      ...tables.map((table) => table.start((raw) => this.deliver({ role: table.role as TableRecord['role'], partition: raw.partition, record: plain(raw) }))),
      ticks?.start((raw) => this.tick(plain(raw))),
    ])
    await this.chain
  }

  /** Hands over all that is known, and what comes later until `detach`. `wake` is called when there is something new. */
  attach(task: Task, wake: () => void): void {
    for (const { role, partition, record } of this.records) task.pushTable(role, partition, record)
    if (this.options.order === 'stream-time') this.handTicks(task)
    this.tasks.set(task, wake)
  }

  detach(task: Task): void {
    this.tasks.delete(task)
  }

  async stop(): Promise<void> {
    this.isOver = true
    await Promise.all([...this.options.tables, ...(this.options.ticks === null ? [] : [this.options.ticks])].map((table) => table.stop()))
  }

  /** Tables are handed over in order, each record after its schema is loaded. */
  private deliver(item: TableRecord): void {
    this.chain = this.chain.then(async () => {
      await this.prepare(item)
      if (this.isOver) return
      this.records.push(item)
      for (const [task, wake] of this.tasks) {
        task.pushTable(item.role, item.partition, item.record)
        wake()
      }
    }).catch((error: unknown) => {
      this.isOver = true
      this.options.onFailed(error)
    })
  }

  /** Loads the schema of a record; an outage of the registry is waited out. */
  private async prepare({ role, record }: TableRecord): Promise<void> {
    const { decoder, clock, onRetry } = this.options
    for (let waitMs = RETRY_MS_MIN; !this.isOver && decoder.decode(role, record).ok === 'pending'; waitMs = Math.min(RETRY_MS_MAX, waitMs * 2)) {
      try {
        return await decoder.prepare(role, record)
      } catch (error) {
        if (!(error instanceof StewardError) || error.policy !== 'retry') throw error
        onRetry(error)
        await clock.sleep(waitMs)
      }
    }
  }

  private tick(record: RawRecord): void {
    if (this.options.order === 'stream-time') {
      this.ticks.push(record)
      return
    }
    for (const [task, wake] of this.tasks) {
      task.tick(record.timestampMs)
      wake()
    }
  }

  /** All ticks up to the end seen at start: there will be no more. */
  private handTicks(task: Task): void {
    const from = task.readPositions().get('ticks') ?? 0
    const records = this.ticks.filter(({ offset }) => offset >= from)
    const nextOffset = records.length === 0 ? from : records.at(-1)!.offset + 1
    if (records.length > 0) task.push({ role: 'ticks', partition: 0, fromOffset: from, records, nextOffset, logEnd: nextOffset }, Infinity)
    task.completeTo('ticks', Infinity)
  }
}

const plain = ({ offset, timestampMs, key, value, headers }: RawRecord): RawRecord => ({ offset, timestampMs, key, value, headers })
