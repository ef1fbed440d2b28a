import { chiSquareTail } from '../math/chi-square.ts'
import type { BinaryOutcomes } from './outcomes.ts'

/** Outcomes of about the same score. */
export interface Group {
  n: number
  positives: number
  scoreMean: number
}

/** Neighbouring score bins gathered until each group has its share of the whole; null when corrections have driven a bin below zero. */
export function equalCountGroups({ positives, negatives, scoreSums, scored }: BinaryOutcomes, groupCount: number): Group[] | null {
  const groups: Group[] = []
  let [n, hits, scores, seen] = [0, 0, 0, 0]
  for (let bin = 0; bin < positives.length; bin++) {
    if (positives[bin] < 0 || negatives[bin] < 0) return null
    n += positives[bin] + negatives[bin]
    hits += positives[bin]
    scores += scoreSums[bin]
    const due = ((groups.length + 1) * scored) / groupCount
    if (n === 0 || (seen + n < due && bin < positives.length - 1)) continue
    groups.push({ n, positives: hits, scoreMean: scores / n })
    seen += n
    n = hits = scores = 0
  }
  return groups
}

/**
 * The chance that a calibrated model fits its groups this badly or worse: χ² = Σ_g (positives − n_g p̄_g)² / (n_g p̄_g (1 − p̄_g)), each term over the
 * design effect, with one degree of freedom a group, as the scores were not fitted to these outcomes. p̄(1 − p̄) is at least the mean of p(1 − p) within a
 * group, so it errs towards finding nothing. A group whose scores are all 0 (or all 1) and that holds a positive (a negative) gives 0. Asymptotic: groups of some ten outcomes.
 * Source: Hosmer & Lemeshow 1980, for a model that was not fitted to the sample.
 */
export function calibrationPValue(groups: readonly Group[], designEffect: number): number {
  let [statistic, df] = [0, 0]
  for (const { n, positives, scoreMean } of groups) {
    const share = Math.min(1, Math.max(0, scoreMean))
    const variance = n * share * (1 - share) * designEffect
    const miss = positives - n * share
    if (variance > 0) {
      statistic += (miss * miss) / variance
      df += 1
    } else if (miss !== 0) return 0
  }
  if (df === 0) return 1
  return Number.isFinite(statistic) ? chiSquareTail(statistic, df) : 0
}
