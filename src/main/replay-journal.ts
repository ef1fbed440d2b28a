/** `steward replay --journal`: every task's epochs again, over the records that the topics hold, against the hashes of the journal. */
import type { CaptureRecord, JournalReplayItem, JournalReplayOptions, JournalVerdict } from '../cli/services.ts'
import type { Decoder } from '../codec/decoder.ts'
import type { Encoder } from '../codec/encoder.ts'
import { isInternal } from '../codec/own.ts'
import { stateCodec } from '../codec/state.ts'
import { toWire } from '../codec/wire.ts'
import { partitionOf } from '../core/murmur2.ts'
import type { EmbeddedRun } from '../engine/embedded.ts'
import type { JournalEntry } from '../engine/journal.ts'
import { taskName, type InputRole, type OutboxEntry, type OutputRole, type RawRecord, type TaskId } from '../engine/ports.ts'
import { rekeyedRole } from '../engine/programs/rekey.ts'
import { isEqual, replayTask, stopText, type ReadSlice, type ReplaySettings, type Slice, type TaskVerdict } from '../engine/replay.ts'
import { StewardError } from '../errors.ts'
import { encoderOf, topicOf } from './clients.ts'
import type { Reach } from './inspect.ts'
import { policyEnvironment } from './policies.ts'
import { readTopic } from './read-topic.ts'
import { clusterInputs } from './task-inputs.ts'
import { decidedRoles, observedRoles, observedTopics, publishedOver, rekeyedRolesOf, tasksOf, topologiesOf, type Partitions } from './topologies.ts'

/** The topics of a run, wherever they are. */
export interface RunLog {
  tasks: readonly TaskId[]
  settings(id: TaskId): ReplaySettings
  /** of the task's partition of the journal, oldest first, up to its end as of the call */
  journal(id: TaskId): AsyncIterable<RawRecord>
  /** opens the inputs of a task; the journal's end is known by then, so they reach beyond it */
  inputs(id: TaskId): { read: ReadSlice; close(): Promise<void> }
}

/** The same topologies as the run had. */
interface Topologies {
  partitions: Partitions
  decoder: Decoder
  encoder: Encoder
  partitionCount(role: OutputRole): number
  topicName(role: InputRole): string
  /** as the run had them: output bytes depend on them */
  partBytesMax: number
  deadLetterBytesMax: number
  /** raw settings of models that no published policy names */
  defaults?: unknown
}

function settingsOf({ partitions, defaults = {}, ...shared }: Topologies): RunLog['settings'] {
  const topologies = topologiesOf(policyEnvironment(defaults), partitions)
  return ({ topology }) => ({ ...topologies(topology), ...shared, codec: stateCodec })
}

/** Replays every task, or the one named, one after the other. An abort ends it without a verdict on the task at hand. */
export async function* replayLog(log: RunLog, decoder: Decoder, { task, outputs, signal, onProgress }: Omit<JournalReplayOptions, 'config'>): AsyncGenerator<JournalReplayItem> {
  const tasks = log.tasks.filter((id) => task === null || taskName(id) === task)
  if (tasks.length === 0) throw new StewardError('USAGE', `there is no task '${task}'; the tasks are ${log.tasks.map(taskName).join(', ')}`)
  for (const id of tasks) {
    const [entries, inputs] = [entriesOf(log, id), log.inputs(id)]
    try {
      const replay = replayTask(id, log.settings(id), entries, inputs.read)
      let step = await replay.next()
      for (; step.done !== true; step = await replay.next()) {
        onProgress({ phase: `replaying ${taskName(id)}`, done: step.value.entry.epoch, total: null })
        if (outputs) for (const output of step.value.outputs) yield { item: 'output', record: captureOf(decoder, output) }
        if (signal.aborted) return
      }
      if (signal.aborted) return
      yield { item: 'task', verdict: verdictOf(step.value) }
    } finally {
      await Promise.all([entries.return(undefined), inputs.close()])
    }
  }
}

async function* entriesOf(log: RunLog, id: TaskId): AsyncGenerator<JournalEntry> {
  const name = taskName(id)
  for await (const { key, value } of log.journal(id)) {
    if (key !== null && value !== null && Buffer.from(key).toString() === name) yield stateCodec.decode(value) as JournalEntry
  }
}

/** An output in capture form. Internal records, and what cannot be decoded, are kept as bytes. */
function captureOf(decoder: Decoder, { role, partition, key, value, timestampMs, headers }: OutboxEntry): CaptureRecord {
  const base = { topic: role, partition, key: key === null ? null : Buffer.from(key).toString(), timestampMs, headers }
  const decoded = value === null || isInternal(role) ? null : decoder.decodeOutput(role, value)
  if (decoded?.ok === true) return { ...base, value: toWire(decoded.record as { kind: string }, 'json') }
  return value === null ? { ...base, value: null } : { ...base, value: null, valueBase64: Buffer.from(value).toString('base64') }
}

