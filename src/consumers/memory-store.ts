/** The records of an in-process log: append-only partitions with offsets, a log start that moves, and readers to wake. */
import type { InputRole, OutputRole, RawRecord } from '../engine/ports.ts'

export type LogRole = InputRole | OutputRole

export interface MemoryPartition {
  /** offset of `records[0]` */
  start: number
  records: RawRecord[]
}

export interface MemoryStore {
  count(role: LogRole): number
  partition(role: LogRole, partition: number): MemoryPartition
  append(role: LogRole, partition: number, record: Omit<RawRecord, 'offset'>): number
  dropBefore(role: LogRole, partition: number, offset: number): void
  /** more is to come at once: no reader is told that it has caught up */
  isHeld(): boolean
  setHeld(held: boolean): void
  /** Calls `wake` after every append, and when the log is no longer held; returns the way to end that. */
  onChange(wake: () => void): () => void
}

export const endOf = ({ start, records }: MemoryPartition): number => start + records.length

/** `recordsMax`: of each partition; past it the oldest quarter is dropped, and a reader that had not passed them finds a gap. */
export function memoryStore(partitions: Readonly<Partial<Record<LogRole, number>>>, recordsMax: number): MemoryStore {
  const logs = new Map(Object.entries(partitions).map(([role, count]) => [role, Array.from({ length: count }, (): MemoryPartition => ({ start: 0, records: [] }))]))
  const readers = new Set<() => void>()
  let held = false
  const wakeAll = () => readers.forEach((wake) => wake())
  const partitionOf = (role: LogRole, partition: number): MemoryPartition => {
    const log = logs.get(role)?.[partition]
    if (log === undefined) throw new RangeError(`the in-process log has no ${role}-${partition}`)
    return log
  }
  const drop = (log: MemoryPartition, count: number) => {
    log.records = log.records.slice(count)
    log.start += count
  }
  return {
    count: (role) => logs.get(role)?.length ?? 0,
    partition: partitionOf,
    append(role, partition, record) {
      const log = partitionOf(role, partition)
      const offset = endOf(log)
      log.records.push({ ...record, offset })
      if (log.records.length > recordsMax) drop(log, Math.ceil(recordsMax / 4))
      wakeAll()
      return offset
    },
    dropBefore(role, partition, offset) {
      const log = partitionOf(role, partition)
      drop(log, Math.min(Math.max(offset - log.start, 0), log.records.length))
    },
    isHeld: () => held,
    setHeld(value) {
      held = value
      if (!held) wakeAll()
    },
    onChange(wake) {
      readers.add(wake)
      return () => void readers.delete(wake)
    },
  }
}
