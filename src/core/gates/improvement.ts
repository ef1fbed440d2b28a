import { metrics } from '../metrics/table.ts'
import { insufficient, type Reading } from '../reading.ts'
import type { Evaluation } from '../records.ts'
import { figure, intervalText } from '../text.ts'
import type { PromotionPolicy } from '../policy.ts'
import { gateFinding, type Gate } from './gate.ts'

/** z of a two-sided 95 % interval. */
const z = 1.959963984540054

/**
 * The candidate must beat its baseline on the same test set: by at least δ (`superior`), or lose less than the margin (`nonInferior`).
 * Where standard errors are given the gain has a 95 % interval (errors of two versions on one test set added as if independent, which is wider than the truth):
 * a gain of δ whose interval reaches 0, and a gain short of δ whose interval reaches δ, are `inconclusive`.
 * Another test set, an empty one or a missing metric blocks.
 */
export const improvement: Gate = {
  name: 'improvement',
  summary: 'Gain over the baseline on the same test set, beyond its noise.',
  evaluate({ candidate, promotion }) {
    const { metric, minImprovement } = promotion
    const threshold = promotion.goal === 'superior' ? minImprovement : -minImprovement
    const finding = (reading: Reading, text: string) => [gateFinding('improvement', metric, candidate.version, reading, threshold, text)]
    const blocked = blockedBy(candidate.evaluation, candidate.baseline, metric)
    if (blocked !== null) return finding(insufficient(Math.max(0, candidate.evaluation.n)), `${candidate.version} is blocked: ${blocked}`)
    const reading = gainReading(candidate.evaluation, candidate.baseline, promotion)
    const { goal } = promotion
    return finding(reading, `${metric} of ${candidate.version} is ${figure(candidate.evaluation.metrics[metric])} against ${figure(candidate.baseline.metrics[metric])} of `
      + `${candidate.baselineVersion} on ${candidate.evaluation.testSetId}: a gain of ${figure(reading.value)}${intervalText(reading.interval)}, `
      + `${said(reading, goal)} ${figure(threshold)} asked.`)
  },
}

/** The gain of `metric` in the direction that is better; undefined where either side does not have it. */
export function gainOf(metric: string, ours: Readonly<Record<string, number>>, theirs: Readonly<Record<string, number>>): number | undefined {
  if (!Number.isFinite(ours[metric]) || !Number.isFinite(theirs[metric])) return undefined
  return directionOf(metric) === 'lower' ? theirs[metric] - ours[metric] : ours[metric] - theirs[metric]
}

/** Whether more of a metric is better. A metric that only the trainer knows is taken as better when higher. */
export const directionOf = (metric: string): 'higher' | 'lower' | 'neither' =>
  Object.hasOwn(metrics, metric) ? metrics[metric as keyof typeof metrics].better : 'higher'

function blockedBy(evaluation: Evaluation, baseline: Evaluation, metric: string): string | null {
  if (evaluation.testSetId !== baseline.testSetId) {
    return `it was measured on test set '${evaluation.testSetId}' and its baseline on '${baseline.testSetId}'; measure both on one.`
  }
  if (!(evaluation.n > 0)) return `test set '${evaluation.testSetId}' has no rows.`
  if (directionOf(metric) === 'neither') return `'${metric}' has no better direction; name another metric in promotion.metric.`
  if (gainOf(metric, evaluation.metrics, baseline.metrics) === undefined) return `'${metric}' is not in both evaluations; the trainer must report it for candidate and baseline.`
  return null
}

function gainReading(evaluation: Evaluation, baseline: Evaluation, { goal, metric, minImprovement }: PromotionPolicy): Reading {
  const value = gainOf(metric, evaluation.metrics, baseline.metrics)!
  const error = standardErrorOf(evaluation, baseline, metric)
  const half = error === null ? 0 : z * error
  const [low, high] = [value - half, value + half]
  const verdict = goal === 'superior' ? superiorVerdict(value, low, high, minImprovement) : nonInferiorVerdict(low, high, -minImprovement)
  return { value, n: evaluation.n, nReference: baseline.n, ...(error === null ? {} : { interval: [low, high] as const }), verdict }
}

function superiorVerdict(value: number, low: number, high: number, delta: number): Reading['verdict'] {
  if (value >= delta) return low > 0 || low === value ? 'ok' : 'inconclusive'
  return high < delta ? 'alarm' : 'inconclusive'
}

function nonInferiorVerdict(low: number, high: number, margin: number): Reading['verdict'] {
  if (low >= margin) return 'ok'
  return high < margin ? 'alarm' : 'inconclusive'
}

/** Of the difference; a side that gives none is taken to be as noisy as the other. Null where neither does. */
function standardErrorOf(evaluation: Evaluation, baseline: Evaluation, metric: string): number | null {
  const ours = evaluation.standardErrors?.[metric]
  const theirs = baseline.standardErrors?.[metric]
  const known = ours ?? theirs
  return known === undefined || !Number.isFinite(known) ? null : Math.hypot(ours ?? known, theirs ?? known)
}

function said({ verdict }: Reading, goal: PromotionPolicy['goal']): string {
  if (verdict === 'ok') return goal === 'superior' ? 'at least the' : 'not below the'
  return verdict === 'alarm' ? 'short of the' : 'too noisy to tell from the'
}
