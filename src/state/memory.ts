import { taskName } from '../engine/ports.ts'
import type { Clock, Commit, CommitResult, OutboxEntry, StateStore, TaskId, TaskSnapshot } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import { checkCommit } from './commit-check.ts'

interface TaskState {
  token: string | null
  epoch: number
  /** token that applied `epoch`: tells a repeated commit from a wrong one */
  committer: string | null
  meta: Uint8Array | null
  parts: Map<string, Uint8Array>
  chunks: Uint8Array[]
  outbox: OutboxEntry[]
  quarantine: { entry: OutboxEntry; reason: string }[]
  views: Map<string, string>
}

const copy = (bytes: Uint8Array): Uint8Array => new Uint8Array(bytes)
const copyOrNull = (bytes: Uint8Array | null) => (bytes === null ? null : copy(bytes))
const copyEntry = (entry: OutboxEntry): OutboxEntry =>
  ({ ...entry, key: copyOrNull(entry.key), value: copyOrNull(entry.value), headers: { ...entry.headers } })
const copyMap = (parts: ReadonlyMap<string, Uint8Array>) => new Map([...parts].map(([name, bytes]) => [name, copy(bytes)]))

/** State in this process: embedded mode, the simulator, tests. Bytes are copied on the way in and out. Gone with the process. */
export function createMemoryStore({ clock = { nowMs: Date.now } }: { clock?: Pick<Clock, 'nowMs'> } = {}): StateStore {
  const tasks = new Map<string, { task: TaskId; state: TaskState }>()

  const stateOf = (task: TaskId): TaskState => {
    const name = taskName(task)
    const known = tasks.get(name)
    if (known) return known.state
    const state: TaskState = {
      token: null, epoch: 0, committer: null, meta: null, parts: new Map(), chunks: [], outbox: [], quarantine: [], views: new Map(),
    }
    tasks.set(name, { task: { ...task }, state })
    return state
  }

  return {
    async claim(task, token, deadlineMs) {
      const late = clock.nowMs() - deadlineMs
      if (late > 0) throw new StewardError('CLAIM_EXPIRED', `The claim of ${taskName(task)} came ${late} ms after its deadline.`)
      const state = stateOf(task)
      state.token = token
      return snapshot(state)
    },
    now: async () => clock.nowMs(),
    async commit(task, commit) {
      checkCommit(commit)
      return apply(stateOf(task), commit)
    },
    owns: async (task, token) => stateOf(task).token === token,
    outbox: async (task) => stateOf(task).outbox.map(copyEntry),
    async trimOutbox(task, token, epoch, index) {
      const state = stateOf(task)
      if (state.token !== token) return false
      state.outbox = state.outbox.filter((entry) => entry.epoch > epoch || (entry.epoch === epoch && entry.index > index))
      return true
    },
    async quarantine(task, token, entry, reason) {
      const state = stateOf(task)
      if (state.token !== token) return false
      const at = state.outbox.findIndex(({ epoch, index }) => epoch === entry.epoch && index === entry.index)
      if (at < 0) return true
      state.outbox.splice(at, 1)
      state.quarantine.push({ entry: copyEntry(entry), reason })
      return true
    },
    quarantined: async (task) => stateOf(task).quarantine.map(({ entry, reason }) => ({ entry: copyEntry(entry), reason })),
    async view(topology, model) {
      const found: string[] = []
      for (const { task, state } of [...tasks.values()].sort((a, b) => a.task.partition - b.task.partition)) {
        const text = task.topology === topology ? state.views.get(model) : undefined
        if (text !== undefined) found.push(text)
      }
      return found
    },
    stop: async () => {},
  }
}

const snapshot = (state: TaskState): TaskSnapshot => ({
  epoch: state.epoch, meta: copyOrNull(state.meta), parts: copyMap(state.parts), chunks: state.chunks.map(copy), outbox: state.outbox.map(copyEntry),
})

function apply(state: TaskState, commit: Commit): CommitResult {
  const { token, epoch } = commit
  if (state.token !== token) return { result: 'refused', storedEpoch: state.epoch, reason: 'token' }
  if (epoch === state.epoch && state.committer === token) return { result: 'already-applied' }
  if (epoch !== state.epoch + 1) return { result: 'refused', storedEpoch: state.epoch, reason: 'epoch' }
  state.epoch = epoch
  state.committer = token
  state.meta = copy(commit.meta)
  for (const name of commit.partsRemoved) state.parts.delete(name)
  for (const [name, bytes] of commit.partsWritten) state.parts.set(name, copy(bytes))
  if (commit.chunk !== null) state.chunks.push(copy(commit.chunk))
  state.chunks.splice(0, commit.chunksDropped)
  for (const entry of commit.outbox) state.outbox.push(copyEntry(entry))
  for (const [model, text] of commit.views) state.views.set(model, text)
  return { result: 'applied' }
}
