import { taskName } from '../engine/ports.ts'
import type { Commit, CommitResult, StateStore, TaskId, TaskSnapshot } from '../engine/ports.ts'
import { StewardError } from '../errors.ts'
import { checkCommit } from './commit-check.ts'
import { connect } from './connection.ts'
import type { Argument, Ask, RedisAddress, StoreLogger } from './connection.ts'
import { packEntry, packQuarantined } from './entry.ts'
import { checkPrefix, taskKeys, tasksKey, viewKey } from './keys.ts'
import { readChunks, readOutbox, readParts, readQuarantine } from './redis-read.ts'
import { scriptRunner } from './scripts.ts'
import type { RunScript } from './scripts.ts'

export interface RedisStoreOptions extends RedisAddress {
  /** first part of every key; no braces */
  prefix?: string | undefined
  logger: StoreLogger
}

interface Store {
  ask: Ask
  run: RunScript
  prefix: string
  logger: StoreLogger
  /** tasks that are known to be in the index of tasks */
  listed: Set<string>
}

/**
 * Task state in Redis 6.2 or later, one server or a cluster. Every change of a task is one script call; `src/state/scripts` says what each does.
 * An operation whose answer was lost rejects with STORE_UNAVAILABLE and may have happened: all of them can be called again.
 * The bytes of a commit must stay unchanged until its promise settles. On a cluster, deadlines are judged by the clock of the task's node.
 * @throws StewardError CONFIG_INVALID, STORE_REFUSED, STORE_UNAVAILABLE when the first connection fails
 */
export async function createRedisStore(options: RedisStoreOptions): Promise<StateStore> {
  const { prefix = 'steward', logger } = options
  checkPrefix(prefix)
  const { ask, stop } = await connect(options, logger)
  const store: Store = { ask, run: scriptRunner(ask), prefix, logger, listed: new Set() }
  const keysOf = (task: TaskId) => taskKeys(prefix, task)
  return {
    claim: (task, token, deadlineMs) => claim(store, task, token, deadlineMs),
    async now() {
      const [seconds, micros] = (await ask('read the clock', 'time', [])) as [Buffer, Buffer]
      return Number(seconds) * 1000 + Math.floor(Number(micros) / 1000)
    },
    async commit(task, commit) {
      checkCommit(commit)
      const result = await sendCommit(store, task, commit)
      if (!store.listed.has(taskName(task))) await enlist(store, task)
      return result
    },
    owns: async (task, token) => (await epochOwned(store, task, token)) >= 0,
    outbox: (task) => readOutbox(ask, keysOf(task).outbox),
    async trimOutbox(task, token, epoch, index) {
      const { meta, outbox } = keysOf(task)
      return (await store.run(`trim the outbox of ${taskName(task)}`, 'trim-outbox', [meta, outbox], [token, `${epoch}-${index + 1}`])) === 1
    },
    async quarantine(task, token, entry, reason) {
      const { meta, outbox, quarantine } = keysOf(task)
      const args = [token, `${entry.epoch}-${entry.index}`, packQuarantined(entry, reason)]
      return (await store.run(`quarantine an output of ${taskName(task)}`, 'quarantine', [meta, outbox, quarantine], args)) === 1
    },
    quarantined: (task) => readQuarantine(ask, keysOf(task).quarantine),
    view: (topology, model) => views(store, topology, model),
    stop,
  }
}

/**
 * 1. take the token, deadline judged by the server  2. read page by page: no one else can write any more
 * 3. make sure that nobody claimed meanwhile, or the pages could be of two epochs
 */
async function claim(store: Store, task: TaskId, token: string, deadlineMs: number): Promise<TaskSnapshot> {
  const name = taskName(task)
  const { meta, parts, chunks, outbox, quarantine } = taskKeys(store.prefix, task)
  const keys = [meta, parts, chunks, outbox, quarantine, viewKey(store.prefix, task, 'any')]
  const [taken, number, metaBytes] = (await store.run(`claim ${name}`, 'claim', keys, [token, deadlineMs])) as [0 | 1, number, Buffer | null]
  if (taken === 0) throw new StewardError('CLAIM_EXPIRED', `The claim of ${name} came ${number - deadlineMs} ms after its deadline.`)
  await enlist(store, task)
  const snapshot: TaskSnapshot = {
    epoch: number, meta: metaBytes === null ? null : new Uint8Array(metaBytes),
    parts: await readParts(store.ask, parts), chunks: await readChunks(store.ask, chunks), outbox: await readOutbox(store.ask, outbox),
  }
  if ((await epochOwned(store, task, token)) === snapshot.epoch) return snapshot
  throw new StewardError('FENCED', `Another worker claimed ${name} while its state was being read.`)
}

const epochOwned = async ({ run, prefix }: Store, task: TaskId, token: string): Promise<number> =>
  (await run(`check the owner of ${taskName(task)}`, 'owns', [taskKeys(prefix, task).meta], [token])) as number

async function sendCommit({ run, prefix }: Store, task: TaskId, commit: Commit): Promise<CommitResult> {
  const { meta, parts, chunks, outbox } = taskKeys(prefix, task)
  const keys = [meta, parts, chunks, outbox, ...[...commit.views.keys()].map((model) => viewKey(prefix, task, model))]
  const doing = `commit epoch ${commit.epoch} of ${taskName(task)}`
  const [code, storedEpoch, reason] = (await run(doing, 'commit', keys, commitArguments(commit))) as [Buffer, number, Buffer]
  if (code.toString() !== 'refused') return { result: code.toString() as 'applied' | 'already-applied' }
  return { result: 'refused', storedEpoch, reason: reason.toString() as 'token' | 'epoch' }
}

/** In the order of the header of commit.lua. */
function commitArguments({ token, epoch, meta, partsRemoved, partsWritten, chunk, chunksDropped, outbox, views }: Commit): Argument[] {
  const args: Argument[] = [token, epoch, asBuffer(meta), partsRemoved.length, partsWritten.size, chunk === null ? 0 : 1, chunksDropped, outbox.length]
  for (const name of partsRemoved) args.push(name)
  for (const [name, bytes] of partsWritten) args.push(name, asBuffer(bytes))
  if (chunk !== null) args.push(asBuffer(chunk))
  for (const entry of outbox) args.push(entry.index, packEntry(entry))
  for (const text of views.values()) args.push(text)
  return args
}

/** The same memory as a Buffer, which is what ioredis takes for bytes. */
const asBuffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Views are found through the index, so its node being down hides a new task's view and stops nothing; the next commit tries again. */
async function enlist({ ask, prefix, logger, listed }: Store, task: TaskId): Promise<void> {
  try {
    await ask('list a task', 'sadd', [tasksKey(prefix), taskName(task)])
    listed.add(taskName(task))
  } catch (error) {
    logger.warn({ task: taskName(task) }, `${(error as Error).message} Its view is not shown until then.`)
  }
}

async function views({ ask, prefix }: Store, topology: TaskId['topology'], model: string): Promise<string[]> {
  const names = ((await ask('list the tasks', 'smembers', [tasksKey(prefix)])) as Buffer[]).map(String)
  const partitions = names.filter((name) => name.startsWith(`${topology}-`)).map((name) => Number(name.slice(topology.length + 1)))
  const tasks = partitions.sort((a, b) => a - b).map((partition): TaskId => ({ topology, partition }))
  // one read a key: on a cluster every task may be on another node
  const texts = await Promise.all(tasks.map((task) => ask('read a view', 'get', [viewKey(prefix, task, model)])))
  return texts.filter((text) => text !== null).map(String)
}
