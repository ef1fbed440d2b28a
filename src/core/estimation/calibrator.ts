import { assert } from '../assert.ts'
import { ece } from '../metrics/ece.ts'
import { createBinaryOutcomes, scoreBin } from '../metrics/outcomes.ts'
import { insufficient, type Reading } from '../reading.ts'
import { type CalibrationParams, percent } from './estimator.ts'
import { poolAdjacentViolators, type Blocks } from './isotonic.ts'
import type { LabelledCounts } from './labelled-counts.ts'

/**
 * Turns a score into a probability: `identity` leaves it, `isotonic` gives the value of its block. The blocks of either say how well the reference
 * knows the probability there: `variances` of the share of positives in each.
 */
export interface Calibrator {
  kind: 'identity' | 'isotonic'
  /** inner edges between blocks, ascending, each one of the score edges */
  edges: Float64Array
  /** share of positives of each block; non-decreasing where isotonic */
  values: Float64Array
  variances: Float64Array
}

/** A calibrator with what is known about it: the fit of CBPE, to be kept with the reference. */
export interface Calibration {
  scoreEdges: Float64Array
  calibrator: Calibrator
  /** reference rows by class */
  positives: number
  negatives: number
  /** outermost score bins that the reference fills; −1 when it is empty */
  firstBin: number
  lastBin: number
  /** expected calibration error on held-out rows, of the score as it is and of what the calibrator makes of it */
  eceBefore: Reading
  eceAfter: Reading
}

/**
 * Fits the calibrator of a binary score on all rows: isotonic where, learnt without a fold, its expected calibration error on that fold is the lower one
 * by more than chance over the folds; else identity, as a map that is learnt brings noise of its own. Deterministic.
 */
export function calibrate(counts: LabelledCounts, params: CalibrationParams): Calibration {
  const all = totalsWithout(counts, -1)
  const foldIndices = Array.from({ length: counts.folds }, (_, fold) => fold)
  const [identity, isotonic] = (['identity', 'isotonic'] as const).map((kind) => foldIndices.map((fold) => errorOfFold(counts, fold, kind, params)))
  const helps = isLower(isotonic, identity)
  const positives = sumOf(all.positives)
  const n = sumOf(all.totals)
  const eceBefore = meanError(identity, n)
  return {
    scoreEdges: counts.scoreEdges, calibrator: fitCalibrator(all, counts.scoreEdges, helps ? 'isotonic' : 'identity', params),
    positives, negatives: n - positives,
    firstBin: all.totals.findIndex((x) => x > 0), lastBin: lastFilled(all.totals),
    eceBefore, eceAfter: helps ? meanError(isotonic, n) : eceBefore,
  }
}

/** The probability of a positive, for a score in 0..1. */
export function calibrated({ kind, edges, values }: Calibrator, score: number): number {
  return kind === 'identity' ? score : values[scoreBin(edges, score)]
}

/** How good a calibration is, for the reader. */
export const calibrationQuality = ({ calibrator: { kind }, eceBefore, eceAfter }: Calibration): Readonly<Record<string, Reading | string>> => ({
  calibrator: kind, eceBefore, eceAfter,
})

/** Why this calibration carries no estimate; empty when it does. `name` says whose score it is. */
export function calibrationRefusals({ positives, negatives, eceAfter }: Calibration, { nMinReference, miscalibrationMax }: CalibrationParams, name = 'the score'): string[] {
  if (Math.min(positives, negatives) < nMinReference) {
    return [`the reference of ${name} holds ${positives} positives and ${negatives} negatives, and ${nMinReference} of each are needed: give a longer reference`]
  }
  const tolerated = (miscalibrationMax * Math.min(positives, negatives)) / (positives + negatives)
  const { value, noiseFloor, detail } = eceAfter
  if (value === null || noiseFloor === undefined) return [`the calibration of ${name} cannot be judged on held-out reference rows: give a longer reference`]
  if (value <= noiseFloor || value - Number(detail?.calibrated) <= tolerated) return []
  return [`${name} stays miscalibrated on held-out reference rows by ${percent(value)} (noise ${percent(noiseFloor)}): does the truth rise with it at all?`]
}

function lastFilled(totals: Float64Array): number {
  let bin = totals.length - 1
  while (bin >= 0 && totals[bin] === 0) bin--
  return bin
}

interface BinTotals {
  positives: Float64Array
  totals: Float64Array
}

/** Sums over the folds other than `left` (−1 for none left out). */
function totalsWithout({ scoreEdges, folds, positives, totals }: LabelledCounts, left: number): BinTotals {
  const bins = scoreEdges.length + 1
  const sums: BinTotals = { positives: new Float64Array(bins), totals: new Float64Array(bins) }
  for (let fold = 0; fold < folds; fold++) {
    if (fold === left) continue
    for (let bin = 0; bin < bins; bin++) {
      sums.positives[bin] += positives[fold * bins + bin]
      sums.totals[bin] += totals[fold * bins + bin]
    }
  }
  return sums
}

