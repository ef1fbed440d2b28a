/** The general way from a decoded value (JSON, or any Avro record) to a record: look every mapped path up. */
import type { ObserveRecord } from '../core/records.ts'
import type { RawRecord } from '../engine/ports.ts'
import { isTime, optional } from './avro-schema.ts'
import type { AvroType } from './avro-schema.ts'
import type { Wanted } from './avro-reader.ts'
import { FeatureCollector, isContainer } from './features.ts'
import type { ColumnKind, KindOf, ShapeTable } from './features.ts'
import type { ResolvedFeatures, ResolvedMapping } from './mapping.ts'
import { buildRecord } from './observed.ts'

export type FromValue = (value: unknown, raw: RawRecord, kinds?: KindOf) => ObserveRecord

/** @throws Refusal (the result does) */
export function generalReader(mapping: ResolvedMapping, shapes: ShapeTable): FromValue {
  const collector = mapping.features === null ? null : new FeatureCollector(shapes, mapping.features)
  const root = mapping.features?.root ?? []
  return (value, raw, kinds) => {
    const slots: unknown[] = []
    for (const { slot, path } of mapping.paths) slots[slot] = lookup(value, path)
    for (const { slot, read } of mapping.fixed) slots[slot] = read(raw)
    const segments = mapping.segmentMap === null ? null : lookup(value, mapping.segmentMap)
    const classScores = mapping.classMap === null ? null : lookup(value, mapping.classMap)
    const vector = collector === null ? null : collector.collect(lookup(value, root), kinds)
    return buildRecord(mapping, slots, segments, vector, classScores)
  }
}

/** What stands at a path; undefined when there is nothing. */
function lookup(value: unknown, path: readonly string[]): unknown {
  let at = value
  for (const step of path) {
    if (!isContainer(at)) return undefined
    if (at instanceof Map) at = (at as Map<string, unknown>).get(step)
    else at = Object.hasOwn(at, step) ? (at as Record<string, unknown>)[step] : undefined
  }
  return at
}

/** What to read of a writer's schema for a mapping: the mapped fields, and all where features may be anywhere. */
export function wantedFields(mapping: ResolvedMapping): Wanted {
  if (mapping.features !== null && mapping.features.root.length === 0) return true
  const paths = mapping.paths.map((source) => source.path)
  if (mapping.segmentMap !== null) paths.push(mapping.segmentMap)
  if (mapping.features !== null) paths.push(mapping.features.root)
  if (mapping.classMap !== null) paths.push(mapping.classMap)
  return wantedAt(paths)
}

function wantedAt(paths: readonly (readonly string[])[]): Wanted {
  if (paths.some((path) => path.length === 0)) return true
  const heads = new Map<string, (readonly string[])[]>()
  for (const [head, ...rest] of paths) heads.set(head, [...heads.get(head) ?? [], rest])
  return new Map([...heads].map(([head, rests]) => [head, wantedAt(rests)]))
}

/** What each scalar field below the features' root is, by its name relative to the root: a null then still has a column. */
export function schemaKinds(type: AvroType, features: ResolvedFeatures | null): KindOf {
  const kinds = new Map<string, ColumnKind | 'boolean'>()
  if (features === null) return kinds
  let at: AvroType | undefined = type
  for (const step of features.root) {
    const record: AvroType | undefined = at === undefined ? undefined : optional(at)?.type
    at = record?.kind === 'record' ? record.fields.find((field) => field.name === step)?.type : undefined
  }
  if (at !== undefined) addKinds(at, '', kinds, new Set())
  return kinds
}

function addKinds(given: AvroType, name: string, kinds: Map<string, ColumnKind | 'boolean'>, within: ReadonlySet<AvroType>): void {
  const type = optional(given)?.type
  if (type === undefined || within.has(type)) return
  if (type.kind === 'record') {
    const deeper = new Set([...within, type])
    for (const field of type.fields) addKinds(field.type, name === '' ? field.name : `${name}.${field.name}`, kinds, deeper)
    return
  }
  const kind = columnKind(type)
  if (kind !== null) kinds.set(name, type.kind === 'boolean' && kind === 'categorical' ? 'boolean' : kind)
}

/** What a scalar of this type is as a feature; `none` for times and raw bytes; null for lists, maps and unions. */
export function columnKind(type: AvroType): ColumnKind | null {
  if (isTime(type)) return 'none'
  if (type.logical?.logical === 'decimal') return 'numeric'
  switch (type.kind) {
    case 'int':
    case 'long':
    case 'float':
    case 'double': return 'numeric'
    case 'string':
    case 'enum':
    case 'boolean': return 'categorical'
    case 'bytes':
    case 'fixed':
    case 'null': return 'none'
    default: return null
  }
}
