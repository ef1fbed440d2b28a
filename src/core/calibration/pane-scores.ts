/**
 * The law of a score of rows that were scored by something made without them: whether its mean over current panes is that over panes of the reference.
 * Panes are the unit, as everywhere: what rows of one pane have in common, and what carries over from pane to pane, widens the level.
 */
import { cautionOf } from '../math/student.ts'
import { effectOver } from './dispersion.ts'
import { growth, serialOf, type Serial } from './serial.ts'

/** What panes of the reference say of a score; the design effect is of one pane, at least 1. */
export interface ScoreDispersion {
  panes: number
  /** mean rows a pane */
  rows: number
  n: number
  mean: number
  /** of rows */
  variance: number
  effect: number
  serial: Serial
  /** degrees of freedom behind the effect */
  degrees: number
}

/** How features hang together over the same panes, of so many rows each: one score alone shows too little of a slow process. */
export interface KnownSerial {
  serial: Serial
  rows: number
}

/** @param scores of rows, pane after pane @param sizes rows of each pane, together as many as there are scores */
export function dispersionOfScores(scores: Float64Array, sizes: readonly number[], known: KnownSerial | null = null): ScoreDispersion {
  const held = sizes.filter((size) => size > 0)
  const n = scores.length
  const mean = n === 0 ? 0 : scores.reduce((sum, x) => sum + x, 0) / n
  const variance = n < 2 ? 0 : scores.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (n - 1)
  let at = 0
  const contrast = held.map((size) => {
    let sum = 0
    for (const end = at + size; at < end; at++) sum += scores[at] - mean
    return variance > 0 ? sum / Math.sqrt(size * variance) : 0
  })
  const panes = held.length
  const rows = panes === 0 ? 0 : n / panes
  const [serial] = serialOf([contrast], known === null ? null : { ...known.serial, variance: (known.serial.variance * rows) / Math.max(rows, known.rows) })
  const spread = contrast.reduce((sum, z) => sum + z * z, 0) / Math.max(1, panes - 1)
  // the variance of the sample's own mean, which deviations from it do not show
  const hidden = (serial.variance * (growth(serial.rho, panes) - 1)) / Math.max(1, panes)
  const effect = Math.max(1 + serial.variance, spread) + hidden
  const share = serial.variance / effect
  return {
    panes, rows, n, mean, variance, effect, serial,
    degrees: Math.max(0, panes - 1) / (1 + share * ((1 + serial.rho ** 2) / (1 - serial.rho ** 2) - 1)),
  }
}

/** How far two means may lie apart without drift, with what it is made of. */
export interface GapLevel {
  gap: number
  designEffect: number
  designEffectReference: number
  effectiveN: number
  effectiveNReference: number
}

/**
 * The gap between the mean of current rows and that of the reference which noise passes with at most this chance, either way: Chernoff's bound of a variable
 * that is no wider than a normal one of `variance` (for ranks, between 0 and 1, 1/12: that is strict), at sizes divided by their design effects, with the
 * estimated effect taken larger as Student's law asks. That panes' means are no wider than normal ones is asymptotic in the rows of a pane.
 * @param current rows and panes; at least one of each
 */
export function gapLevel(reference: ScoreDispersion, current: { n: number; panes: number }, variance: number, chance: number): GapLevel {
  const designEffect = effectOver(reference.effect, reference, current.panes, current.n / current.panes)
  const designEffectReference = effectOver(reference.effect, reference, reference.panes, reference.rows)
  const [effectiveN, effectiveNReference] = [current.n / designEffect, reference.n / designEffectReference]
  const care = reference.degrees > 1 ? Math.min(careMax, cautionOf(chance, reference.degrees)) : careMax
  const gap = Math.sqrt(2 * Math.log(2 / chance) * variance * care * (1 / effectiveN + 1 / effectiveNReference))
  return { gap, designEffect, designEffectReference, effectiveN, effectiveNReference }
}

const careMax = 1e6

/** Ranks among themselves as shares, ties in the middle: uniform, whatever the scores were. */
export function ranksOf(scores: Float64Array): Float64Array {
  const order = Uint32Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b])
  const ranks = new Float64Array(scores.length)
  for (let from = 0; from < order.length;) {
    let to = from + 1
    while (to < order.length && scores[order[to]] === scores[order[from]]) to++
    for (let i = from; i < to; i++) ranks[order[i]] = (from + to) / 2 / order.length
    from = to
  }
  return ranks
}
