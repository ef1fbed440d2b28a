/** An in-process log behind the same ports as Kafka: what the embedded mode, replay, drills and the simulator run on. */
import type { FencedSink, InputRole, OutputRole, OutgoingRecord, RawRecord, Sink, Source, TableSource } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import { memoryGroup } from './memory-group.ts'
import type { MemoryGroup } from './memory-group.ts'
import { endOf, memoryStore } from './memory-store.ts'
import type { LogRole, MemoryStore } from './memory-store.ts'

export type { LogRole } from './memory-store.ts'

export interface MemoryLogOptions {
  /** partition counts; a role that is not named does not exist */
  partitions: Readonly<Partial<Record<LogRole, number>>>
  /** of one delivery (default 500) */
  batchRecordsMax?: number
  /** kept of each partition (default 1,000,000): past it the oldest quarter is dropped, and a reader that had not passed them fails with OFFSET_GAP */
  recordsMax?: number
  /** runs a turn of delivery later (default `setImmediate`); a simulator gives its own */
  schedule?(run: () => void): void
}

export interface MemoryLog {
  /** @returns the offset */
  append(role: LogRole, partition: number, record: Omit<RawRecord, 'offset'>): number
  /** what is kept now */
  records(role: LogRole, partition: number): readonly RawRecord[]
  /** what retention does: the log starts at `offset` from now on */
  dropBefore(role: LogRole, partition: number, offset: number): void
  /** More is being loaded: nobody has caught up before `release`. */
  hold(): void
  release(): void
  /** A member of `group` (default: one group for the same roles); the members share the partitions. */
  source(roles: readonly InputRole[], group?: string): Source
  /** `fromEnd`: only what is appended from now on. */
  table(role: InputRole, options?: { fromEnd?: boolean }): TableSource
  sink(): Sink
  fenced(): FencedSink
}

export function createMemoryLog({ partitions, batchRecordsMax = 500, recordsMax = 1_000_000, schedule = setImmediate }: MemoryLogOptions): MemoryLog {
  const store = memoryStore(partitions, recordsMax)
  const groups = new Map<string, MemoryGroup>()
  const holders = new Map<string, number>()
  return {
    append: store.append,
    records: (role, partition) => store.partition(role, partition).records,
    dropBefore: store.dropBefore,
    hold: () => store.setHeld(true),
    release: () => store.setHeld(false),
    source(roles, group = roles.join(' ')) {
      if (!groups.has(group)) groups.set(group, memoryGroup(store, roles, schedule, batchRecordsMax))
      return groups.get(group)!.source()
    },
    table: (role, { fromEnd = false } = {}) => memoryTable(store, role, schedule, fromEnd),
    sink: () => memorySink(store),
    fenced: () => memoryFencedSink(store, holders),
  }
}

function memoryTable(store: MemoryStore, role: InputRole, schedule: (run: () => void) => void, fromEnd: boolean): TableSource {
  let forget = () => {}
  return {
    role,
    start(deliver) {
      const positions = Array.from({ length: store.count(role) }, (_, p) => (fromEnd ? endOf(store.partition(role, p)) : 0))
      const readOn = () => positions.forEach((position, partition) => {
        const { start, records } = store.partition(role, partition)
        for (const record of records.slice(Math.max(position - start, 0))) {
          positions[partition] = record.offset + 1
          deliver({ ...record, partition })
        }
      })
      let isOpen = true
      let isScheduled = false
      const stopWaking = store.onChange(() => {
        if (isScheduled) return
        isScheduled = true
        schedule(() => {
          isScheduled = false
          if (isOpen) readOn()
        })
      })
      forget = () => {
        isOpen = false
        stopWaking()
      }
      readOn()
      return Promise.resolve()
    },
    stop() {
      forget()
      return Promise.resolve()
    },
  }
}

const append = (store: MemoryStore, { role, partition, timestampMs, key, value, headers }: OutgoingRecord) =>
  store.append(role, partition, { timestampMs, key, value, headers })

function memorySink(store: MemoryStore): Sink {
  return {
    async send(role, partition, records) {
      store.partition(role, partition)
      for (const record of records) append(store, { ...record, role, partition })
    },
    partitionCount: (role: OutputRole) => store.count(role),
    stop: () => Promise.resolve(),
  }
}

function memoryFencedSink(store: MemoryStore, holders: Map<string, number>): FencedSink {
  return {
    async open(id) {
      const mine = (holders.get(id) ?? 0) + 1
      holders.set(id, mine)
      let isOpen = true
      return {
        async publish(records) {
          if (!isOpen) throw new StewardError('FENCED', `this session of ${id} is closed; open another`)
          if (holders.get(id) !== mine) throw new StewardError('FENCED', `${id} was opened by another`)
          for (const { role, partition } of records) store.partition(role, partition)
          for (const record of records) append(store, record)
        },
        close() {
          isOpen = false
          return Promise.resolve()
        },
      }
    },
  }
}
