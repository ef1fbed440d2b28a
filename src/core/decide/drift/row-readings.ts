/** Readings of features together, over the rows that panes keep: what no measure of one feature sees. */
import type { Share } from '../../calibration/budget.ts'
import { dispersionOfScores, gapLevel, ranksOf, type GapLevel, type KnownSerial, type ScoreDispersion } from '../../calibration/pane-scores.ts'
import { aucOf, domainClassifier, shuffled, tellApart, type SplitRows, type Told } from '../../drift/domain-classifier.ts'
import { verdictOf } from '../../drift/measure.ts'
import { errorsOf, leftOvers, modelOf, reconstruction, type Model } from '../../drift/reconstruction.ts'
import { scalesOf } from '../../drift/rows.ts'
import type { Rows } from '../../drift/sample-measure.ts'
import type { RowSample } from '../../panes/row-sample.ts'
import type { PaneSummary } from '../../panes/summary.ts'
import type { Parts } from '../../parts.ts'
import type { ModelPolicy, UnitUse } from '../../policy.ts'
import { seeded } from '../../random.ts'
import { insufficient, type Reading } from '../../reading.ts'
import type { Profile } from '../../records.ts'
import type { DriftReading } from '../../triggers/trigger.ts'
import { resolveParams } from '../../unit.ts'
import { isWhole, keepLeak, referenceSamples, rowReference, rowsEach, type RowReference } from './row-reference.ts'

/** Panes of a reference lie in so many blocks in turn: those to learn from, those to be judged beside current ones. */
const blocks = 4
const rowsLearntMin = 4
const namedMax = 3

/** Whether a measure reads windows of so many panes: a classifier learns from the older half of them and is judged on the newer. */
const reads = ({ unit }: UnitUse, panes: number): boolean => unit !== domainClassifier.name || panes >= 2

/** Readings of rows that one pane gives, over its windows: what they share in the budget. */
export const rowReadingCount = ({ drift, time }: Pick<ModelPolicy, 'drift' | 'time'>): number =>
  time.windows.reduce((sum, panes) => sum + (drift.rows ?? []).filter((use) => reads(use, panes)).length, 0)

export interface RowsContext {
  parts: Parts
  model: string
  policy: ModelPolicy
  /** of the version in force */
  profile: Profile
  layout: string
  /** null: each reading is held against the floor that its unit's `floorLevel` asks for */
  share: Share | null
  /** null where nothing is calibrated */
  known: KnownSerial | null
}

/** What the policy asks for of one window; `insufficient` while the rows of the reference are gathered. */
export function rowReadings(context: RowsContext, kept: readonly PaneSummary[], window: { panes: number; fromMs: number; toMs: number }): DriftReading[] {
  const { parts, model, policy, profile, layout } = context
  const uses = (policy.drift.rows ?? []).filter((use) => reads(use, window.panes))
  if (uses.length === 0) return []
  const samples = kept.flatMap(({ startMs, endMs, policyHash, rows }) =>
    startMs >= window.fromMs && endMs <= window.toMs && policyHash === policy.hash && rows !== undefined && rows.n > 0 ? [rows] : [])
  const held = rowReference(parts, model, profile.version, layout)
  if (held === null || !isWhole(held)) {
    const n = samples.reduce((sum, sample) => sum + Math.min(sample.n, rowsEach(window.panes)), 0)
    const detail = { panesGathered: held?.starts.length ?? 0, panesWanted: held?.panesWanted ?? policy.profile.referencePanes }
    return uses.map(({ unit }) => ({ measure: unit, severe: null, reading: insufficient(n, { detail }) }))
  }
  const reference = laidOut(context, held)
  const current = reference.features.length === 0 ? [] : samples.map((sample) => rowsOf([sample], reference.features, rowsEach(window.panes)))
  return uses.map((use) => {
    const reading = readingOf(use, { ...context, reference, current, windowPanes: window.panes })
    return { measure: use.unit, severe: null, reading, ...(reading.verdict === 'warning' ? { alarm: alarmOf(use) } : {}) }
  })
}

const alarmOf = (use: UnitUse): number => (use.unit === reconstruction.name ? resolveParams(reconstruction, use.params) : resolveParams(domainClassifier, use.params)).alarm

interface Comparison extends RowsContext {
  reference: LaidOut
  /** one pane after the other */
  current: readonly Rows[]
  windowPanes: number
}

function readingOf(use: UnitUse, comparison: Comparison): Reading {
  const { reference, current } = comparison
  const n = current.reduce((sum, rows) => sum + rows.n, 0)
  if (n === 0 || reference.learnt.n < rowsLearntMin || reference.held.n === 0) return insufficient(n, { nReference: reference.held.n })
  return use.unit === reconstruction.name ? reconstructed(use, comparison, n) : told(use, comparison)
}

// ---- the reference ----------------------------------------------------------------------------------------------------------