function verdictOf(verdict: TaskVerdict): JournalVerdict {
  const { task, epochs, records, statesEqual, outputsEqual, firstDifference, stopped, otherStateVersions } = verdict
  const remarks: string[] = []
  if (firstDifference !== null) {
    const which = [firstDifference.state ? 'state' : '', firstDifference.outputs ? 'outputs' : ''].filter((name) => name !== '').join(' and ')
    remarks.push(`first difference in epoch ${firstDifference.epoch}: ${which}`)
  }
  if (epochs === 0 && stopped === null) remarks.push('the journal holds no epoch of it')
  if (stopped !== null) remarks.push(stopText(stopped))
  if (otherStateVersions.length > 0) {
    remarks.push(`written under state version ${otherStateVersions.join(', ')}, which is not this program's: equal hashes are not promised`)
  }
  return { task, epochs, records, statesEqual, outputsEqual, isEqual: isEqual(verdict), firstDifference: firstDifference?.epoch ?? null, remarks }
}

// ---- in memory --------------------------------------------------------------------------------------------------------------

/** As `EmbeddedRun` sets them. */
const EMBEDDED_LIMITS = { partBytesMax: Infinity, deadLetterBytesMax: 64 * 1024 }

/** The topics of an embedded run; nothing of them is ever gone. */
export function memoryLog(run: EmbeddedRun, topologies: Pick<Topologies, 'decoder' | 'encoder' | 'defaults'>): RunLog {
  const { partitions } = run
  const settings = settingsOf({
    ...topologies, ...EMBEDDED_LIMITS, partitions, partitionCount: (role) => run.partitionCount(role), topicName: (role) => role,
  })
  return {
    tasks: tasksOf(partitions), settings,
    async* journal() {
      for (const partition of run.topic('journal').partitions) yield* partition
      await Promise.resolve()
    },
    inputs: (id) => ({
      read(role, fromOffset, toOffset) {
        const log = run.topic(role).partitions[role === 'ticks' ? 0 : id.partition]
        const records = log.filter(({ offset }) => offset >= fromOffset && offset < toOffset)
        return Promise.resolve({ records, keptFrom: 0, end: (log.at(-1)?.offset ?? -1) + 1 } satisfies Slice)
      },
      close: () => Promise.resolve(),
    }),
  }
}

// ---- on a cluster -----------------------------------------------------------------------------------------------------------

const emitted = ['profiles', 'retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'dead-letters'] as const
/** Replays the journal of a cluster. */
export async function* replayJournal(reach: Reach, options: JournalReplayOptions): AsyncGenerator<JournalReplayItem> {
  const admin = reach.kafka.admin()
  try {
    await admin.connect()
    yield* replayLog(await clusterLog(reach, admin, options.signal), reach.decoder, options)
  } finally {
    await admin.disconnect().catch(() => undefined)
  }
}

type Admin = ReturnType<Reach['kafka']['admin']>

async function clusterLog({ config, kafka, decoder, log }: Reach, admin: Admin, signal: AbortSignal): Promise<RunLog> {
  const encoder = await encoderOf(config, emitted)
  const rekeyed = rekeyedRolesOf(config)
  const counted: readonly (InputRole | OutputRole)[] = [...observedRoles, ...rekeyed.map(rekeyedRole), ...decidedRoles, ...emitted, 'journal']
  const counts = await partitionCounts(admin, counted.map((role) => topicOf(config, role)))
  const countOf = (role: InputRole | OutputRole) => counts.get(topicOf(config, role))!
  const partitions: Partitions = {
    observe: Math.min(...observedTopics(rekeyed).map(countOf)), decide: Math.min(...decidedRoles.map(countOf)),
    rekeyed: Object.fromEntries(rekeyed.map((role) => [role, countOf(role)])),
  }
    return {
    tasks: tasksOf(partitions),
    settings: settingsOf({
      partitions, decoder, encoder, partitionCount: publishedOver(partitions.observe, countOf), topicName: (role) => topicOf(config, role),
      partBytesMax: config.limits.panePartBytesMax, deadLetterBytesMax: config.limits.deadLetterBytesMax,
    }),
    journal: (id) => readTopic(config, kafka, 'journal', log, signal, partitionOf(Buffer.from(taskName(id)), countOf('journal'))),
    inputs: clusterInputs({ config, kafka, log }, signal),
  }
}

/** @throws StewardError TOPIC_MISSING, LOG_UNAVAILABLE */
async function partitionCounts(admin: Admin, topics: string[]): Promise<Map<string, number>> {
  try {
    const { topics: found } = await admin.fetchTopicMetadata({ topics })
    return new Map(found.map(({ name, partitions }) => [name, partitions.length]))
  } catch (cause) {
    const missing = (cause as { type?: string }).type === 'UNKNOWN_TOPIC_OR_PARTITION'
    throw new StewardError(missing ? 'TOPIC_MISSING' : 'LOG_UNAVAILABLE', `could not ask for the partitions of ${topics.join(', ')}: ${(cause as Error).message}`, { cause })
  }
}
