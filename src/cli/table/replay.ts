/** A table of predictions (and one of labels) as the capture that a fleet would have left. */
import type { Profile } from '../../core/records.ts'
import { usage } from '../failure.ts'
import type { CaptureRecord } from '../services.ts'
import { classScoresAt } from './class-scores.ts'
import type { LoadedTable } from './load.ts'
import { decisionAt, positiveOf, scoreAt, taskOf, type ScalarValue, type Task } from './outcome.ts'
import { buildProfile } from './profile.ts'
import { scalarAt, timeAt, type Guess, type Roles } from './roles.ts'

export interface TableReplayOptions {
  predictions: LoadedTable
  roles: Roles
  /** a table of its own with id, label and perhaps time; null: the label column of the predictions, known at once */
  labels: { table: LoadedTable; roles: Roles } | null
  model: string
  /** of rows without a version column */
  version: string
  positive: string | null
  threshold: number
  /** rows before it make the profile and are not replayed; null: no profile */
  referenceUntilMs: number | null
  /** how long after its prediction a label without a time of its own is known */
  labelDelayMs: number
  /** null: guessed */
  paneMs: number | null
  /** pane of the model's own policy, which wins over both; absent without one */
  policyPaneMs?: number
}

export interface TableReplay {
  guesses: readonly Guess[]
  /** settings of the model that follow from the table */
  policy: Record<string, unknown>
  profile: Profile | null
  records: AsyncIterable<CaptureRecord>
  count: number
}

/** Panes people think in. */
const panesMs = [60_000, 600_000, 3_600_000, 6 * 3_600_000, 86_400_000, 7 * 86_400_000, 30 * 86_400_000]
const rowsPerPaneMin = 100
const panesMin = 10

/** The shortest pane that holds a hundred rows on average, but none so long that fewer than ten fit. */
export function fittingPane(rows: number, spanMs: number): number {
  const enough = panesMs.find((paneMs) => (rows * paneMs) / Math.max(spanMs, 1) >= rowsPerPaneMin) ?? panesMs[panesMs.length - 1]
  const longest = panesMs.filter((paneMs) => paneMs * panesMin <= spanMs).at(-1) ?? panesMs[0]
  return Math.min(enough, longest)
}

/** @throws StewardError USAGE or INPUT_UNREADABLE when the table lacks an id, a time or labels that fit */
export function replayTable(options: TableReplayOptions): TableReplay {
  const { predictions, roles } = options
  const time = timesOf(predictions, roles)
  const labels = labelsById(options)
  const label = options.labels === null ? labelColumn(predictions, roles) : labelColumn(options.labels.table, options.labels.roles)
  const task: Task = label === null ? (roles.classScores === undefined ? 'binary' : 'multiclass') : taskOf(label, roles)
  const positive: ScalarValue = label === null || task !== 'binary' ? true : positiveOf(label, options.positive)
  const ids = Array.from({ length: predictions.rows }, (_, row) => idAt(predictions, roles, row))
  const order = ids.map((_, row) => row).sort((a, b) => time[a] - time[b] || a - b)
  const until = options.referenceUntilMs ?? -Infinity
  const reference = order.filter((row) => time[row] < until)
  const replayed = order.filter((row) => time[row] >= until)
  if (replayed.length === 0) throw usage(`no row of ${predictions.path} lies at or after --reference-until: there is nothing to replay`)
  const profile = reference.length === 0 ? null : buildProfile(predictions, roles, {
    model: options.model, version: versionAt(options, reference[0]), effectiveFromMs: until, task, positive, threshold: options.threshold,
    bins: 10, scoreBins: 200, importances: null, labelAt: (row) => labels.get(ids[row])?.value ?? null, rows: reference,
  })
  const [firstMs, lastMs] = [time[replayed[0]], time[replayed[replayed.length - 1]]]
  const paneMs = options.policyPaneMs ?? options.paneMs ?? fittingPane(replayed.length, lastMs - firstMs)
  const entries = timeline({ options, time, ids, labels, replayed, positive, task, profile, paneMs })
  const rowsEach = Math.round((replayed.length * paneMs) / Math.max(1, lastMs - firstMs))
  const guesses = [
    { role: 'task', text: task === 'binary' ? `binary, positive is ${String(positive)}` : task },
    ...(options.policyPaneMs === undefined && options.paneMs === null ? [{ role: 'pane', text: `${spanText(paneMs)}, about ${rowsEach} rows each` }] : []),
  ]
  return { guesses, policy: policyOf(options, task, positive, paneMs), profile, records: stream(entries), count: entries.length }
}