/** The rows of a reference as what is learnt and what is held out, panes whole. */
interface LaidOut {
  kept: RowReference
  features: readonly string[]
  /** features of the profile that are no numbers, or that no row had */
  leftOut: number
  panes: readonly Rows[]
  learnt: Rows
  held: Rows
  heldSizes: readonly number[]
  bases: Map<string, Basis>
}

/** Kept beside what it was made of, which no longer changes: the results are the same with or without. */
const laidOutOf = new WeakMap<RowReference, LaidOut>()

function laidOut({ parts, model, profile }: RowsContext, kept: RowReference): LaidOut {
  let found = laidOutOf.get(kept)
  if (found === undefined) laidOutOf.set(kept, (found = layOut(kept, referenceSamples(parts, model, kept), profile)))
  return found
}

function layOut(kept: RowReference, samples: readonly RowSample[], { features: references }: Profile): LaidOut {
  const seen = new Set(samples.flatMap(({ features }) => features))
  const features = Object.keys(references).filter((name) => references[name].kind === 'numeric' && seen.has(name)).sort()
  const panes = samples.map((sample) => rowsOf([sample], features, sample.n))
  const held = panes.filter((_, i) => isHeld(i, panes.length))
  return {
    kept, features, leftOut: Object.keys(references).length - features.length, panes, learnt: joined(panes.filter((_, i) => !isHeld(i, panes.length)), features),
    held: joined(held, features), heldSizes: held.map(({ n }) => n), bases: new Map(),
  }
}

const isHeld = (i: number, panes: number): boolean => Math.floor((Math.min(blocks, panes) * i) / panes) % 2 === 1

/** The rows of samples that hash lowest, so many of each, on these columns. */
function rowsOf(samples: readonly RowSample[], features: readonly string[], each: number): Rows {
  const counts = samples.map(({ n }) => Math.min(n, each))
  const values = new Float64Array(counts.reduce((sum, n) => sum + n, 0) * features.length)
  let at = 0
  for (const [s, sample] of samples.entries()) {
    const places = features.map((name) => sample.features.indexOf(name))
    for (let row = 0; row < counts[s]; row++) {
      for (const place of places) values[at++] = place === -1 ? NaN : sample.values[row * sample.features.length + place]
    }
  }
  return { features, n: counts.reduce((sum, n) => sum + n, 0), values }
}

function joined(panes: readonly Rows[], features: readonly string[]): Rows {
  const values = new Float64Array(panes.reduce((sum, { values: held }) => sum + held.length, 0))
  let at = 0
  for (const { values: held } of panes) {
    values.set(held, at)
    at += held.length
  }
  return { features, n: panes.reduce((sum, { n }) => sum + n, 0), values }
}

// ---- reconstruction ---------------------------------------------------------------------------------------------------------

interface Basis {
  model: Model
  dispersion: ScoreDispersion
  /** of each feature, over the panes held out */
  left: Float64Array
}

/** Components of the panes learnt; every current row is judged beside those held out. */
function reconstructed({ params }: UnitUse, { reference, current, share, known }: Comparison, n: number): Reading {
  const resolved = resolveParams(reconstruction, params)
  const { model, dispersion, left: before } = basisOf(reference, params, resolved, known)
  const { scales, basis: components } = model
  if (scales.length < 2 || dispersion.mean <= 1e-6 * Math.sqrt(scales.length)) return insufficient(n, { nReference: reference.held.n })
  const rows = joined(current, reference.features)
  const errors = errorsOf(rows, model)
  const ratio = errors.reduce((sum, x) => sum + x, 0) / n / dispersion.mean
  const level = gapLevel(dispersion, { n, panes: current.length }, dispersion.variance, share?.chance ?? 1 - resolved.floorLevel)
  const changes = leftOvers(rows, model).map((left, i) => left - before[i])
  return judged({ value: Math.abs(ratio - 1), n, nReference: reference.held.n, noiseFloor: level.gap / dispersion.mean }, resolved, level, share, {
    ratio, features: scales.length, components: components.length, leftOut: reference.leftOut, strongest: strongest(scales.map(({ name }) => name), changes),
  })
}

function basisOf(reference: LaidOut, params: UnitUse['params'], { explainedVariance, trim }: { explainedVariance: number; trim: number }, known: KnownSerial | null): Basis {
  const key = JSON.stringify([params, known])
  let found = reference.bases.get(key)
  if (found === undefined) {
    const model = modelOf(reference.learnt, explainedVariance, trim)
    found = { model, dispersion: dispersionOfScores(errorsOf(reference.held, model), reference.heldSizes, known), left: leftOvers(reference.held, model) }
    reference.bases.set(key, found)
  }
  return found
}

function strongest(names: readonly string[], changes: Float64Array): string {
  const order = names.map((name, i) => ({ name, change: changes[i] })).sort((a, b) => Math.abs(b.change) - Math.abs(a.change))
  return order.slice(0, namedMax).map(({ name, change }) => `${change < 0 ? '−' : '+'}${name}`).join(', ')
}

