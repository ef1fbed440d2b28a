/** Field mapping: which field of somebody's record is which of ours. The defaults are the names of our own schemas. */
import type { Scalar } from '../core/records.ts'
import type { Headers, InputRole, RawRecord } from '../engine/ports.ts'

export type MappedRole = Extract<InputRole, 'predictions' | 'labels' | 'features'>

export type TimeUnit = 's' | 'ms' | 'us' | 'ns'

/**
 * Where a value comes from: a path (`payload.user.id`), a constant, or the Kafka record itself. `unit` is for times that are
 * numbers without a logical type (default ms).
 */
export type FieldSource = string | { path: string; unit?: TimeUnit } | { const: Scalar } | { from: 'key' | 'timestamp' } | { header: string }

/** Which fields become features. */
export interface FeatureMapping {
  /** only fields below this path; default: the whole record of a `features` topic, `features` in a prediction */
  path?: string
  /** fields that are numeric whatever they look like; a JSON null of an unlisted field is left out, as nothing says what it is */
  numeric?: readonly string[]
  /** fields that are categorical whatever they look like: codes written as numbers */
  categorical?: readonly string[]
  /** fields that are no features */
  ignore?: readonly string[]
}

/** The fields of one input topic. What is absent keeps its default; null says that there is no such field. */
export interface FieldMapping {
  id?: FieldSource
  model?: FieldSource
  time?: FieldSource
  version?: FieldSource
  score?: FieldSource | null
  decision?: FieldSource | null
  acted?: FieldSource | null
  outcome?: FieldSource | null
  errorCode?: FieldSource | null
  entityId?: FieldSource | null
  configSequence?: FieldSource | null
  latencyMs?: FieldSource | null
  cost?: FieldSource | null
  label?: FieldSource | null
  weight?: FieldSource | null
  /** segment name → its field, or the path of a map; default `segments` */
  segments?: string | Readonly<Record<string, FieldSource>> | null
  /** class → the field of its probability, or the path of a map; default `classScores` */
  classScores?: string | Readonly<Record<string, FieldSource>> | null
  features?: FeatureMapping | null
}

/** Places of the values of one record, filled by a reader and checked by `records.ts`. */
export const SLOTS = [
  'id', 'model', 'time', 'version', 'score', 'decision', 'acted', 'outcome', 'errorCode', 'entityId', 'configSequence', 'latencyMs', 'cost',
  'label', 'weight',
] as const
export type SlotName = typeof SLOTS[number]
export const slotOf = Object.fromEntries(SLOTS.map((name, index) => [name, index])) as Readonly<Record<SlotName, number>>

const predictionDefaults: Partial<Record<SlotName, string>> = {
  id: 'inferenceId', model: 'model', time: 'predictedAt', version: 'version', score: 'score', decision: 'decision', acted: 'acted', outcome: 'outcome',
  errorCode: 'errorCode', entityId: 'entityId', configSequence: 'configSequence', latencyMs: 'latencyMs', cost: 'cost',
}
const defaults: Readonly<Record<MappedRole, Partial<Record<SlotName, string>>>> = {
  predictions: predictionDefaults,
  labels: { id: 'inferenceId', model: 'model', time: 'observedAt', label: 'value', weight: 'weight' },
  features: { id: 'inferenceId', model: 'model', time: 'observedAt' },
}

export interface PathSource {
  slot: number
  path: readonly string[]
}

/** A value that is the same for every record, or that stands beside the value. */
export interface FixedSource {
  slot: number
  read: (raw: RawRecord) => unknown
}

/** A mapping with its defaults filled in, taken apart for the readers. */
export interface ResolvedMapping {
  role: MappedRole
  /** slot → what the user knows the field as, for messages */
  labels: readonly string[]
  paths: readonly PathSource[]
  fixed: readonly FixedSource[]
  /** milliseconds in one unit of a plain number in the time field */
  msPerUnit: number
  /** a map of segments, or null */
  segmentMap: readonly string[] | null
  /** slots beyond SLOTS, one a segment, in this order */
  segmentNames: readonly string[]
  /** a map of class probabilities, or null */
  classMap: readonly string[] | null
  /** slots beyond those of segments, one a class, in this order */
  classNames: readonly string[]
  features: ResolvedFeatures | null
}

