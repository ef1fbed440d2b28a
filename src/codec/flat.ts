/**
 * The fast way for flat Avro records (scalars, optional scalars, records of them): the schema and the mapping become one list of
 * steps, run straight over the bytes. Gives what the general way gives; `compileFlat` returns null for everything else.
 */
import type { FeatureVector, ObserveRecord } from '../core/records.ts'
import type { SentAs } from '../core/sketches/value-types.ts'
import type { RawRecord } from '../engine/ports.ts'
import { compileReader, compileSkip } from './avro-reader.ts'
import type { Read } from './avro-reader.ts'
import type { Cursor } from './avro-cursor.ts'
import { optional } from './avro-schema.ts'
import type { AvroType } from './avro-schema.ts'
import { refuse } from './codes.ts'
import { sentNumber, smallFloat64Array } from './features.ts'
import type { ShapeTable } from './features.ts'
import { columnKind } from './general.ts'
import { slotOf, SLOTS } from './mapping.ts'
import type { ResolvedMapping } from './mapping.ts'
import { buildRecord } from './observed.ts'

type Target = 'slot' | 'numeric' | 'categorical' | 'skip'

interface Step {
  type: AvroType
  /** index of the null in its union, −1 when it is no union */
  nullAt: number
  target: Target
  /** slot, or column in record order */
  index: number
  name: string
}

// what a step does, in one byte
const SKIP = 0
const NUMERIC_DOUBLE = 1
const NUMERIC = 2
const CATEGORY_STRING = 3
const CATEGORY = 4
const SLOT_DOUBLE = 5
const SLOT_COMMON_STRING = 6
const SLOT_BOOLEAN = 7
const SLOT = 8

export type FlatReader = (cursor: Cursor, raw: RawRecord) => ObserveRecord

/** Slots whose strings hardly ever repeat. */
const uniqueSlots: ReadonlySet<number> = new Set([slotOf.id, slotOf.entityId])

/** @returns null when the record is not flat or the mapping asks for more than a flat reading can give */
export function compileFlat(type: AvroType, mapping: ResolvedMapping, shapes: ShapeTable): FlatReader | null {
  const steps = planSteps(type, mapping)
  return steps === null ? null : assemble(steps, mapping, shapes)
}

function planSteps(type: AvroType, mapping: ResolvedMapping): Step[] | null {
  const slotAt = new Map<string, number>()
  for (const { slot, path } of mapping.paths) {
    if (slotAt.has(path.join('.'))) return null
    slotAt.set(path.join('.'), slot)
  }
  // a field that the general way would look into must not be passed over here
  const watched = new Set([mapping.segmentMap?.join('.'), mapping.classMap?.join('.')])
  const root = mapping.features === null ? null : mapping.features.root.join('.')
  if (mapping.features !== null && mapping.features.numeric.size + mapping.features.categorical.size > 0) return null
  const steps: Step[] = []
  const counts = { numeric: 0, categorical: 0 }

  const visit = (given: AvroType, path: string, within: readonly AvroType[]): boolean => {
    const bare = optional(given)
    if (path !== '' && (watched.has(path) || (root !== '' && path === root))) return false
    const slot = slotAt.get(path)
    if (bare !== null && bare.type.kind === 'record') {
      if (bare.nullAt >= 0 || slot !== undefined || within.includes(bare.type)) return false
      return bare.type.fields.every((field) => visit(field.type, path === '' ? field.name : `${path}.${field.name}`, [...within, bare.type]))
    }
    const kind = bare === null ? null : columnKind(bare.type)
    const { type: inner, nullAt } = bare ?? { type: given, nullAt: -1 }
    const step = (target: Target, index: number): boolean => steps.push({ type: inner, nullAt, target, index, name: path }) > 0
    if (slot !== undefined) return scalar(given) && step('slot', slot)
    if (root !== '' || mapping.features!.taken.has(path) || kind === 'none') return step('skip', 0)
    return kind !== null && step(kind, counts[kind]++)
  }
  if (type.kind !== 'record' || !visit(type, '', [])) return null
  const hasLabel = mapping.fixed.some(({ slot }) => slot === slotOf.label) || steps.some(({ target, index }) => target === 'slot' && index === slotOf.label)
  return mapping.role === 'labels' && !hasLabel ? null : steps
}

/** A scalar or a union of scalars: whatever it holds can be put into a slot. */
const scalar = (type: AvroType): boolean => (type.kind === 'union' ? type.branches.every(scalar) : columnKind(type) !== null)

