import { insufficient, type Reading } from '../reading.ts'
import { integer } from '../unit.ts'
import { calibrationPValue, equalCountGroups, type Group } from './calibration-groups.ts'
import { readingParams, twoSidedZ, type BinaryMetric } from './metric.ts'

const params = { ...readingParams, bins: integer(10, 'groups of about equal count that calibration is compared in', { min: 1, max: 1000 }) }

/**
 * Expected calibration error: Σ_g (n_g/n) |share of positives − mean score| over groups of neighbouring score bins with about equal counts.
 * It is an absolute value of noisy terms, so it is biased upward and never reaches 0, most at small n: judge it against `noiseFloor`, what a
 * perfectly calibrated model reaches at these counts in one reading of twenty or fewer; `detail.calibrated` is what such a model averages.
 * `detail.pValue` is a test of calibration over the same groups (Hosmer & Lemeshow's, with the design effect): gate on it, not on the value.
 * The interval is conservative: no noise can move the sum by more than its own size. `detail.groups` is how many the score bins allowed.
 * Source: Naeini, Cooper & Hauskrecht 2015; the noise from the half-normal mean and variance.
 */
export const ece: BinaryMetric<typeof params> = {
  name: 'ece',
  summary: 'Expected calibration error on groups of equal count, with the level that a calibrated model reaches by noise and a test of calibration.',
  source: 'Naeini, Cooper & Hauskrecht 2015',
  needs: 'binary',
  reads: 'score',
  better: 'lower',
  range: [0, 1],
  params,
  read(outcomes, { nMin, confidence, designEffect, bins }): Reading {
    const groups = equalCountGroups(outcomes, bins)
    if (outcomes.scored < nMin || groups === null) return insufficient(Math.max(0, outcomes.scored))
    const n = outcomes.scored
    const value = groups.reduce((sum, group) => sum + (group.n / n) * Math.abs(group.positives / group.n - group.scoreMean), 0)
    const z = twoSidedZ(confidence)
    const calibrated = noise(groups, n, designEffect, (group) => group.scoreMean)
    const spread = noise(groups, n, designEffect, (group) => (group.positives + 1) / (group.n + 2))
    const reach = spread.mean + z * spread.sd
    return {
      value, n, verdict: 'ok', noiseFloor: calibrated.mean + z * calibrated.sd, interval: [Math.max(0, value - reach), Math.min(1, value + reach)],
      detail: { calibrated: calibrated.mean, groups: groups.length, pValue: calibrationPValue(groups, designEffect) },
    }
  },
}

/** Mean and standard deviation of Σ (n_g/n) |noise_g|, the noise of a group normal with the variance of a share whose expectation is `rate`. */
function noise(groups: readonly Group[], n: number, designEffect: number, rate: (group: Group) => number): { mean: number; sd: number } {
  let [mean, variance] = [0, 0]
  for (const group of groups) {
    const share = Math.min(1, Math.max(0, rate(group)))
    const weighted = (group.n / n) ** 2 * ((share * (1 - share) * designEffect) / group.n)
    mean += Math.sqrt((weighted * 2) / Math.PI)
    variance += weighted * (1 - 2 / Math.PI)
  }
  return { mean, sd: Math.sqrt(variance) }
}
