/** From the values of a record's fields to a Prediction, Features or Label: the one place that checks them, whatever the wire was. */
import type { Features, FeatureVector, Label, ObserveRecord, Prediction, Scalar } from '../core/records.ts'
import { classScoresFrom, classScoresOf } from './class-scores.ts'
import { refuse } from './codes.ts'
import { asNumber, isContainer, sentNumber, shown } from './features.ts'
import { slotOf, SLOTS } from './mapping.ts'
import type { ResolvedMapping } from './mapping.ts'
import { parseTime } from './time.ts'

/** Raw values by slot; undefined and null are both absent. */
export type Slots = unknown[]

/**
 * Makes the record of the mapping's role.
 * @param segments a decoded map of segments, or null @param vector its features, or null @param classScores a decoded map of class probabilities, or null
 * @throws Refusal naming the field
 */
export function buildRecord(mapping: ResolvedMapping, slots: Slots, segments: unknown, vector: FeatureVector | null, classScores: unknown): ObserveRecord {
  switch (mapping.role) {
    case 'features': return buildFeatures(mapping, slots, vector)
    case 'predictions': return buildPrediction(mapping, slots, segments, vector, classScores)
    case 'labels': return buildLabel(mapping, slots)
  }
}

function buildFeatures(mapping: ResolvedMapping, slots: Slots, vector: FeatureVector | null): Features {
  const { labels } = mapping
  return {
    kind: 'features',
    inferenceId: required(slots[slotOf.id], labels[slotOf.id]),
    model: name(slots[slotOf.model], labels[slotOf.model]),
    observedAt: time(slots[slotOf.time], labels[slotOf.time], mapping.msPerUnit),
    vector: vector ?? refuse('MISSING_FIELD', 'the record has no features: send them as `numeric` and `categorical`, or map `features.path`'),
  }
}

const outcomes = ['ok', 'error', 'timeout'] as const

function buildPrediction(mapping: ResolvedMapping, slots: Slots, segments: unknown, vector: FeatureVector | null, classScores: unknown): Prediction {
  const { labels } = mapping
  const outcome = slots[slotOf.outcome] ?? 'ok'
  if (outcome !== 'ok' && !outcomes.includes(outcome as 'ok')) refuse('WRONG_TYPE', `'${labels[slotOf.outcome]}' must be one of ${outcomes.join(', ')}`)
  return {
    kind: 'prediction',
    inferenceId: required(slots[slotOf.id], labels[slotOf.id]),
    model: name(slots[slotOf.model], labels[slotOf.model]),
    version: name(slots[slotOf.version], labels[slotOf.version]),
    predictedAt: time(slots[slotOf.time], labels[slotOf.time], mapping.msPerUnit),
    score: score(slots[slotOf.score], labels[slotOf.score]),
    classScores: mapping.classNames.length > 0 ? classScoresFrom(mapping.classNames, slots, SLOTS.length + mapping.segmentNames.length) : classScoresOf(classScores),
    decision: scalar(slots[slotOf.decision], labels[slotOf.decision]),
    acted: flag(slots[slotOf.acted], labels[slotOf.acted]),
    outcome: outcome as Prediction['outcome'],
    errorCode: text(slots[slotOf.errorCode], labels[slotOf.errorCode]),
    entityId: text(slots[slotOf.entityId], labels[slotOf.entityId]),
    configSequence: sequence(slots[slotOf.configSequence], labels[slotOf.configSequence]),
    latencyMs: measure(slots[slotOf.latencyMs], labels[slotOf.latencyMs]),
    cost: measure(slots[slotOf.cost], labels[slotOf.cost]),
    segments: mapping.segmentNames.length > 0 ? namedSegments(mapping, slots) : segmentMap(segments),
    features: vector,
  }
}

function buildLabel(mapping: ResolvedMapping, slots: Slots): Label {
  const { labels } = mapping
  const weight = slots[slotOf.weight] ?? 1
  if (typeof weight !== 'number' || !(weight >= 0) || weight === Infinity) refuse('WRONG_TYPE', `'${labels[slotOf.weight]}' must be a finite number, not negative`)
  return {
    kind: 'label',
    inferenceId: required(slots[slotOf.id], labels[slotOf.id]),
    model: name(slots[slotOf.model], labels[slotOf.model]),
    observedAt: time(slots[slotOf.time], labels[slotOf.time], mapping.msPerUnit),
    value: truth(slots[slotOf.label], labels[slotOf.label]),
    weight,
  }
}

/** What is not there must not pass for a label that is taken back. */
function truth(value: unknown, field: string): Scalar | null {
  return value === undefined ? refuse('MISSING_FIELD', `'${field}' is missing: send it (null withdraws the label), or name its path in the mapping as \`label\``) : scalar(value, field)
}

