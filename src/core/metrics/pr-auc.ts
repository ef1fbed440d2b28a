import { wilsonInterval } from '../math/proportion.ts'
import { insufficient, type Reading } from '../reading.ts'
import { choice } from '../unit.ts'
import { byClassParams, type BinaryMetric } from './metric.ts'
import type { BinaryOutcomes } from './outcomes.ts'

const params = {
  ...byClassParams,
  interpolation: choice(['step', 'linear'], 'step', 'how thresholds are joined: step is average precision; linear joins the best precision at or beyond each recall, and flatters'),
}

/**
 * Area under the precision–recall curve from score bins: Σ_b (n⁺_b / N⁺) · precision with everything from bin b up called positive (average precision).
 * `detail.baseline` is what scores without meaning earn, the share of positives; unlike ROC AUC the value moves with it.
 * Within a bin everything is a tie: the exact value is at most `detail.bound` away, found from the best and the worst order inside the bins. Over a window,
 * whose rows are held, it is exact.
 * The interval is that of a share of N⁺ / designEffect positives (Boyd's binomial method, in Wilson's form), widened by the bound.
 * One class only, or counts that corrections have driven below zero: `insufficient`. `n` is the scored outcomes.
 */
export const prAuc: BinaryMetric<typeof params> = {
  name: 'pr-auc',
  summary: 'Area under the precision–recall curve, from score bins, with the error that binning can make.',
  source: 'Raghavan et al. 1989; Davis & Goadrich 2006; interval Boyd, Eng & Page 2013',
  needs: 'binary',
  reads: 'score',
  better: 'higher',
  range: [0, 1],
  params,
  read(outcomes, { nMin, confidence, designEffect, interpolation }): Reading {
    const { positives, negatives, scored } = outcomes
    const counts = { positives: sumOf(positives), negatives: sumOf(negatives) }
    const isInconsistent = positives.some((count) => count < 0) || negatives.some((count) => count < 0)
    if (isInconsistent || Math.min(counts.positives, counts.negatives) < nMin) return insufficient(Math.max(0, scored), { detail: { ...counts, bound: null, baseline: null } })
    const { area, least, most } = interpolation === 'step' ? stepArea(outcomes) : linearArea(outcomes, counts)
    const value = Math.min(1, area / counts.positives)
    const bound = outcomes.oneScoreABin === true ? 0 : Math.max(0, area - least, most - area) / counts.positives
    const trials = counts.positives / designEffect
    const [low, high] = wilsonInterval(Math.min(trials, value * trials), trials, confidence)
    return {
      value, n: scored, verdict: 'ok', interval: [Math.max(0, low - bound), Math.min(1, high + bound)],
      detail: { ...counts, bound, baseline: counts.positives / (counts.positives + counts.negatives) },
    }
  },
}

const sumOf = (counts: Float64Array): number => counts.reduce((total, count) => total + count, 0)

/** An area times N⁺, and the least and the most that any order within the bins could make it. */
interface Area {
  area: number
  least: number
  most: number
}

function stepArea({ positives, negatives }: BinaryOutcomes): Area {
  let [area, least, most, above, falseAbove] = [0, 0, 0, 0, 0]
  for (let bin = positives.length - 1; bin >= 0; bin--) {
    const [hits, misses] = [positives[bin], negatives[bin]]
    if (hits > 0) {
      area += (hits * (above + hits)) / (above + hits + falseAbove + misses)
      most += (hits * (above + hits)) / (above + hits + falseAbove)
      least += leastStep(hits, above, falseAbove + misses)
    }
    above += hits
    falseAbove += misses
  }
  return { area, least, most }
}

/** up to this many positives in a bin are summed one by one */
const HITS_SUMMED_MAX = 32

/** Σ (above + i) / (above + i + falseAbove) for i = 1 … hits; of many from below: each 1 / (a + i) is at most the mean of 1/x over [a + i − ½, a + i + ½]. */
function leastStep(hits: number, above: number, falseAbove: number): number {
  if (hits > HITS_SUMMED_MAX) {
    const start = above + falseAbove + 0.5
    return Math.max(0, hits - falseAbove * Math.log((start + hits) / start))
  }
  let total = 0
  for (let i = 1; i <= hits; i++) total += (above + i) / (above + i + falseAbove)
  return total
}

/** From the lowest scores up, so that the best precision beyond each recall is known; the curve starts with precision 1 at recall 0. */
function linearArea({ positives, negatives }: BinaryOutcomes, { positives: above, negatives: falseAbove }: { positives: number; negatives: number }): Area {
  let [area, least, most, best, bestInside, hitsBelow] = [0, 0, 0, 0, 0, 0]
  for (let bin = 0; bin < positives.length; bin++) {
    const [hits, misses] = [positives[bin], negatives[bin]]
    if (hits + misses === 0) continue
    const before = best
    best = Math.max(best, above / (above + falseAbove))
    area += (hitsBelow * (before + best)) / 2
    falseAbove -= misses
    if (hits > 0) bestInside = Math.max(bestInside, above / (above + falseAbove))
    least += hits * best
    most += hits * bestInside
    above -= hits
    hitsBelow = hits
  }
  return { area: area + (hitsBelow * (best + 1)) / 2, least, most }
}