export interface ResolvedFeatures {
  /** where features begin; empty: the whole record */
  root: readonly string[]
  /** paths, dotted, that a mapped field or the user has taken out */
  taken: ReadonlySet<string>
  numeric: ReadonlySet<string>
  categorical: ReadonlySet<string>
}

const msPerUnits: Readonly<Record<TimeUnit, number>> = { s: 1000, ms: 1, us: 1e-3, ns: 1e-6 }

/** Fills in the defaults of a role. */
export function resolveMapping(role: MappedRole, mapping: FieldMapping = {}): ResolvedMapping {
  const sources: { slot: number; source: FieldSource }[] = []
  const labels: string[] = []
  for (const [name, byDefault] of Object.entries(defaults[role]) as [SlotName, string][]) {
    const source = mapping[name] === undefined ? byDefault : mapping[name]
    labels[slotOf[name]] = describe(source, byDefault)
    if (source !== null) sources.push({ slot: slotOf[name], source })
  }
  const segments = role === 'predictions' ? mapping.segments === undefined ? 'segments' : mapping.segments : null
  const segmentNames = segments === null || typeof segments === 'string' ? [] : Object.keys(segments)
  segmentNames.forEach((name, index) => {
    labels[SLOTS.length + index] = `segment ${name}`
    sources.push({ slot: SLOTS.length + index, source: (segments as Record<string, FieldSource>)[name] })
  })
  const classes = role === 'predictions' ? mapping.classScores === undefined ? 'classScores' : mapping.classScores : null
  const classNames = classes === null || typeof classes === 'string' ? [] : Object.keys(classes)
  classNames.forEach((name, index) => {
    labels[SLOTS.length + segmentNames.length + index] = `class ${name}`
    sources.push({ slot: SLOTS.length + segmentNames.length + index, source: (classes as Record<string, FieldSource>)[name] })
  })
  const paths = sources.flatMap(({ slot, source }) => (pathOf(source) === null ? [] : [{ slot, path: split(pathOf(source)!) }]))
  const segmentMap = typeof segments === 'string' ? split(segments) : null
  const classMap = typeof classes === 'string' ? split(classes) : null
  return {
    role, labels, paths, segmentMap, segmentNames, classMap, classNames,
    fixed: sources.flatMap(({ slot, source }) => (pathOf(source) === null ? [{ slot, read: fixedReader(source) }] : [])),
    msPerUnit: unitOf(mapping.time),
    features: resolveFeatures(role, mapping.features, paths, [segmentMap, classMap]),
  }
}

const split = (path: string): string[] => path.split('.')

function pathOf(source: FieldSource): string | null {
  if (typeof source === 'string') return source
  return 'path' in source ? source.path : null
}

function describe(source: FieldSource | null, byDefault: string): string {
  return source === null ? byDefault : pathOf(source) ?? byDefault
}

function unitOf(time: FieldSource | undefined): number {
  return time !== undefined && typeof time !== 'string' && 'unit' in time ? msPerUnits[time.unit ?? 'ms'] : 1
}

function fixedReader(source: FieldSource): (raw: RawRecord) => unknown {
  if (typeof source === 'string' || 'path' in source) return () => null
  if ('const' in source) return () => source.const
  if ('header' in source) return ({ headers }) => header(headers, source.header)
  if (source.from === 'timestamp') return ({ timestampMs }) => timestampMs
  return ({ key }) => (key === null ? null : Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString())
}

const header = (headers: Headers, name: string): string | null => (Object.hasOwn(headers, name) ? headers[name] : null)

function resolveFeatures(
  role: MappedRole, mapping: FeatureMapping | null | undefined, paths: readonly PathSource[], maps: readonly (readonly string[] | null)[],
): ResolvedFeatures | null {
  if (role === 'labels' || mapping === null) return null
  const { path, numeric = [], categorical = [], ignore = [] } = mapping ?? {}
  const root = path === undefined ? (role === 'predictions' ? ['features'] : []) : path === '' ? [] : split(path)
  const taken = new Set([...paths.map((source) => source.path.join('.')), ...ignore.map((name) => [...root, name].join('.'))])
  for (const map of maps) if (map !== null) taken.add(map.join('.'))
  return { root, taken, numeric: new Set(numeric), categorical: new Set(categorical) }
}
