/** One open epoch of a task: what it did, for the journal, and what it says, for the outbox. Every commit begins a new one. */
import { outputHash, ReleaseLog, STATE_VERSION, type JournalEntry, type TableApplied } from './journal.ts'
import { originHeaders } from './origin.ts'
import type { OutboxEntry, OutgoingRecord } from './ports.ts'

/** What an entry costs the store beside its value: key, headers, framing. */
const ENTRY_BYTES = 100

export class Epoch {
  readonly task: string
  readonly number: number
  readonly outbox: OutboxEntry[] = []
  outboxBytes = 0
  readonly log = new ReleaseLog()
  /** something was released only because another input's log had ended for the moment */
  arrivalDecided = false
  readonly tables: TableApplied[] = []
  readonly skewed: JournalEntry['skewed'] = []
  readonly ticks: [number, number][] = []
  readonly reopened: number[] = []
  readonly timeless: number[] = []
  /** holds the end of the task */
  finished = false

  constructor(task: string, number: number) {
    this.task = task
    this.number = number
  }

  /** What it did after its tables: releases, ticks and skew verdicts. */
  get steps(): number {
    return this.log.count + this.ticks.length + this.skewed.length
  }

  get isEmpty(): boolean {
    return !this.finished && this.steps === 0 && this.outbox.length === 0 && this.tables.length === 0
  }

  /** What its journal entry grows by: it must stay one record. */
  get journalRows(): number {
    return this.log.runs.length + this.skewed.length + this.ticks.length
  }

  /** Adds a record to the outbox, in parts where it is larger than `partBytesMax`. */
  say({ value, headers, ...said }: OutgoingRecord, partBytesMax: number): void {
    const index = this.outbox.length + 1
    const parts = Math.max(1, Math.ceil((value?.length ?? 0) / partBytesMax))
    for (let part = 0; part < parts; part++) {
      const slice = parts === 1 ? value : value!.subarray(part * partBytesMax, (part + 1) * partBytesMax)
      const origin = originHeaders({ task: this.task, epoch: this.number, index, part, parts })
      this.outbox.push({ ...said, value: slice, headers: { ...headers, ...origin }, epoch: this.number, index: this.outbox.length + 1 })
      this.outboxBytes += (slice?.length ?? 0) + ENTRY_BYTES
    }
  }

  /** Its journal entry. `keepRuns`: the order of releases is written down, as stream times alone do not give it. */
  journal(end: Pick<JournalEntry, 'offsets' | 'streamTimeMs' | 'stateHash'>, keepRuns: boolean): JournalEntry {
    const { log, tables, skewed, ticks, reopened, timeless, finished } = this
    return {
      task: this.task, epoch: this.number, stateVersion: STATE_VERSION, offsets: end.offsets, streamTimeMs: end.streamTimeMs,
      releases: keepRuns || this.arrivalDecided || skewed.length > 0 ? log.runs : null, tables, skewed, ticks,
      ...(reopened.length > 0 && { reopened }), ...(timeless.length > 0 && { timeless }),
      finished, stateHash: end.stateHash, outputHash: outputHash(this.outbox),
    }
  }
}
