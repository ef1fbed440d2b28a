/** A drift reading held against the level of its share of the budget, with both samples redrawn in the units that vary independently. */
import { binNoiseFloor } from '../drift/bin-noise.ts'
import { binsOf } from '../drift/bins.ts'
import { verdictOf, type DriftMeasure, type NoiseSource } from '../drift/measure.ts'
import { weightedChiSquarePoint } from '../math/saddlepoint.ts'
import { cautionOf } from '../math/student.ts'
import type { Reading } from '../reading.ts'
import { presentCount, type FeatureSummary } from '../sketches/feature.ts'
import type { Share } from './budget.ts'
import { effectOver, type FeatureDispersion } from './dispersion.ts'

/** Whether panes were still being gathered when it was read: its verdict, where it has one, is that of one comparison. */
export const isGathering = ({ detail }: Reading): boolean => detail?.panesGathered !== undefined

export interface Calibration {
  share: Share
  /** null: panes are still being gathered, so nothing can be said */
  dispersion: FeatureDispersion | null
  /** panes gathered, and wanted */
  gathered: number
  wanted: number
  /** panes of the window */
  windowPanes: number
}

type Params = Readonly<Record<string, unknown>> & { alarm: number; minInstances?: number; minExpectedPerBin?: number }
const asItFinds = { noiseFloor: null }
type Bins = Extract<NoiseSource<unknown>, { of: 'bins' }>

/** One sample: its records and how many it is worth. */
interface Size {
  n: number
  effect: number
}

/**
 * Compares as the measure does, at the calibrated level: `noiseFloor` is that level, and the detail tells the chance it is passed by in one pane, how often a
 * year at most, the design effect and effective size behind it, and by how many powers of ten it lies beyond what the gathered panes could show.
 * `insufficient` while panes are gathered (`isGathering`), and where the effective sizes are too small for the measure.
 */
export function calibratedReading(measure: DriftMeasure, params: Params, reference: FeatureSummary, current: FeatureSummary, given: Calibration): Reading {
  const { share, dispersion } = given
  const source: NoiseSource<never> = measure.noise ?? { of: 'curve' }
  if (dispersion === null) return unjudged(measure.compare(reference, current, params as never, asItFinds), source, given)
  if (source.of === 'bins') return binsReading(measure, source, params, reference, current, given, dispersion)
  const atLevel = { ...params, floorLevel: 1 - share.chance } as never
  const reading = measure.compare(reference, current, atLevel, asItFinds)
  if (reading.noiseFloor === undefined || reading.value === null || reading.nReference === undefined) return reading
  const sizes = sizesOf(effectOf(source.of, dispersion), dispersion, given.windowPanes, reading.nReference, reading.n)
  const care = caution(dispersion, share.chance)
  const wider = inflation(sizes) * care
  const noiseFloor = Math.min(1e300, source.of === 'curve' ? reading.noiseFloor * Math.sqrt(wider)
    : source.of === 'tail' ? reading.noiseFloor * wider
    : measure.compare(worthOf(reference, sizes.reference.effect * care), worthOf(current, sizes.current.effect * care), atLevel, asItFinds).noiseFloor!)
  const thin = reading.verdict === 'insufficient' || Math.min(worth(sizes.reference), worth(sizes.current)) < (params.minInstances ?? 0)
  reading.noiseFloor = noiseFloor
  return judged(reading, thin, params, sizes, given, dispersion)
}

/** A summary whose shares of records are the same and whose records are so many times fewer: rare ones come in groups, which no widening of a normal bound tells. */
const worthOf = (summary: FeatureSummary, times: number): FeatureSummary => summary.kind === 'numeric'
  ? { ...summary, n: summary.n / times, missing: summary.missing / times, nonFinite: summary.nonFinite / times, ...typesOver(summary, times) }
  : { ...summary, n: summary.n / times, missing: summary.missing / times, unseen: summary.unseen / times, ...typesOver(summary, times) }

