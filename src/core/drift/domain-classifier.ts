import { logistic, type LogisticState } from '../learners/logistic.ts'
import { normalQuantile } from '../math/normal.ts'
import { aucInterval } from '../metrics/roc-auc.ts'
import { seeded, uniform, type Random } from '../random.ts'
import { insufficient } from '../reading.ts'
import { integer, number, resolveParams } from '../unit.ts'
import { verdictOf } from './measure.ts'
import { assertSameFeatures, isPresent, scaled, scalesOf, type Scale } from './rows.ts'
import { rowMeasure, type Rows } from './sample-measure.ts'

/** rows of each sample below which there is nothing to split */
const ROWS_MIN = 4
const NAMED_TERMS = 3

/**
 * How well an online classifier tells current rows from those of the reference: the ROC AUC on rows that it did not learn from; ½ is not at all.
 * It is the logistic regression of the learners over each feature, its square, whether it is missing, and the products of any two, so that it sees shifts,
 * changes of spread, and changes of correlation that no measure of one feature sees. With more than `interactionsMax` features products are left out.
 *
 * Each sample is shuffled from `seed` and cut to `rowsMax` rows; one half is learnt, both samples in turn, the smaller one repeated, and the other half scored.
 * Scales come from both samples together, so that they tell nothing. `strongest` are the terms of the largest weights, + where the current rows have more of
 * it. A missing value is the mean, and its own term. Without a feature that varies there is nothing to tell rows by: `insufficient`.
 * Noise floor: ½ and the error of a rank sum. Given the classifier it holds whatever was learnt, since the scored rows took no part. (Scoring every row once, by
 * classifiers of the others, passes it about twice as often as it should: those classifiers are not independent.) Rows are taken for independent.
 * Interval: Hanley & McNeil's, at 95 %, for this classifier; another draw of the rows learnt would give another.
 */
export const domainClassifier = rowMeasure({
  name: 'domain-classifier',
  summary: 'ROC AUC of an online classifier that tells current rows from those of the reference, on held-out rows.',
  source: 'Lopez-Paz & Oquab 2017; interval Hanley & McNeil 1982',
  params: {
    alarm: number(0.6, 'AUC beyond which a change matters', { min: 0.5, max: 1 }),
    floorLevel: number(0.999, 'probability that pure noise stays below the noise floor', { min: 0.5, max: 0.999999999 }),
    minInstances: number(50, 'rows that each sample must hold for a verdict', { min: 1 }),
    epochs: integer(4, 'passes over the rows learnt', { min: 1, max: 100 }),
    learningRate: number(0.005, 'step of the weights', { min: 0, max: 10 }),
    interactionsMax: integer(20, 'most features that vary for which products are learnt', { min: 0, max: 60 }),
    rowsMax: integer(5_000, 'most rows of each sample that are used', { min: 10, max: 1_000_000 }),
    trim: number(0.001, 'share of both samples at either end that is winsorised; 0 for nothing', { min: 0, max: 0.25 }),
    seed: integer(1, 'seed of the shuffle', { min: 0, max: 4_294_967_295 }),
  },
  takes: 'rows',
  compare(reference, current, { alarm, floorLevel, minInstances, epochs, learningRate, interactionsMax, rowsMax, trim, seed }) {
    assertSameFeatures(reference, current)
    const [n, nReference] = [current.n, reference.n]
    const scales = scalesOf([reference, current], trim)
    if (Math.min(n, nReference) < ROWS_MIN || scales.length === 0) return insufficient(n, { nReference })
    const random = seeded(seed)
    const before = halvedOf(reference, shuffled(random, nReference).subarray(0, rowsMax))
    const now = halvedOf(current, shuffled(random, n).subarray(0, rowsMax))
    const told = tellApart(before, now, scales, { epochs, learningRate, interactionsMax })
    const [a, b] = [told.reference.sort(), told.current.sort()]
    const value = aucOf(a, b)
    const noiseFloor = Math.min(1, 0.5 + normalQuantile(floorLevel) * Math.sqrt((a.length + b.length + 1) / (12 * a.length * b.length)))
    const thin = Math.min(n, nReference) < minInstances
    return {
      value, n, nReference, noiseFloor, interval: aucInterval(value, b.length, a.length, normalQuantile(0.975)),
      verdict: thin ? 'insufficient' : verdictOf(value, noiseFloor, alarm),
      detail: { features: scales.length, terms: told.terms, heldOut: a.length + b.length, strongest: told.strongest },
    }
  },
})

/** What the classifier sees of a row: a feature (one place), a square or product (two), or whether a value is missing. */
interface Term {
  name: string
  kind: 'value' | 'product' | 'missing'
  one: number
  other: number
}