function fitCalibrator({ positives, totals }: BinTotals, scoreEdges: Float64Array, kind: Calibrator['kind'], { groups, blockRows }: CalibrationParams): Calibrator {
  const { starts, sums, weights } = kind === 'isotonic' ? isotonicBlocks(positives, totals, blockRows) : equalCountBlocks(positives, totals, groups)
  return {
    kind, edges: Float64Array.from(starts.subarray(1), (bin) => scoreEdges[bin - 1]),
    values: sums.map((sum, k) => (weights[k] === 0 ? 0 : sum / weights[k])),
    variances: sums.map((sum, k) => {
      const share = (sum + 0.5) / (weights[k] + 1) // off 0 and 1: a block without a positive is not known to have none
      return (share * (1 - share)) / (weights[k] + 1)
    }),
  }
}

/** A bin of few rows is mostly noise, which a rising function that may follow it takes for skill: it is pooled with its neighbours first. */
function isotonicBlocks(positives: Float64Array, totals: Float64Array, blockRows: number): Blocks {
  const n = sumOf(totals)
  const thick = equalCountBlocks(positives, totals, Math.max(2, Math.floor(n / blockRows)))
  const pooled = poolAdjacentViolators(thick.sums, thick.weights)
  return { ...pooled, starts: pooled.starts.map((block) => thick.starts[block]) }
}

/** Neighbouring bins gathered until each block has its share of the rows. */
function equalCountBlocks(positives: Float64Array, totals: Float64Array, groups: number): Blocks {
  const n = sumOf(totals)
  const [starts, sums, weights] = [[0], [0], [0]]
  let seen = 0
  for (let bin = 0; bin < totals.length; bin++) {
    if (seen > 0 && totals[bin] > 0 && seen >= (starts.length * n) / groups) {
      starts.push(bin)
      sums.push(0)
      weights.push(0)
    }
    sums[sums.length - 1] += positives[bin]
    weights[weights.length - 1] += totals[bin]
    seen += totals[bin]
  }
  return { starts: Uint32Array.from(starts), sums: Float64Array.from(sums), weights: Float64Array.from(weights) }
}

/** Whether the errors are lower than `others`, fold by fold, by more than one standard error of the mean difference (Breiman's rule, 1984). */
function isLower(errors: readonly Reading[], others: readonly Reading[]): boolean {
  const gains = errors.flatMap(({ value }, fold) => (value === null ? [] : [others[fold].value! - value]))
  if (gains.length < 2) return false
  const mean = sumOf(gains) / gains.length
  const squares = sumOf(gains.map((gain) => (gain - mean) ** 2))
  return mean > Math.sqrt(squares / (gains.length - 1) / gains.length)
}

/** The error averaged over the folds that have rows. */
function meanError(folds: readonly Reading[], n: number): Reading {
  const known = folds.filter(({ value }) => value !== null)
  if (known.length === 0) return insufficient(n)
  const mean = (of: (reading: Reading) => number) => sumOf(known.map(of)) / known.length
  const calibratedMean = mean(({ detail }) => Number(detail!.calibrated))
  const spread = Math.sqrt(sumOf(known.map(({ noiseFloor, detail }) => (noiseFloor! - Number(detail!.calibrated)) ** 2))) / known.length
  return {
    value: mean(({ value }) => value!), n, verdict: 'ok', noiseFloor: calibratedMean + spread,
    interval: [mean(({ interval }) => interval![0]), mean(({ interval }) => interval![1])],
    detail: { calibrated: calibratedMean, folds: known.length },
  }
}

const sumOf = (values: ArrayLike<number>): number => Array.prototype.reduce.call(values, (sum, x) => (sum as number) + (x as number), 0) as number

function errorOfFold(counts: LabelledCounts, fold: number, kind: Calibrator['kind'], params: CalibrationParams): Reading {
  const { confidence, designEffect, groups } = params
  const { scoreEdges, folds, positives, totals, scoreSums } = counts
  const bins = scoreEdges.length + 1
  const isotonic = kind === 'isotonic' ? fitCalibrator(totalsWithout(counts, fold), scoreEdges, kind, params) : null
  const outcomes = createBinaryOutcomes(scoreEdges)
  for (let bin = 0; bin < bins; bin++) {
    const at = fold * bins + bin
    outcomes.positives[bin] = positives[at]
    outcomes.negatives[bin] = totals[at] - positives[at]
    outcomes.scored += totals[at]
    outcomes.scoreSums[bin] = isotonic === null ? scoreSums[at] : totals[at] * isotonic.values[blockOfBin(isotonic, scoreEdges, bin)]
  }
  // a map that was learnt has the noise of the rows it was learnt from besides that of the fold
  const inflation = isotonic === null ? 1 : folds / (folds - 1)
  return ece.read(outcomes, { nMin: 1, bins: groups, confidence, designEffect: designEffect * inflation })
}

/** The block that a score bin lies in: no block ends within a bin. */
export function blockOfBin({ edges }: Calibrator, scoreEdges: Float64Array, bin: number): number {
  assert(bin <= scoreEdges.length, `no score bin ${bin} among ${scoreEdges.length + 1}`)
  return bin === 0 ? 0 : scoreBin(edges, scoreEdges[bin - 1])
}