function required(value: unknown, field: string): string {
  return text(value, field) ?? refuse('MISSING_FIELD', `'${field}' is missing: send it, or name its path in the mapping`)
}

/** Models and versions become keys of tables. */
function name(value: unknown, field: string): string {
  const given = required(value, field)
  return given in Object.prototype ? refuse('WRONG_TYPE', `'${field}' may not be '${given}', which every object has`) : given
}

/** A string; whole numbers are taken as their digits, as keys often are numbers. Empty counts as absent. */
function text(value: unknown, field: string): string | null {
  if (typeof value === 'string') return value === '' ? null : value
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return value.toString()
  if (typeof value !== 'number') return refuse('WRONG_TYPE', `'${field}' must be a string, not ${shown(value)}`)
  return Number.isSafeInteger(value) ? String(value) : refuse('NUMBER_TOO_LARGE', `'${field}' is a number that is not exact: send it as a string`)
}

function time(value: unknown, field: string, msPerUnit: number): number {
  if (typeof value === 'number' && msPerUnit === 1 && Number.isInteger(value) && Math.abs(value) <= TIME_MS_MAX) return value
  if (value === null || value === undefined) return refuse('MISSING_FIELD', `'${field}' is missing: send epoch milliseconds or ISO 8601, or name its path in the mapping`)
  return parseTime(value, msPerUnit) ?? refuse(typeof value === 'bigint' ? 'NUMBER_TOO_LARGE' : 'WRONG_TYPE', `'${field}' is no time: send epoch milliseconds or ISO 8601`)
}

const TIME_MS_MAX = 8.64e15

function score(value: unknown, field: string): number {
  if (value === null || value === undefined) return NaN
  if (Array.isArray(value)) {
    return refuse('UNSUPPORTED', `'${field}' is a list: ranking lists and multi-label scores are not supported. Send one inference for each item or label`)
  }
  return sentNumber(asNumber(value, `'${field}'`))
}

/** A quantity that only informs: what is not finite counts as absent. */
function measure(value: unknown, field: string): number {
  if (value === null || value === undefined) return NaN
  const given = asNumber(value, `'${field}'`)
  return Number.isFinite(given) ? given : NaN
}

function scalar(value: unknown, field: string): Scalar | null {
  switch (typeof value) {
    case 'boolean':
    case 'string': return value
    case 'number': return Number.isFinite(value) ? value : refuse('WRONG_TYPE', `'${field}' is not a finite number`)
    case 'bigint': return refuse('NUMBER_TOO_LARGE', `'${field}' is beyond 2^53: send it as a string`)
    case 'undefined': return null
    default: break
  }
  if (value === null) return null
  if (Array.isArray(value)) return refuse('UNSUPPORTED', `'${field}' is a list: multi-label is not supported. Send one inference for each label`)
  return refuse('WRONG_TYPE', `'${field}' must be a boolean, number or string, not ${shown(value)}`)
}

function flag(value: unknown, field: string): boolean {
  if (value === null || value === undefined) return true
  return typeof value === 'boolean' ? value : refuse('WRONG_TYPE', `'${field}' must be true or false, not ${shown(value)}`)
}

function sequence(value: unknown, field: string): number | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return refuse('NUMBER_TOO_LARGE', `'${field}' is beyond 2^53`)
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : refuse('WRONG_TYPE', `'${field}' must be a whole number, not ${shown(value)}`)
}

function namedSegments(mapping: ResolvedMapping, slots: Slots): Readonly<Record<string, string>> | null {
  let segments: Record<string, string> | null = null
  for (let i = 0; i < mapping.segmentNames.length; i++) {
    const value = slots[SLOTS.length + i]
    if (value === null || value === undefined) continue
    segments ??= {}
    segments[mapping.segmentNames[i]] = segmentValue(value, mapping.segmentNames[i])
  }
  return segments
}

function segmentMap(value: unknown): Readonly<Record<string, string>> | null {
  if (value === null || value === undefined) return null
  if (!isContainer(value)) return refuse('WRONG_TYPE', `'segments' must map names to values, not ${shown(value)}`)
  const segments: Record<string, string> = {}
  for (const [key, member] of value instanceof Map ? value as Map<string, unknown> : Object.entries(value)) {
    if (key in Object.prototype) refuse('WRONG_TYPE', `a segment may not be named '${key}', which every object has`)
    if (member !== null) segments[key] = segmentValue(member, key)
  }
  return segments
}

function segmentValue(value: unknown, key: string): string {
  if (typeof value === 'string') return value
  if (typeof value === 'boolean' || typeof value === 'number') return String(value)
  return refuse('WRONG_TYPE', `segment '${key}' must be a string, not ${shown(value)}`)
}
