/** The journal: what a task decided in an epoch that its topics alone do not tell. Replay follows it. */
import { createHash } from 'node:crypto'
import type { OutboxEntry, RawRecord } from './ports.ts'

/** Changes when state or its meaning changes; a replay under another one reports differences instead of promising none. */
export const STATE_VERSION = 1

export interface TableApplied {
  role: 'policies' | 'profiles'
  partition: number
  record: RawRecord
}

export interface JournalEntry {
  task: string
  epoch: number
  stateVersion: number
  /** position per input name after the epoch */
  offsets: Record<string, number>
  streamTimeMs: number
  /** [input index, count] runs in order of release; null when the topics' stream times alone give the order */
  releases: number[] | null
  /** offsets of live commands stamped in the future, which were applied and moved no time; absent when there are none */
  timeless?: number[]
  /** upstream tasks that had ended and go on as of this epoch: another run began; absent when there are none */
  reopened?: number[]
  /** applied before the epoch's first record */
  tables: TableApplied[]
  /** [input name, offset, after this many releases, ticks and verdicts of the epoch] of records set aside because they were stamped in the future */
  skewed: [string, number, number][]
  /** stream times of ticks applied, each after this many releases of the epoch */
  ticks: [number, number][]
  /** the task finished in this epoch */
  finished: boolean
  stateHash: string
  outputHash: string
}

/** Input index → run-length list of releases. */
export class ReleaseLog {
  readonly runs: number[] = []
  count = 0
  private last = -1

  add(index: number): void {
    this.count++
    if (index === this.last) this.runs[this.runs.length - 1]++
    else {
      this.runs.push(index, 1)
      this.last = index
    }
  }
}

/** Hash over what an epoch writes, in a fixed order. */
export function stateHash(parts: ReadonlyMap<string, Uint8Array>, removed: readonly string[], chunk: Uint8Array | null, chunksDropped: number): string {
  const hash = createHash('sha256')
  for (const [name, bytes] of parts) hash.update(`+${name}\0${bytes.length}\0`).update(bytes)
  for (const name of removed) hash.update(`-${name}\0`)
  hash.update(`c${chunk?.length ?? 0}\0${chunksDropped}\0`)
  if (chunk !== null) hash.update(chunk)
  return hash.digest('hex')
}

export function outputHash(outbox: readonly OutboxEntry[]): string {
  const hash = createHash('sha256')
  for (const { role, partition, timestampMs, key, value, headers } of outbox) {
    hash.update(`${role}\0${partition}\0${timestampMs}\0${JSON.stringify(headers)}\0${key?.length ?? -1}\0${value?.length ?? -1}\0`)
    if (key !== null) hash.update(key)
    if (value !== null) hash.update(value)
  }
  return hash.digest('hex')
}