const typesOver = ({ types }: FeatureSummary, times: number): Pick<FeatureSummary, 'types'> => types === undefined ? {}
  : { types: { boolean: types.boolean / times, whole: types.whole / times, fraction: types.fraction / times, text: types.text / times, numerals: types.numerals / times } }

/** Types cluster as values do or as faults do: nobody gathers which, so the wider of the two holds. */
const effectOf = (of: Exclude<NoiseSource<never>['of'], 'bins'>, dispersion: FeatureDispersion): number =>
  of === 'types' ? Math.max(dispersion.curve, dispersion.other) : dispersion[of === 'tail' ? 'curve' : of]

function binsReading(
  measure: DriftMeasure, source: Bins, params: Params, reference: FeatureSummary, current: FeatureSummary, given: Calibration, dispersion: FeatureDispersion,
): Reading {
  const [m, n] = [binnedCount(reference), binnedCount(current)]
  if (m === 0 || n === 0) return measure.compare(reference, current, params as never, asItFinds)
  const usual = dispersion.directions.length === 0 ? 1 : dispersion.directions.reduce((a, b) => a + b) / dispersion.directions.length
  const sizes = sizesOf(usual, { ...dispersion, serial: spread(dispersion) }, given.windowPanes, m, n)
  const square = cachedFloor(measure, source, params, reference, sizes, given.share.chance)
    * directed(dispersion, given.windowPanes, m, n, given.share.chance) * caution(dispersion, given.share.chance)
  const reading = measure.compare(reference, current, params as never, { noiseFloor: source.isRoot ? Math.sqrt(square) : square })
  const bins = typeof reading.detail?.bins === 'number' ? reading.detail.bins : 1
  const thin = reading.verdict === 'insufficient' || Math.min(worth(sizes.reference), worth(sizes.current)) / bins < (params.minExpectedPerBin ?? 0)
  return judged(reading, thin, params, sizes, given, dispersion)
}

/** The reading is new and nobody else's: it is completed in place, since every pane makes thousands. */
function judged(reading: Reading, thin: boolean, { alarm }: Params, { reference, current }: { reference: Size; current: Size }, { share }: Calibration, { panes }: FeatureDispersion): Reading {
  const detail = (reading.detail ?? {}) as Record<string, number | string | null>
  detail.chance = share.chance
  detail.ratePerYear = share.ratePerYear
  detail.designEffect = current.effect
  detail.designEffectReference = reference.effect
  detail.effectiveN = worth(current)
  detail.effectiveNReference = worth(reference)
  detail.extrapolates = Math.max(0, -Math.log10(share.chance * Math.max(1, panes)))
  reading.detail = detail
  reading.verdict = thin ? 'insufficient' : verdictOf(reading.value!, reading.noiseFloor!, alarm)
  return reading
}

/** What was read, without a verdict: how much panes differ is not known yet. Faults of the data are judged as one comparison all the same, for the incident they open. */
const unjudged = (reading: Reading, { of }: NoiseSource<never>, { gathered, wanted }: Calibration): Reading => ({
  ...reading, verdict: of === 'missing' || of === 'other' || of === 'types' ? reading.verdict : 'insufficient', detail: { ...reading.detail, panesGathered: gathered, panesWanted: wanted },
})

const worth = ({ n, effect }: Size): number => n / effect

/** A reference is taken as so many panes as its records would fill: they cluster as live ones do. */
function sizesOf(effect: number, dispersion: FeatureDispersion, windowPanes: number, m: number, n: number): { reference: Size; current: Size } {
  const { rows } = dispersion
  const referencePanes = rows > 0 ? Math.max(1, m / rows) : 1
  return {
    reference: { n: m, effect: effectOver(effect, dispersion, referencePanes, rows) },
    current: { n, effect: effectOver(effect, dispersion, windowPanes, n / windowPanes) },
  }
}

/** How much wider the variance of the difference is than that of independent rows. */
const inflation = ({ reference, current }: { reference: Size; current: Size }): number =>
  (reference.effect / reference.n + current.effect / current.n) / (1 / reference.n + 1 / current.n)

