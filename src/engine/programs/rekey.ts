/**
 * REKEY as the engine runs it: copies of one topic's records, each under its inference id and so on the partition where its fellows are.
 * For topics keyed otherwise, by another partitioner, or of another partition count. Bytes, stamp and headers stay what they were.
 */
import type { ObservedRole, RekeyedRole, TaskId } from '../ports.ts'
import type { ProgramFactory, TopologyInputs } from '../program.ts'

/** Topics that are rekeyed, each with its own partition count. */
export type Rekeyed = Partial<Readonly<Record<ObservedRole, number>>>

export const rekeyedRole = (role: ObservedRole): RekeyedRole => `${role}-rekeyed`

/** The tasks that rekey a topic: one a partition of it. */
export const rekeyTasks = (role: ObservedRole, partitions: number): TaskId[] =>
  Array.from({ length: partitions }, (_, partition) => ({ topology: `rekey-${role}`, partition }))

/** Every rekeying task of a run. */
export const allRekeyTasks = (rekeyed: Rekeyed): TaskId[] =>
  (Object.entries(rekeyed) as [ObservedRole, number][]).flatMap(([role, partitions]) => rekeyTasks(role, partitions))

/** The topic that a rekeying topology reads; null for another topology. */
export const rekeyedTopic = (topology: TaskId['topology']): ObservedRole | null =>
  topology.startsWith('rekey-') ? (topology.slice('rekey-'.length) as ObservedRole) : null

export const rekeyInputs = (role: ObservedRole): TopologyInputs => ({ name: `rekey-${role}`, merged: [role], urgent: null, tables: false })

/** Keeps no state: each epoch's copies are followed by how far the task is, so that those who merge them need not wait for the next copy. */
export const rekeyProgram = (role: ObservedRole): ProgramFactory => (_task, _stored, _chunks, output) => {
  const to = rekeyedRole(role)
  let moved = false
  return {
    step(_role, record, _streamTimeMs, raw) {
      output.copied(to, (record as { inferenceId: string }).inferenceId, raw)
      moved = true
    },
    table: () => {},
    advance() {
      moved = true
    },
    finish() {
      output.passed(to, true)
      moved = false
    },
    flush() {
      if (moved) output.passed(to, false)
      moved = false
      return { parts: { written: new Map(), removed: [] }, chunk: null, chunksDropped: 0, views: new Map() }
    },
    pendingCount: () => 0,
  }
}
