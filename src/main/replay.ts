/** `steward replay`: a capture through both topologies in this process, merged by stream time. */
import { parsePolicyFile, readSettings } from '../config/config.ts'
import { policyRecord } from '../config/policy.ts'
import type { CaptureRecord, ReplayItem, ReplayOptions, RunSummary } from '../cli/services.ts'
import type { DeadLetter, PolicyRecord } from '../core/records.ts'
import type { InputRole, ObservedRole, OutputRole, RawRecord } from '../engine/ports.ts'
import type { Rekeyed } from '../engine/programs/rekey.ts'
import { StewardError } from '../errors.ts'
import { startEmbedded } from './embedded.ts'
import { policyEnvironment } from './policies.ts'
import { observedRoles } from './topologies.ts'
import { checkUnitInTables as checkUnit } from '../config/units.ts'

/** More than any topic of a capture has; each would be a task. */
const PARTITIONS_MAX = 4096
const inputRoles: ReadonlySet<string> = new Set(['predictions', 'labels', 'features', 'candidates', 'commands', 'policies', 'profiles', 'ticks'])
/** What decide says to the world. */
const eventRoles: ReadonlySet<string> = new Set<OutputRole>([
  'retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'profiles', 'dead-letters',
])

/**
 * Topics whose records lie under another key than their inference id are rekeyed, as `rekey: true` in the settings does.
 * The whole capture is read before the first step: a file may hold its topics one after the other, and only its end tells that nothing
 * earlier is to come. The run then goes on pane by pane, so that profiles that decide publishes are in force as they would be live.
 */
export async function* replay(options: ReplayOptions): AsyncIterable<ReplayItem> {
  const startedMs = performance.now()
  const policies = policyEnvironment(options.defaults)
  const paneMsOf = new Map<string, number>()
  const notePolicy = (record: PolicyRecord) => {
    const { paneMs } = policies.compilePolicy(record).time
    paneMsOf.set(record.model, Math.min(paneMs, paneMsOf.get(record.model) ?? paneMs))
  }
  const loaded: Loaded[] = []
  const records: Record<string, number> = {}
  const models = new Set<string>()
  let [firstMs, lastMs] = [Infinity, -Infinity]
  for await (const record of options.records) {
    if (options.signal.aborted) return
    const input = loadedFrom(record)
    if (input !== null) loaded.push(input)
    records[record.topic] = (records[record.topic] ?? 0) + 1
    const model = (record.value as { model?: unknown } | null | undefined)?.model
    if (typeof model === 'string') models.add(model)
    if (record.topic === 'policies' && model !== undefined) notePolicy(record.value as PolicyRecord)
    else if (record.topic !== 'profiles') {
      firstMs = Math.min(firstMs, record.timestampMs)
      lastMs = Math.max(lastMs, record.timestampMs)
    }
  }
  const seen: CaptureRecord[] = []
  const rekeyed = rekeyedOf(loaded, options.rekey)
  const embedded = await startEmbedded({
    partitions: options.partitions, rekeyed, defaults: options.defaults,
    onPublished(role, partition, record) {
      if (eventRoles.has(role) && record.headers['steward-origin'] !== undefined) seen.push(outputOf(role as OutputRole, partition, record))
    },
  })
  if (options.policy !== null) for (const record of await policiesIn(options.policy, models)) {
    embedded.publish('policies', record.model, 0, record)
    notePolicy(record)
  }
  for (const { role, partition, key, value, timestampMs, headers } of loaded) {
    // the capture's own partition counts only where no key decides
    const own = Object.hasOwn(rekeyed, role) ? (partition ?? 0) : partition !== undefined && key === null ? partition % embedded.run.partitionCount(role) : undefined
    embedded.run.append(role, { key, value, timestampMs, headers, partition: own })
  }
  loaded.length = 0
  const counts: Counts = { records, events: {}, deadLetters: 0 }
  const hasDefault = paneMsOf.size === 0 || [...models].some((model) => !paneMsOf.has(model))
  const paneMs = Math.min(...paneMsOf.values(), hasDefault ? policies.defaultPolicy('').time.paneMs : Infinity)
  for (let toMs = firstMs + paneMs; toMs < lastMs && !options.signal.aborted; toMs += paneMs) {
    await embedded.run.runTo(toMs)
    options.onProgress({ phase: 'replaying panes', done: Math.round((toMs - firstMs) / paneMs), total: Math.ceil((lastMs - firstMs) / paneMs) })
    yield* drain(seen, counts)
  }
  if (options.signal.aborted) return
  await embedded.run.finish()
  yield* drain(seen, counts)
  yield { item: 'summary', summary: { ...counts, elapsedMs: Math.round(performance.now() - startedMs) } satisfies RunSummary }
}

