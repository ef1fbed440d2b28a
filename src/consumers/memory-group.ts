/** Members of one group that share the partitions of an in-process log, under the same contract as Kafka's. */
import type { InputRole, Source, SourceListener } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import { shareOut } from './co-partition.ts'
import { endOf } from './memory-store.ts'
import type { MemoryStore } from './memory-store.ts'

interface Input {
  role: InputRole
  partition: number
  begun: boolean
  /** begun and not paused */
  reading: boolean
  position: number
}

interface Member {
  id: string
  listener: SourceListener
  owned: readonly number[]
  inputs: Map<number, Map<InputRole, Input>>
  wake(): void
}

const newInput = (role: InputRole, partition: number): Input => ({ role, partition, begun: false, reading: false, position: 0 })

export interface MemoryGroup {
  source(): Source
}

/** `schedule` runs a turn of delivery later; at most `batchRecordsMax` records of each input go in a turn. */
export function memoryGroup(store: MemoryStore, roles: readonly InputRole[], schedule: (run: () => void) => void, batchRecordsMax: number): MemoryGroup {
  const members: Member[] = []
  let joins = 0
  const count = Math.min(...roles.map(store.count))

  function rebalance(): void {
    const shares = shareOut(members, count)
    for (const member of members) {
      member.owned = shares.get(member.id)!
      member.inputs = new Map(member.owned.map((partition) => [partition, new Map(roles.map((role) => [role, newInput(role, partition)]))]))
    }
    for (const member of [...members]) member.listener.assigned(member.owned)
  }

  /** One batch of each input that has one, then word of each that has none; again while anything moved. */
  function turn(member: Member): void {
    let moved = false
    const open = (input: Input): boolean => members.includes(member) && input.reading && member.inputs.get(input.partition)?.get(input.role) === input
    for (const inputs of [...member.inputs.values()]) {
      const delivered = new Set<Input>()
      for (const input of inputs.values()) if (open(input) && deliver(member, input)) delivered.add(input)
      for (const input of inputs.values()) if (!delivered.has(input) && open(input)) tellEnd(member, input)
      moved ||= delivered.size > 0
    }
    if (moved) member.wake()
  }

  /** True when the input moved. */
  function deliver(member: Member, input: Input): boolean {
    const log = store.partition(input.role, input.partition)
    const end = endOf(log)
    if (input.position < log.start || input.position > end) {
      fail(member, `${input.role}-${input.partition} was to be read on from offset ${input.position}, but the log holds offsets ${log.start} to ${end}`)
      return false
    }
    if (input.position === end) return false
    const fromOffset = input.position
    const records = log.records.slice(fromOffset - log.start, fromOffset - log.start + batchRecordsMax)
    input.position += records.length
    member.listener.batch({
      role: input.role, partition: input.partition, fromOffset, records, nextOffset: input.position, logEnd: store.isHeld() ? end + 1 : end })
    return true
  }

  function tellEnd(member: Member, input: Input): void {
    if (store.isHeld() || input.position !== endOf(store.partition(input.role, input.partition))) return
    member.listener.caughtUp(input.role, input.partition, input.position)
  }

  function fail(member: Member, message: string): void {
    leave(member)
    member.listener.failed(new StewardError('OFFSET_GAP', message))
  }

  function leave(member: Member): void {
    const at = members.indexOf(member)
    if (at < 0) return
    members.splice(at, 1)
    rebalance()
  }

  function newMember(listener: SourceListener): Member {
    let isScheduled = false
    const member: Member = {
      id: `member-${String(joins++).padStart(6, '0')}`, listener, owned: [], inputs: new Map(),
      wake() {
        if (isScheduled) return
        isScheduled = true
        schedule(() => {
          isScheduled = false
          if (members.includes(member)) turn(member)
        })
      },
    }
    return member
  }

  function source(): Source {
    let member: Member | undefined
    let forget = () => {}
    const inputOf = (role: InputRole, partition: number) => member?.inputs.get(partition)?.get(role)
    const edges = (partition: number, edge: (role: InputRole) => number) =>
      Promise.resolve(new Map(partition < count ? roles.map((role) => [role, edge(role)]) : []))
    return {
      roles,
      start(listener) {
        member = newMember(listener)
        forget = store.onChange(member.wake)
        members.push(member)
        rebalance()
        return Promise.resolve()
      },
      begin(partition, offsets) {
        for (const role of roles) {
          const input = inputOf(role, partition)
          if (input !== undefined) Object.assign(input, { begun: true, reading: true, position: offsets.get(role) ?? store.partition(role, partition).start })
        }
        member?.wake()
      },
      pause(role, partition) {
        const input = inputOf(role, partition)
        if (input !== undefined) input.reading = false
      },
      resume(role, partition) {
        const input = inputOf(role, partition)
        if (!input?.begun) return
        input.reading = true
        member?.wake()
      },
      // there are no lag tools in one process
      reportProgress() {},
      logEnds: (partition) => edges(partition, (role) => endOf(store.partition(role, partition))),
      logStarts: (partition) => edges(partition, (role) => store.partition(role, partition).start),
      stop() {
        forget()
        if (member !== undefined) leave(member)
        member = undefined
        return Promise.resolve()
      },
    }
  }

  return { source }
}