// ---- domain classifier ------------------------------------------------------------------------------------------------------

type ClassifierParams = ReturnType<typeof classifierParams>
const classifierParams = ({ params }: UnitUse) => resolveParams(domainClassifier, params)

/** Learnt on the older half of the window and judged on the newer, pane by pane: rows of one pane are alike, and would tell themselves. */
function told(use: UnitUse, comparison: Comparison): Reading {
  const { reference, current, share, known } = comparison
  const params = classifierParams(use)
  const half = current.length >> 1
  const [older, newer] = [current.slice(0, half), current.slice(half)]
  const found = half === 0 ? null : apart(reference.learnt, reference.held, older, newer, params)
  if (found === null) return insufficient(newer.reduce((sum, { n }) => sum + n, 0), { nReference: reference.held.n, detail: { why: 'a classifier needs one pane to learn and another to be judged on' } })
  const [n, nReference] = [found.current.length, found.reference.length]
  const level = gapLevel(dispersionOfScores(ranksOf(found.reference), reference.heldSizes, known), { n, panes: newer.length }, 1 / 12, share?.chance ?? 1 - params.floorLevel)
  const leak = leakOf(use, comparison)
  const noiseFloor = Math.min(1, 0.5 + leak + level.gap)
  return judged({ value: aucBetween(found), n, nReference, noiseFloor }, params, level, share, {
    leak, features: reference.features.length, terms: found.terms, leftOut: reference.leftOut, strongest: found.strongest,
  })
}

/** Null where there is nothing to learn. */
function apart(learnt: Rows, held: Rows, older: readonly Rows[], newer: readonly Rows[], params: ClassifierParams): Told | null {
  const [current, judgedRows] = [joined(older, learnt.features), joined(newer, learnt.features)]
  if (Math.min(learnt.n, current.n) < rowsLearntMin || judgedRows.n === 0 || held.n === 0) return null
  const scales = scalesOf([learnt, current], params.trim)
  if (scales.length === 0) return null
  const random = seeded(params.seed)
  const split = (first: Rows, second: Rows): SplitRows => ({
    rows: joined([first, second], first.features), learnt: shuffled(random, first.n).subarray(0, Math.ceil(params.rowsMax / 2)),
    held: Uint32Array.from({ length: second.n }, (_, i) => first.n + i),
  })
  return tellApart(split(learnt, held), split(current, judgedRows), scales, params)
}

const aucBetween = ({ reference, current }: Told): number => aucOf(reference.slice().sort(), current.slice().sort())

/**
 * Where panes hang together in time, the newer half of a window looks like the older one though nothing changed. How much that tells is read off the reference:
 * stretches of it, as long as the window or a quarter of it all, are told from the rest in the same way. Their mean AUC beyond ½, at least 0.
 */
function leakOf(use: UnitUse, { parts, model, reference, windowPanes }: Comparison): number {
  const { panes, kept } = reference
  const length = Math.min(windowPanes, Math.floor(panes.length / blocks))
  if (length < 2) return 0
  const asked = `${length} ${JSON.stringify(use.params)}`
  if (kept.leaks[asked] === undefined) keepLeak(parts, model, kept, asked, foundLeak(reference, length, classifierParams(use)))
  return kept.leaks[asked]
}

function foundLeak({ panes, features }: LaidOut, length: number, params: ClassifierParams): number {
  let [sum, count] = [0, 0]
  for (let from = 0; from + length <= panes.length; from += length) {
    const rest = [...panes.slice(0, from), ...panes.slice(from + length)]
    const half = from + (length >> 1)
    const [learnt, held] = [rest.filter((_, i) => !isHeld(i, rest.length)), rest.filter((_, i) => isHeld(i, rest.length))].map((some) => joined(some, features))
    const found = apart(learnt, held, panes.slice(from, half), panes.slice(half, from + length), params)
    if (found === null) continue
    sum += aucBetween(found)
    count += 1
  }
  return count === 0 ? 0 : Math.max(0, sum / count - 0.5)
}

// ---- verdicts ---------------------------------------------------------------------------------------------------------------

function judged(
  found: { value: number; n: number; nReference: number; noiseFloor: number }, { alarm, minInstances }: { alarm: number; minInstances: number }, level: GapLevel,
  share: Share | null, detail: Record<string, number | string>,
): Reading {
  const { gap: _, ...sizes } = level
  const thin = Math.min(level.effectiveN, level.effectiveNReference) < minInstances
  return {
    ...found, verdict: thin ? 'insufficient' : verdictOf(found.value, found.noiseFloor, alarm),
    detail: { ...detail, ...sizes, ...(share === null ? {} : { chance: share.chance, ratePerYear: share.ratePerYear }) },
  }
}
