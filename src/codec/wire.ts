/** Records ⇄ their wire form: plain objects with the field names of the schemas, the same for JSON and Avro but for bytes and unions. */
import { classNameOf } from '../core/observe/class-table.ts'
import type { Candidate, DeadLetter, DecisionCounts, FeatureReference, Features, FeatureVector, Prediction, Profile, ScoreCalibration } from '../core/records.ts'
import { refuse } from './codes.ts'
import { conform } from './conform.ts'
import { isContainer } from './features.ts'
import { contracts, ownSchema } from './own.ts'
import type { SchemaRole } from './own.ts'

export type WireFormat = 'json' | 'avro'
type Fields = Record<string, unknown>

/** The wire form of a record. */
export function toWire(record: { kind: string }, format: WireFormat): Fields {
  const { kind, ...fields } = record as Fields
  switch (kind) {
    case 'features': {
      const { vector, ...rest } = record as Features
      return { ...rest, kind: undefined, ...vectorToWire(vector) }
    }
    case 'prediction': return predictionToWire(record as Prediction, fields)
    case 'candidate': {
      const { profile, trainingMode } = record as Candidate
      return { ...fields, trainingMode: enumName(trainingMode, format), profile: profile === null ? null : toWire(profile, format) }
    }
    case 'profile': return profileToWire(record as Profile, fields, format)
    case 'retrain-requested': return { ...fields, advice: enumName(fields.advice as string, format) }
    case 'dead-letter': return { ...fields, key: bytesToWire((record as DeadLetter).key, format), bytes: bytesToWire((record as DeadLetter).bytes, format) }
    default: return fields
  }
}

const enumName = (name: string, format: WireFormat): string => (format === 'avro' ? name.replaceAll('-', '_') : name)
const present = (value: number): number | null => (Number.isNaN(value) ? null : value)

function bytesToWire(bytes: Uint8Array | null, format: WireFormat): Buffer | string | null {
  if (bytes === null) return null
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return format === 'avro' ? buffer : buffer.toString('base64')
}

function vectorToWire({ shape, numeric, categorical }: FeatureVector): Fields {
  return {
    numeric: Object.fromEntries(shape.numeric.map((name, i) => [name, present(numeric[i])])),
    categorical: Object.fromEntries(shape.categorical.map((name, i) => [name, categorical[i]])),
  }
}

function predictionToWire({ score, classScores, latencyMs, cost, features }: Prediction, fields: Fields): Fields {
  const classes = classScores === null || classScores === undefined ? null : Object.fromEntries(classScores.classes.map((name, i) => [name, classScores.scores[i]]))
  return { ...fields, classScores: classes, score: present(score), latencyMs: present(latencyMs), cost: present(cost), features: features === null ? null : vectorToWire(features) }
}

const mapped = <T, U>(record: Readonly<Record<string, T>>, of: (each: T, name: string) => U): Record<string, U> =>
  Object.fromEntries(Object.entries(record).map(([name, each]) => [name, of(each, name)]))

const scoreToWire = (score: Profile['score']): Fields | null => (score === null ? null : { ...score, kind: undefined })

function profileToWire({ features, score, segments }: Profile, fields: Fields, format: WireFormat): Fields {
  const one = ({ kind, ...reference }: FeatureReference): Fields => {
    if (format === 'json') return reference
    return { [kind === 'numeric' ? 'io.modelsteward.NumericReference' : 'io.modelsteward.CategoricalReference']: reference }
  }
  return {
    ...fields,
    features: Object.fromEntries(Object.entries(features).map(([name, reference]) => [name, one(reference)])),
    score: scoreToWire(score),
    ...(segments === undefined ? {} : { segments: mapped(segments, (segment) => ({ ...segment, features: mapped(segment.features, one), score: scoreToWire(segment.score) })) }),
  }
}

/**
 * The record of a decoded value, for all roles but `predictions`, `labels` and `features` (those have mappings: `general.ts`).
 * @throws Refusal
 */
export function fromWire(role: SchemaRole, value: unknown): { kind: string } {
  const fields = conform(ownSchema(role), withOldNames(role, value)) as Fields
  const { kind } = contracts[role]
  switch (role) {
    case 'candidates': return { kind, ...fields, profile: fields.profile === null ? null : profileFromWire(fields.profile as Fields) } as { kind: string }
    case 'profiles': return profileFromWire(fields)
    case 'retrain-requested': return { kind, ...withFindings(fields, 'reasons') }
    case 'promote': return { kind, ...withFindings(fields, 'gates') }
    case 'rollback':
    case 'decisions': return { kind, ...withFindings(fields, 'findings') }
    default: return { kind, ...fields }
  }
}

