/** Rules that others use, on the same panes. */
import { psiFromCounts } from '../../src/core/drift/psi.ts'
import { normalQuantile } from '../../src/core/math/normal.ts'
import { ksPValue } from '../../src/core/math/two-sample-ks.ts'
import type { FeatureSummary } from '../../src/core/sketches/feature.ts'
import { featureName } from './common.ts'

/** When a rule said something, on each pane after the burn-in. */
export interface Rival {
  /** features that it names now */
  see(summaries: readonly FeatureSummary[], reference: readonly FeatureSummary[]): string[]
}

/** PSI > .2 or KS p < .05 of one pane on any feature: the rule of the folklore. */
export const naive = (): Rival => ({
  see: (summaries, reference) => summaries.flatMap((summary, i) => {
    const [p, q] = [reference[i].counts, summary.counts]
    const [m, n] = [total(p), total(q)]
    if (m === 0 || n === 0) return []
    const isOut = psiFromCounts(p, q) > 0.2 || (summary.kind === 'numeric' && ksPValue(distance(p, q, m, n), n, m, { method: 'asymptotic' }) < 0.05)
    return isOut ? [featureName(i)] : []
  }),
})

function distance(p: Float64Array, q: Float64Array, m: number, n: number): number {
  let [inP, inQ, greatest] = [0, 0, 0]
  for (let b = 0; b < p.length; b++) {
    inP += p[b]
    inQ += q[b]
    greatest = Math.max(greatest, Math.abs(inP / m - inQ / n))
  }
  return greatest
}

/** A statistic of every feature that grows while its panes lie off the reference. */
export interface Chart {
  /** After this pane, feature by feature; −∞ where there is nothing to chart. */
  see(summaries: readonly FeatureSummary[], reference: readonly FeatureSummary[]): readonly number[]
  restart(feature: number): void
}

/** Alarms for a feature beyond the limit, and begins anew. */
export const charted = (chart: Chart, limit: number): Rival => ({
  see: (summaries, reference) => chart.see(summaries, reference).flatMap((statistic, i) => {
    if (statistic <= limit) return []
    chart.restart(i)
    return [featureName(i)]
  }),
})

/** the drift per pane that it is tuned for is twice this, in standard errors of a pane */
const reference = 0.5

/** A two-sided CUSUM of the mean normal score of every numeric feature's bins (Page 1954), in standard errors of a pane of independent rows. */
export function cusumChart(): Chart {
  const sums: { up: number; down: number }[] = []
  return {
    see: (summaries, references) => summaries.map((summary, i) => {
      if (summary.kind !== 'numeric') return -Infinity
      const z = standardised(references[i].counts, summary.counts)
      const sum = (sums[i] ??= { up: 0, down: 0 })
      sum.up = Math.max(0, sum.up + z - reference)
      sum.down = Math.max(0, sum.down - z - reference)
      return Math.max(sum.up, sum.down)
    }),
    restart: (i) => { sums[i] = { up: 0, down: 0 } },
  }
}

/** Its limit gives `panesBetween` between false alarms of all features together (Siegmund 1985), if rows are independent and the reference is the truth. */
export const cusum = (features: number, panesBetween: number): Rival => charted(cusumChart(), limitFor(2 * panesBetween * features))

/** shifts of a pane's mean that the e-detector bets on, either way, in standard errors */
const bets = [-1, -0.5, -0.25, 0.25, 0.5, 1]

/**
 * An e-detector of Shiryaev and Roberts' kind over the same scores (Shin, Ramdas, Rinaldo 2024): the mean over bets λ of R ← (1 + R)·exp(λz − λ²/2), as its
 * logarithm. While z is standard normal its expectation after t panes is t, whatever the bets.
 */
export function eDetectorChart(): Chart {
  const held: number[][] = []
  return {
    see: (summaries, references) => summaries.map((summary, i) => {
      if (summary.kind !== 'numeric') return -Infinity
      const z = standardised(references[i].counts, summary.counts)
      const sums = (held[i] ??= bets.map(() => 0))
      for (let b = 0; b < bets.length; b++) sums[b] = Math.min(1e300, (1 + sums[b]) * Math.exp(bets[b] * z - (bets[b] * bets[b]) / 2))
      return Math.log(total(sums) / bets.length)
    }),
    restart: (i) => { held[i] = bets.map(() => 0) },
  }
}

/** At least `panesBetween` between false alarms of all features together, under the same conditions: alarms at the features' number times that. */
export const eDetector = (features: number, panesBetween: number): Rival => charted(eDetectorChart(), Math.log(features * panesBetween))

/** The limit whose one-sided run length is this. */
function limitFor(runLength: number): number {
  let [low, high] = [0, 60]
  for (let i = 0; i < 100; i++) {
    const middle = (low + high) / 2
    const b = 2 * reference * (middle + 1.166)
    if ((Math.exp(b) - b - 1) / (2 * reference * reference) < runLength) low = middle
    else high = middle
  }
  return high
}

/** The mean normal score of a pane's bins, centred and scaled by the reference. */
function standardised(p: Float64Array, q: Float64Array): number {
  const [m, n] = [total(p), total(q)]
  if (m === 0 || n === 0) return 0
  let [mean, square, now] = [0, 0, 0]
  for (let b = 0; b < p.length; b++) {
    const score = normalQuantile((b + 0.5) / p.length)
    mean += (p[b] / m) * score
    square += (p[b] / m) * score * score
    now += (q[b] / n) * score
  }
  return ((now - mean) * Math.sqrt(n)) / Math.sqrt(square - mean * mean)
}

const total = (counts: ArrayLike<number>): number => {
  let sum = 0
  for (let b = 0; b < counts.length; b++) sum += counts[b]
  return sum
}
