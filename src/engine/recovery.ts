/**
 * Commits that a store had acknowledged and lost: a machine that crashed between two syncs, a backup that was restored, an empty store.
 * The journal is then ahead of the store. What it holds was published, so those epochs must become again what they were, number by
 * number: they are executed again and compared, hash by hash, before the task goes on.
 */
import { StewardError } from '../errors.ts'
import { STATE_VERSION, type JournalEntry } from './journal.ts'
import type { Commit, OutboxEntry, RawRecord, StateCodec, TaskId, TaskSnapshot } from './ports.ts'
import { taskName } from './ports.ts'
import { storedStreamTimeMs } from './task.ts'
import { stopText, TaskReplay, type ReadSlice, type ReplaySettings, type ReplayStop } from './replay.ts'

/** What the logs hold. */
export interface RecoveryLog {
  /** Journal records stamped `sinceMs` or later, of this task and others, in order, to the end of the log as of the call. */
  journal(id: TaskId, sinceMs: number): AsyncIterable<RawRecord>
  /** Opens the task's inputs: each is read from the first offset that is asked for. */
  inputs(id: TaskId): { read: ReadSlice; close(): Promise<void> }
}

interface Recorded {
  raw: RawRecord
  entry: JournalEntry
}

/**
 * Yields the commit of each epoch that the journal has and `stored` lacks; the caller applies one before it asks for the next.
 * @throws StewardError JOURNAL_MISMATCH when an epoch cannot be executed again, or comes to another state or other outputs
 */
export async function* lostCommits(
  id: TaskId, token: string, settings: ReplaySettings, stored: TaskSnapshot, log: RecoveryLog,
): AsyncGenerator<Commit> {
  let inputs: ReturnType<RecoveryLog['inputs']> | null = null
  let replay: TaskReplay | null = null
  try {
    const sinceMs = Math.max(0, storedStreamTimeMs(settings.codec, stored))
    const records = () => recordsOf(id, settings.codec, log.journal(id, sinceMs), sinceMs)
    const lost = await lostIn(records(), stored.epoch)
    if (lost.size === 0) return
    let place = -1
    for await (const recorded of records()) {
      if (!lost.has(++place)) continue
      if (replay === null) {
        const read: ReadSlice = (...slice) => inputs!.read(...slice)
        replay = new TaskReplay(id, settings, read, stored)
        inputs = log.inputs(id)
      }
      yield await again(replay, recorded, token)
    }
  } finally {
    await inputs?.close()
  }
}

/**
 * Places in the journal, counted over this task's entries, of the epochs that the store lacks. An epoch may be there more than once: the
 * same again, sent twice, or another, from a life that ended when somebody began anew on the same topics. What follows another entry of
 * an epoch already seen replaces all that was known from that epoch on.
 */
async function lostIn(records: AsyncIterable<Recorded>, storedEpoch: number): Promise<ReadonlySet<number>> {
  const life = new Map<number, { hash: string; place: number }>()
  let [place, last] = [-1, 0]
  for await (const { entry: { epoch, stateHash, outputHash } } of records) {
    place++
    const hash = `${stateHash.slice(0, 12)}${outputHash.slice(0, 12)}`
    if (life.get(epoch)?.hash === hash) continue
    for (let replaced = epoch; replaced <= last; replaced++) life.delete(replaced)
    life.set(epoch, { hash, place })
    last = epoch
  }
  return new Set([...life].filter(([epoch]) => epoch > storedEpoch).map(([, known]) => known.place))
}

/** What is stamped before the store's own time was sent again: the store has it. */
async function* recordsOf(id: TaskId, codec: StateCodec, records: AsyncIterable<RawRecord>, sinceMs: number): AsyncGenerator<Recorded> {
  const name = taskName(id)
  for await (const raw of records) {
    if (raw.timestampMs < sinceMs) continue
    if (raw.key !== null && raw.value !== null && Buffer.from(raw.key).toString() === name) yield { raw, entry: codec.decode(raw.value) as JournalEntry }
  }
}

async function again(replay: TaskReplay, { raw, entry }: Recorded, token: string): Promise<Commit> {
  const done = await replay.epoch(entry, token)
  const { firstDifference, stopped } = replay.verdict()
  if (done === null || firstDifference !== null || done.commit === null) throw mismatch(replay.task.name, entry, stopped)
  // the journal keeps what it has, to the byte
  const journal: OutboxEntry = { ...done.commit.outbox[0], value: raw.value, timestampMs: raw.timestampMs }
  return { ...done.commit, outbox: [journal, ...done.commit.outbox.slice(1)] }
}

function mismatch(task: string, { epoch, stateVersion }: JournalEntry, stopped: ReplayStop | null): StewardError {
  const why = stopped !== null
    ? stopText(stopped)
    : stateVersion !== STATE_VERSION
      ? `it was written under state version ${stateVersion}, this program has ${STATE_VERSION}: start the version that wrote it, once`
      : 'it comes to another state than the journal has'
  return new StewardError('JOURNAL_MISMATCH', `the journal of ${task} is ahead of the store, which has lost commits; epoch ${epoch} cannot be executed again: ${why}`)
}