function termsOf(scales: readonly Scale[], withProducts: boolean): Term[] {
  const terms: Term[] = scales.map(({ name }, one) => ({ name, kind: 'value', one, other: one }))
  for (const [one, { name, hasMissing }] of scales.entries()) {
    terms.push({ name: `${name}²`, kind: 'product', one, other: one })
    if (hasMissing) terms.push({ name: `${name} missing`, kind: 'missing', one, other: one })
    for (let other = one + 1; withProducts && other < scales.length; other++) terms.push({ name: `${name}·${scales[other].name}`, kind: 'product', one, other })
  }
  return terms
}

/** One sample by places of its rows. */
export interface SplitRows {
  rows: Rows
  /** rows to learn, in this order; at least one */
  learnt: Uint32Array
  /** rows to score, none of them learnt */
  held: Uint32Array
}

/** At even places rows to learn, at odd ones those to score. */
const halvedOf = (rows: Rows, chosen: Uint32Array): SplitRows => ({ rows, learnt: chosen.filter((_, i) => i % 2 === 0), held: chosen.filter((_, i) => i % 2 === 1) })

export interface Told {
  /** scores of the rows held out, in their order: the greater, the more like a current row */
  reference: Float64Array
  current: Float64Array
  /** terms learnt, and those of the largest weights */
  terms: number
  strongest: string
}

/** Learns to tell current rows from those of the reference, and scores those held out. `scales` is not empty. */
export function tellApart(reference: SplitRows, current: SplitRows, scales: readonly Scale[], given: { epochs: number; learningRate: number; interactionsMax: number }): Told {
  const terms = termsOf(scales, scales.length <= given.interactionsMax)
  const course = { scales, terms, epochs: given.epochs, learningRate: given.learningRate }
  const state = learnt(reference, current, course)
  return { reference: scoresOf(reference, state, course), current: scoresOf(current, state, course), terms: terms.length, strongest: strongest(terms, state.weights) }
}

/** 0 … n − 1 in a random order (Fisher & Yates 1938). */
export function shuffled(random: Random, n: number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i)
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(uniform(random) * (i + 1))
    const held = order[i]
    order[i] = order[j]
    order[j] = held
  }
  return order
}

interface Course {
  scales: readonly Scale[]
  terms: readonly Term[]
  epochs: number
  learningRate: number
}

/** A classifier of the rows to learn: one of the reference and a current one in turn. */
function learnt(before: SplitRows, now: SplitRows, { scales, terms, epochs, learningRate }: Course): LogisticState {
  const params = resolveParams(logistic, { learningRate })
  const state = logistic.init(params)
  const [a, b] = [before.learnt, now.learnt]
  const x = new Float64Array(terms.length)
  const z = new Float64Array(scales.length)
  for (let step = 0; step < epochs * Math.max(a.length, b.length); step++) {
    logistic.learn(state, look(before.rows, a[step % a.length], scales, terms, z, x), 0, params)
    logistic.learn(state, look(now.rows, b[step % b.length], scales, terms, z, x), 1, params)
  }
  return state
}

/** Scores of the rows that were held out. */
function scoresOf({ rows, held }: SplitRows, state: LogisticState, { scales, terms }: Course): Float64Array {
  const [x, z] = [new Float64Array(terms.length), new Float64Array(scales.length)]
  return Float64Array.from(held, (row) => logistic.predict(state, look(rows, row, scales, terms, z, x)))
}

/** Writes the terms of a row into `x`, by way of its values on their scales in `z`. */
function look({ values, features }: Rows, row: number, scales: readonly Scale[], terms: readonly Term[], z: Float64Array, x: Float64Array): Float64Array {
  const at = row * features.length
  for (let i = 0; i < scales.length; i++) z[i] = scaled(scales[i], values[at + scales[i].slot])
  for (let i = 0; i < terms.length; i++) {
    const { kind, one, other } = terms[i]
    x[i] = kind === 'value' ? z[one] : kind === 'product' ? z[one] * z[other] : Number(!isPresent(values[at + scales[one].slot]))
  }
  return x
}

/** The share of pairs in which the second sample's value is above the first's, ties as half; both ascending and not empty. */
export function aucOf(a: Float64Array, b: Float64Array): number {
  let [below, upTo, above] = [0, 0, 0]
  for (const x of b) {
    while (below < a.length && a[below] < x) below++
    while (upTo < a.length && a[upTo] <= x) upTo++
    above += (below + upTo) / 2
  }
  return above / (a.length * b.length)
}

function strongest(terms: readonly Term[], weights: Float64Array): string {
  const order = terms.map(({ name }, i) => ({ name, weight: weights[i] })).sort((x, y) => Math.abs(y.weight) - Math.abs(x.weight))
  return order.slice(0, NAMED_TERMS).map(({ name, weight }) => `${weight < 0 ? '−' : '+'}${name}`).join(', ')
}