/** The serial part belongs to the first direction; the mean over all has its share of it. */
const spread = ({ serial, directions }: FeatureDispersion): FeatureDispersion['serial'] => ({ ...serial, variance: serial.variance / Math.max(1, directions.length) })

/** How much further noise reaches along a few directions than along all alike: the ratio of the points of Σ λχ²₁ at this chance, by classes of sizes. */
function directed(dispersion: FeatureDispersion, windowPanes: number, m: number, n: number, chance: number): number {
  const { directions, serial } = dispersion
  if (directions.length < 2 || (serial.variance === 0 && directions[0] === directions[directions.length - 1])) return 1
  const [mClass, nClass] = [classOf(m), classOf(n)]
  return kept(directedOf, dispersion, `${windowPanes} ${mClass} ${nClass} ${chance}`, () => {
    const variances = directions.map((effect, i) => {
      const own: FeatureDispersion = { ...dispersion, serial: i === 0 ? serial : { rho: 0, variance: 0 } }
      const { reference, current } = sizesOf(effect, own, windowPanes, mClass, nClass)
      return reference.effect / mClass + current.effect / nClass
    })
    const usual = variances.reduce((a, b) => a + b) / variances.length
    if (variances[0] <= usual * 1.01) return 1
    return weightedChiSquarePoint(variances.map((each) => each / usual), chance) / weightedChiSquarePoint(variances.map(() => 1), chance)
  })
}

const binnedCount = (summary: FeatureSummary): number => presentCount(summary) - (summary.kind === 'categorical' ? summary.unseen : 0)

/** Levels hold for a class of sizes, a tenth wide and taken at its lower end. */
const classWidth = 1.1
const keptMax = 512
/** What was found is kept beside what it is of; the results are the same with or without. */
const floorsOf = new WeakMap<FeatureSummary, Map<string, number>>()
const directedOf = new WeakMap<FeatureDispersion, Map<string, number>>()
const cautions = new WeakMap<FeatureDispersion, Map<string, number>>()

function kept<Of extends object>(all: WeakMap<Of, Map<string, number>>, of: Of, key: string, find: () => number): number {
  let held = all.get(of)
  if (held === undefined) all.set(of, (held = new Map()))
  let found = held.get(key)
  if (found === undefined) {
    if (held.size >= keptMax) held.clear()
    found = find()
    held.set(key, found)
  }
  return found
}

function cachedFloor(measure: DriftMeasure, source: Bins, params: Params, reference: FeatureSummary, sizes: { reference: Size; current: Size }, chance: number): number {
  const [mu, nu] = [worth(sizes.reference), worth(sizes.current)]
  const [m, n, effect] = [classOf(mu), classOf(nu), classOf(sizes.current.effect)]
  const key = `${measure.name} ${m} ${n} ${effect} ${sizes.reference.n} ${chance} ${JSON.stringify(params)}`
  const floor = kept(floorsOf, reference, key, () => floorAt(source, params, reference, { n: sizes.reference.n, mu: m }, { n: n * effect, nu: n }, chance))
  return (floor * (1 / mu + 1 / nu)) / (1 / m + 1 / n)
}

const classOf = (size: number): number => classWidth ** Math.floor(Math.log(Math.max(1, size)) / Math.log(classWidth))

function floorAt(source: Bins, params: Params, reference: FeatureSummary, { n: records, mu }: { n: number; mu: number }, { n: currentRecords, nu }: { n: number; nu: number }, chance: number): number {
  const counts = binsOf(reference)
  const kept = counts.filter((count) => count > 0)
  const all = kept.reduce((a, b) => a + b, 0)
  const law = source.law(params, { reference: records, current: currentRecords, bins: kept.length })
  return binNoiseFloor(law, Float64Array.from(kept, (count) => (count / all) * (mu + nu)), mu, nu, 1 - chance)
}

function caution(dispersion: FeatureDispersion, chance: number): number {
  return kept(cautions, dispersion, String(chance), () => dispersion.degrees > 1 ? Math.min(1e6, cautionOf(chance, dispersion.degrees)) : 1e6)
}