function opcode({ type, target, index }: Step): number {
  const plain = type.logical === undefined
  switch (target) {
    case 'skip': return SKIP
    case 'numeric': return type.kind === 'double' ? NUMERIC_DOUBLE : NUMERIC
    case 'categorical': return type.kind === 'string' ? CATEGORY_STRING : CATEGORY
    case 'slot': {
      if (plain && type.kind === 'double') return SLOT_DOUBLE
      if (plain && type.kind === 'string' && !uniqueSlots.has(index)) return SLOT_COMMON_STRING
      return plain && type.kind === 'boolean' ? SLOT_BOOLEAN : SLOT
    }
  }
}

/** For each step, how many plain doubles follow each other from there on (1 for any other step). */
function runsOf(steps: readonly Step[], ops: Uint8Array): Int32Array {
  const runs = new Int32Array(steps.length).fill(1)
  for (let i = steps.length - 2; i >= 0; i--) {
    const joins = ops[i] === NUMERIC_DOUBLE && ops[i + 1] === NUMERIC_DOUBLE && steps[i].nullAt < 0 && steps[i + 1].nullAt < 0
    if (joins) runs[i] = runs[i + 1] + 1
  }
  return runs
}

function assemble(steps: readonly Step[], mapping: ResolvedMapping, shapes: ShapeTable): FlatReader {
  const names = (target: Target) => steps.filter((step) => step.target === target).map((step) => step.name)
  const sentAs = steps.filter(({ target }) => target === 'categorical').map(({ type }): SentAs => (type.kind === 'boolean' ? 'boolean' : 'text'))
  const columns = shapes.columns(names('numeric'), names('categorical'), sentAs.includes('boolean') ? sentAs : null)
  const ops = Uint8Array.from(steps, opcode)
  const runs = runsOf(steps, ops)
  const nullAts = Int8Array.from(steps, (step) => step.nullAt)
  const places = Int32Array.from(steps, (step) => {
    if (step.target === 'numeric') return columns.numericAt[step.index]
    return step.target === 'categorical' ? columns.categoricalAt[step.index] : step.index
  })
  const reads: Read[] = steps.map((step) => (step.target === 'skip' ? compileSkip(step.type) : compileReader(step.type)))
  const { shape } = columns
  const hasVector = mapping.features !== null && mapping.features.root.length === 0
  const { fixed } = mapping
  const slots = new Array<unknown>(SLOTS.length + mapping.segmentNames.length + mapping.classNames.length).fill(null)

  return (cursor, raw) => {
    const numeric = hasVector ? smallFloat64Array(shape.numeric.length) : NO_NUMBERS
    const categorical = hasVector ? new Array<string | null>(shape.categorical.length).fill(null) : NO_STRINGS
    for (let i = 0; i < ops.length; i++) {
      const op = ops[i]
      const place = places[i]
      if (nullAts[i] >= 0 && isNull(cursor, nullAts[i])) {
        if (op === NUMERIC_DOUBLE || op === NUMERIC) numeric[place] = NaN
        else if (op >= SLOT_DOUBLE) slots[place] = null
        continue
      }
      switch (op) {
        case NUMERIC_DOUBLE:
          cursor.doubles(numeric, places, i, runs[i])
          i += runs[i] - 1
          break
        case NUMERIC: numeric[place] = sentNumber(Number(reads[i](cursor))); break
        case CATEGORY_STRING: categorical[place] = cursor.commonString(); break
        case CATEGORY: categorical[place] = String(reads[i](cursor)); break
        case SLOT_DOUBLE: slots[place] = cursor.double(); break
        case SLOT_COMMON_STRING: slots[place] = cursor.commonString(); break
        case SLOT_BOOLEAN: slots[place] = cursor.boolean(); break
        case SLOT: slots[place] = reads[i](cursor); break
        default: reads[i](cursor)
      }
    }
    cursor.finish()
    for (let i = 0; i < fixed.length; i++) slots[fixed[i].slot] = fixed[i].read(raw)
    const vector: FeatureVector | null = hasVector ? { shape, numeric, categorical } : null
    return buildRecord(mapping, slots, null, vector, null)
  }
}

const NO_NUMBERS = new Float64Array(0)
const NO_STRINGS: (string | null)[] = []

function isNull(cursor: Cursor, nullAt: number): boolean {
  const branch = cursor.size()
  if (branch > 1) refuse('UNDECODABLE', `branch ${branch} of a union of 2: the value was written with another schema`)
  return branch === nullAt
}