interface Counts {
  records: Record<string, number>
  events: Record<string, number>
  deadLetters: number
  firstDeadLetter?: string
}

function* drain(seen: CaptureRecord[], counts: Counts): Generator<ReplayItem> {
  for (const record of seen.splice(0)) {
    if (record.topic === 'dead-letters') {
      counts.deadLetters++
      const { topic, code, message } = record.value as DeadLetter
      counts.firstDeadLetter ??= `${code} in ${topic}: ${message}`
    } else counts.events[record.topic] = (counts.events[record.topic] ?? 0) + 1
    yield { item: 'record', record }
  }
}

/**
 * The policies of a settings or policy file, in force from the beginning.
 * @param seen the models of the input
 * @throws StewardError CONFIG_INVALID when all are of models that the input does not have: nothing would be read by them
 */
async function policiesIn(path: string, seen: ReadonlySet<string>): Promise<PolicyRecord[]> {
  const models = parsePolicyFile(await readSettings(path), path, null, { checkUnit, env: process.env })
  if (models.length > 0 && seen.size > 0 && !models.some(({ policy }) => seen.has(policy.model))) {
    const named = (names: Iterable<string>) => [...names].map((name) => `'${name}'`).join(', ')
    throw new StewardError('CONFIG_INVALID', `${path} has policies for ${named(models.map(({ policy }) => policy.model))}, and the input is of ${named(seen)}: `
      + 'name them alike, with --model for a table, or under `models:` in the file')
  }
  return models.map(({ policy, text }) => policyRecord(policy.model, JSON.parse(text), { effectiveFrom: 0, issuer: 'replay' }, checkUnit))
}

/** A captured record of an input topic. */
interface Loaded {
  role: InputRole
  partition: number | undefined
  key: Uint8Array | null
  value: Uint8Array | null
  timestampMs: number
  headers: Record<string, string>
  /** under another key than its inference id */
  isForeign: boolean
}

/**
 * Null for what the program itself wrote into the capture (events, panes, journal): the replay makes its own.
 * @throws StewardError INPUT_UNREADABLE for a topic that no role has
 */
function loadedFrom(record: CaptureRecord): Loaded | null {
  const { topic, partition, key, timestampMs, headers = {} } = record
  if (!inputRoles.has(topic)) {
    if (eventRoles.has(topic) || topic === 'panes' || topic === 'journal') return null
    throw new StewardError('INPUT_UNREADABLE', `the capture has a record of topic '${topic}'; inputs are ${[...inputRoles].join(', ')}`)
  }
  if (partition !== undefined && !(Number.isInteger(partition) && partition >= 0 && partition < PARTITIONS_MAX)) {
    throw new StewardError('INPUT_UNREADABLE', `the capture has a record of ${topic} on partition ${partition}; partitions are whole numbers from 0 to ${PARTITIONS_MAX - 1}`)
  }
  const { inferenceId } = (record.value ?? {}) as { inferenceId?: unknown }
  return {
    role: topic as InputRole, partition, key: key === null ? null : Buffer.from(key), value: bytesOf(record), timestampMs, headers,
    isForeign: observedRoles.some((role) => role === topic) && typeof inferenceId === 'string' && inferenceId !== key,
  }
}

/** Topics to be rekeyed, each with the partitions that the capture has of it: those asked for, and those whose records lie under another key. */
function rekeyedOf(loaded: readonly Loaded[], asked: readonly ObservedRole[]): Rekeyed {
  const rekeyed: Partial<Record<ObservedRole, number>> = {}
  for (const role of observedRoles) {
    const own = loaded.filter((record) => record.role === role)
    if (!asked.includes(role) && !own.some(({ isForeign }) => isForeign)) continue
    rekeyed[role] = own.reduce((count, { partition = 0 }) => Math.max(count, partition + 1), 1)
  }
  return rekeyed
}

const bytesOf = ({ value, valueBase64 }: CaptureRecord): Uint8Array | null =>
  valueBase64 !== undefined ? Buffer.from(valueBase64, 'base64') : value === null ? null : Buffer.from(JSON.stringify(value))

/** A published record in capture form. */
export function outputOf(role: OutputRole, partition: number, { key, value, timestampMs, offset, headers }: RawRecord): CaptureRecord {
  return {
    topic: role, key: key === null ? null : Buffer.from(key).toString(), timestampMs, partition, offset, headers,
    value: value === null ? null : JSON.parse(Buffer.from(value).toString()),
  }
}