async function* stream(records: readonly (() => CaptureRecord)[]): AsyncGenerator<CaptureRecord> {
  for (const record of records) yield record()
}

const spanText = (ms: number): string => ms % 86_400_000 === 0 ? `${ms / 86_400_000}d` : ms % 3_600_000 === 0 ? `${ms / 3_600_000}h` : `${ms / 60_000}m`

/** What does not suit a long pane by default grows with it: a request that expires before the next pane would be raised at every one. */
function policyOf({ threshold, roles }: TableReplayOptions, task: Task, positive: ScalarValue, paneMs: number): Record<string, unknown> {
  const atLeast = (leastMs: number, panes: number) => spanText(Math.max(leastMs, panes * paneMs))
  return {
    task, ...(task === 'multiclass' ? {} : { positive, threshold }), segments: [...roles.segments],
    time: { pane: spanText(paneMs), cohort: atLeast(3_600_000, 1), labelHorizon: atLeast(7 * 86_400_000, 4) },
    cooldown: atLeast(12 * 3_600_000, 2), requestExpires: atLeast(3 * 86_400_000, 12),
  }
}

function timesOf(table: LoadedTable, roles: Roles): Float64Array {
  if (roles.time === null) throw usage(`no column of ${table.path} looks like a time: --time names it`)
  const column = table.columns[roles.time]
  return Float64Array.from({ length: table.rows }, (_, row) => {
    const ms = timeAt(column, row)
    if (!Number.isNaN(ms)) return ms
    throw usage(`row ${row + 1} of ${table.path}: the column '${roles.time}' holds no time there. Times are ISO 8601, or epoch seconds or milliseconds`)
  })
}

const labelColumn = ({ columns }: LoadedTable, { label }: Roles) => (label === null ? null : columns[label])

function idAt({ columns }: LoadedTable, { id }: Roles, row: number): string {
  const value = id === null ? null : scalarAt(columns[id], row)
  return value === null ? `row-${row + 1}` : String(value)
}

function versionAt({ predictions, roles, version }: TableReplayOptions, row: number): string {
  return roles.version === null ? version : String(scalarAt(predictions.columns[roles.version], row) ?? version)
}

interface KnownLabel { value: ScalarValue; atMs: number | null }

function labelsById({ labels, predictions, roles }: TableReplayOptions): Map<string, KnownLabel> {
  const { table, roles: own } = labels ?? { table: predictions, roles: { ...roles, time: null } }
  const known = new Map<string, KnownLabel>()
  if (own.label === null) {
    if (labels === null) return known
    throw usage(`no column of ${table.path} looks like a label: --label names it`)
  }
  if (labels !== null && own.id === null) throw usage(`no column of ${table.path} looks like an id: --id names it, in both tables`)
  for (let row = 0; row < table.rows; row++) {
    const value = scalarAt(table.columns[own.label], row)
    if (value === null) continue
    const atMs = own.time === null ? NaN : timeAt(table.columns[own.time], row)
    known.set(idAt(table, own, row), { value, atMs: Number.isNaN(atMs) ? null : atMs })
  }
  return known
}

interface Timeline {
  options: TableReplayOptions
  time: Float64Array
  ids: readonly string[]
  labels: ReadonlyMap<string, KnownLabel>
  replayed: readonly number[]
  positive: ScalarValue
  task: Task
  profile: Profile | null
  paneMs: number
}

