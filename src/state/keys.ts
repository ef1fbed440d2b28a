import { taskName } from '../engine/ports.ts'
import type { TaskId } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'

/** Keys of one task. The task is the hash tag, so Redis Cluster keeps them on one node and one script may touch them all. */
export interface TaskKeys {
  /** hash: token, epoch, committer, meta */
  meta: string
  /** hash: part name → bytes */
  parts: string
  /** list of packed chunks, oldest first */
  chunks: string
  /** stream: id `epoch-index` → packed entry */
  outbox: string
  /** list of packed entries with a reason */
  quarantine: string
}

export function taskKeys(prefix: string, task: TaskId): TaskKeys {
  const base = `${prefix}:{${taskName(task)}}`
  return { meta: `${base}:meta`, parts: `${base}:parts`, chunks: `${base}:chunks`, outbox: `${base}:outbox`, quarantine: `${base}:quarantine` }
}

/** `steward:{decide-0}:view:fraud`, a JSON text for people and tools. */
export const viewKey = (prefix: string, task: TaskId, model: string): string => `${prefix}:{${taskName(task)}}:view:${model}`

/**
 * Set of the names of all tasks ever claimed. It has no hash tag: it lives on one node of a cluster and is never touched by a
 * script, only by a command of its own. It makes finding views a few reads instead of a scan of every node's keys.
 */
export const tasksKey = (prefix: string): string => `${prefix}:tasks`

/** A brace in the prefix would become the hash tag and put every task on one node. */
export function checkPrefix(prefix: string): void {
  if (prefix !== '' && !/[{}\s]/.test(prefix)) return
  throw new StewardError('CONFIG_INVALID', `The key prefix "${prefix}" is empty or holds a brace or a space. Choose letters, digits, dots, colons or dashes.`)
}