/** People write the command, and the incident, under `kind`. */
function withOldNames(role: SchemaRole, value: unknown): unknown {
  const name = role === 'commands' ? 'command' : role === 'incidents' ? 'incident' : null
  if (name === null || !isContainer(value) || value instanceof Map || name in value || !('kind' in value)) return value
  return { ...value, [name]: value.kind }
}

/** Absent members of a reading are left out rather than null. */
function withFindings(fields: Fields, name: string): Fields {
  const findings = (fields[name] as Fields[]).map((finding) => {
    const { value, ...rest } = finding.reading as Fields
    const { segment, ...own } = finding
    return { ...own, ...(segment === null || segment === undefined ? {} : { segment }), reading: { value, ...Object.fromEntries(Object.entries(rest).filter(([, member]) => member !== null)) } }
  })
  return { ...fields, [name]: findings }
}

function profileFromWire({ decisions, segments, ...fields }: Fields): Profile {
  ascending(fields.scoreEdges as number[] | null ?? [], 'scoreEdges')
  checkCalibration(fields.calibration as ScoreCalibration | null)
  const ofSegments = segments === null || segments === undefined ? {}
    : { segments: mapped(segments as Record<string, Fields>, ({ n, ...segment }, key) => ({ n, ...referencesFromWire(segment, `segments.${key}.`) })) }
  return { kind: 'profile', ...fields, ...referencesFromWire({ ...fields, decisions }, ''), ...ofSegments } as Profile
}

/** What a model and each of its segments have alike. Members that nobody counted are left out rather than null, so that content and hash stay what they were. */
function referencesFromWire({ features, score, decisions }: Fields, path: string): Fields {
  return {
    features: mapped(features as Record<string, Fields>, (reference, name) => referenceFromWire(reference, `${path}features.${name}`)),
    score: score === null ? null : referenceFromWire(score as Fields, `${path}score`),
    ...(decisions === null || decisions === undefined ? {} : { decisions: countedDecisions(decisions as DecisionCounts, path) }),
  }
}

function countedDecisions(decisions: DecisionCounts, path: string): DecisionCounts {
  const { n, positive, classes = null } = decisions as Omit<DecisionCounts, 'classes'> & { classes?: DecisionCounts['classes'] | null }
  if (positive < 0 || positive > n) refuse('WRONG_TYPE', `'${path}decisions.positive' is ${positive}; it needs a count of 0 to n, which is ${n}`)
  if (classes === null) return { n, positive }
  const bad = Object.keys(classes).find((name) => classes[name] < 0 || classNameOf(name) === undefined)
  if (bad !== undefined) refuse('WRONG_TYPE', `'${path}decisions.classes.${bad}' is ${classes[bad]}; it needs a count for a class, whose name has 1 to 200 characters and is none that every object has`)
  const sum = Object.values(classes).reduce((total, count) => total + count, 0)
  if (sum > n) refuse('WRONG_TYPE', `'${path}decisions.classes' hold ${sum} decisions, more than 'n', which is ${n}`)
  return { n, positive, classes }
}

function checkCalibration(calibration: ScoreCalibration | null): void {
  if (calibration === null) return
  const { edges, values, variances } = calibration
  ascending(edges, 'calibration.edges')
  for (const [name, list] of Object.entries({ values, variances })) {
    if (list.length !== edges.length + 1) refuse('WRONG_TYPE', `'calibration.${name}' has ${list.length} items; it needs one more than edges`)
  }
}

/** Types that nobody counted are left out rather than null: the content, and so the hash, of a profile from before they could be stays the same. */
function referenceFromWire({ types, ...given }: Fields, path: string): FeatureReference {
  const fields = types === null || types === undefined ? given : { ...given, types }
  if ('categories' in fields) {
    sameLength(fields.counts, fields.categories, `${path}.counts`, 'one a category', 0)
    return { kind: 'categorical', ...fields } as FeatureReference
  }
  ascending(fields.edges as number[], `${path}.edges`)
  ascending(fields.atoms as number[], `${path}.atoms`)
  sameLength(fields.counts, fields.edges, `${path}.counts`, 'one more than edges', 1)
  sameLength(fields.atomCounts, fields.atoms, `${path}.atomCounts`, 'one an atom', 0)
  return { kind: 'numeric', ...fields } as FeatureReference
}

function ascending(numbers: readonly number[], path: string): void {
  const bad = numbers.findIndex((value, i) => !Number.isFinite(value) || (i > 0 && value <= numbers[i - 1]))
  if (bad >= 0) refuse('WRONG_TYPE', `'${path}' must be finite and ascending; item ${bad} is not`)
}

/** Counts may be left out whole: a profile that fixes only the layout. */
function sameLength(counts: unknown, of: unknown, path: string, wanted: string, more: number): void {
  const { length } = counts as number[]
  if (length !== 0 && length !== (of as unknown[]).length + more) refuse('WRONG_TYPE', `'${path}' has ${length} items; it needs ${wanted}, or none at all`)
}