/** Every record in the order of its time, features before predictions before labels; each is made when it is its turn. */
function timeline(of: Timeline): (() => CaptureRecord)[] {
  const { options, time, ids, labels, replayed, profile, paneMs } = of
  const { model } = options
  const entries: { atMs: number; rank: number; record: () => CaptureRecord }[] = []
  let lastMs = -Infinity
  for (const row of replayed) {
    const atMs = time[row]
    lastMs = Math.max(lastMs, atMs)
    const key = ids[row]
    if (options.roles.features.length > 0) {
      entries.push({ atMs, rank: 1, record: () => ({ topic: 'features', key, timestampMs: atMs, value: featuresOf(of, row) }) })
    }
    entries.push({ atMs, rank: 2, record: () => ({ topic: 'predictions', key, timestampMs: atMs, value: predictionOf(of, row) }) })
    const label = labels.get(key)
    if (label === undefined) continue
    const labelMs = label.atMs ?? atMs + options.labelDelayMs
    lastMs = Math.max(lastMs, labelMs)
    const value = { inferenceId: key, model, observedAt: labelMs, value: label.value }
    entries.push({ atMs: labelMs, rank: 3, record: () => ({ topic: 'labels', key, timestampMs: labelMs, value }) })
  }
  entries.sort((a, b) => a.atMs - b.atMs || a.rank - b.rank)
  const closingMs = (Math.floor(lastMs / paneMs) + 2) * paneMs
  const first = profile === null ? [] : [() => ({ topic: 'profiles', key: model, timestampMs: time[replayed[0]], value: withoutKind(profile) })]
  return [...first, ...entries.map(({ record }) => record), () => ({ topic: 'ticks', key: null, timestampMs: closingMs, value: { issuer: 'replay' } })]
}

function withoutKind({ kind: _kind, ...profile }: Profile): Omit<Profile, 'kind'> {
  return profile
}

function featuresOf({ options: { predictions, roles, model }, ids, time }: Timeline, row: number): unknown {
  const numeric: Record<string, number | null> = {}
  const categorical: Record<string, string | null> = {}
  for (const name of roles.features) {
    const column = predictions.columns[name]
    if (column.type === 'text') categorical[name] = column.values[row]
    else numeric[name] = Number.isFinite(column.values[row]) ? column.values[row] : null
  }
  return { inferenceId: ids[row], model, observedAt: time[row], numeric, categorical }
}

function predictionOf({ options, ids, time, positive, task }: Timeline, row: number): unknown {
  const { predictions, roles, model, threshold } = options
  const score = task === 'multiclass' ? NaN : scoreAt(predictions, roles, row)
  const classScores = task === 'multiclass' ? classScoresAt(predictions, roles, row) : null
  const decidedClass = task === 'multiclass' && roles.decision !== null ? scalarAt(predictions.columns[roles.decision], row) : null
  const decided = task === 'binary' && roles.decision !== null ? decisionAt(predictions, roles, row, positive, threshold) : null
  const segments = roles.segments.flatMap((name) => {
    const value = scalarAt(predictions.columns[name], row)
    return value === null ? [] : [[name, String(value)]]
  })
  const scored = Number.isFinite(score)
  return {
    inferenceId: ids[row], model, version: versionAt(options, row), predictedAt: time[row], score: scored ? score : null,
    ...(decided === null ? {} : { decision: decided === 1 ? positive : negativeOf(positive) }),
    ...(classScores === null ? {} : { classScores }), ...(decidedClass === null ? {} : { decision: decidedClass }),
    outcome: scored || decided !== null || classScores !== null || decidedClass !== null ? 'ok' : 'error', acted: true, segments: Object.fromEntries(segments) as Record<string, string>,
  }
}

/** Anything that is not the positive value will do; of two numbers or booleans the other one says it best. */
function negativeOf(positive: ScalarValue): ScalarValue {
  return typeof positive === 'boolean' ? !positive : typeof positive === 'number' ? (positive === 0 ? 1 : 0) : `not ${positive}`
}
