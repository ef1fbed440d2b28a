import { wilsonInterval } from '../math/proportion.ts'
import { insufficient, type Reading } from '../reading.ts'
import { number } from '../unit.ts'
import { readingParams, type BinaryMetric } from './metric.ts'
import type { BinaryOutcomes } from './outcomes.ts'

const params = { ...readingParams, share: number(0.1, 'share of the outcomes, those with the highest scores, that is looked at', { min: 0.0001, max: 1 }) }

/**
 * How many times more often a positive is found among the top `share` of scores than among all: 1 is what scores without meaning earn, 1 / share the most.
 * Where the cut falls inside a score bin the bin is taken in proportion, and the exact value is at most `detail.bound` away. `detail.captured` is the share of
 * all positives that the top holds. The interval is Wilson's of that share of N⁺ / designEffect positives, times 1 / share and widened by the bound; that the cut moves
 * with the sample makes it conservative. No positive (fewer than `nMin` outcomes), or a top of less than one outcome: `insufficient`.
 */
export const lift: BinaryMetric<typeof params> = {
  name: 'lift',
  summary: 'How many times more positives the highest scores hold than their share of all.',
  source: 'Ling & Li 1998; interval Wilson 1927',
  needs: 'binary',
  reads: 'score',
  better: 'higher',
  range: [0, Infinity],
  params,
  read(outcomes, { nMin, confidence, designEffect, share }): Reading {
    const { positives, negatives, scored } = outcomes
    const hits = positives.reduce((total, count) => total + count, 0)
    const isInconsistent = positives.some((count) => count < 0) || negatives.some((count) => count < 0)
    if (isInconsistent || scored < nMin || hits <= 0 || share * scored < 1) return insufficient(Math.max(0, scored))
    const { captured, least, most } = topOf(outcomes, share * scored)
    const bound = Math.max(most - captured, captured - least) / hits / share
    const [low, high] = wilsonInterval(Math.min(hits, captured) / designEffect, hits / designEffect, confidence)
    const value = captured / hits / share
    return {
      value, n: scored, verdict: 'ok', interval: [Math.max(0, low / share - bound), Math.min(1 / share, high / share + bound)],
      detail: { positives: hits, captured: captured / hits, bound },
    }
  },
}

/** The positives among the `size` outcomes with the highest scores: in proportion, at least and at most. */
function topOf({ positives, negatives }: BinaryOutcomes, size: number): { captured: number; least: number; most: number } {
  let [captured, room] = [0, size]
  for (let bin = positives.length - 1; bin >= 0; bin--) {
    const [hits, misses] = [positives[bin], negatives[bin]]
    if (hits + misses >= room) return { captured: captured + Math.min(hits, (hits * room) / (hits + misses)), least: captured + Math.max(0, room - misses), most: captured + Math.min(hits, room) }
    captured += hits
    room -= hits + misses
  }
  return { captured, least: captured, most: captured }
}
