import { insufficient } from '../reading.ts'
import type { Finding } from '../records.ts'
import { figure } from '../text.ts'
import { gateFinding, type Gate, type GateQuestion } from './gate.ts'
import { directionOf, gainOf } from './improvement.ts'

/**
 * No subgroup may lose more than ε of the promotion metric against the baseline.
 * Every subgroup that either side measured must be measured by both, and every segment of the policy must have at least one: what is missing blocks.
 */
export const subgroup: Gate = {
  name: 'subgroup',
  summary: 'No subgroup loses more than the tolerance.',
  evaluate(question) {
    const { candidate, segments } = question
    const groups = [...new Set([...Object.keys(candidate.baseline.subgroups), ...Object.keys(candidate.evaluation.subgroups)])].sort()
    const unmeasured = segments.filter((segment) => !groups.some((group) => group.startsWith(`${segment}=`)))
    return [...unmeasured.map((segment) => missing(question, segment)), ...groups.map((group) => compared(question, group))]
  },
}

function missing({ candidate, promotion }: GateQuestion, group: string): Finding {
  return gateFinding('subgroup', promotion.metric, group, insufficient(0), -promotion.maxSubgroupRegression,
    `${candidate.version} is blocked: no ${promotion.metric} for ${group} in both evaluations; the trainer must report it for candidate and baseline.`)
}

function compared(question: GateQuestion, group: string): Finding {
  const { candidate, promotion } = question
  const { metric, maxSubgroupRegression } = promotion
  const ours = candidate.evaluation.subgroups[group] ?? {}
  const theirs = candidate.baseline.subgroups[group] ?? {}
  const gain = gainOf(metric, ours, theirs)
  if (gain === undefined || directionOf(metric) === 'neither') return missing(question, group)
  const lost = gain < -maxSubgroupRegression
  return gateFinding('subgroup', metric, group, { value: gain, n: candidate.evaluation.n, nReference: candidate.baseline.n, verdict: lost ? 'alarm' : 'ok' },
    -maxSubgroupRegression, `${metric} of ${group} goes from ${figure(theirs[metric])} to ${figure(ours[metric])}, `
    + `${lost ? 'a loss beyond' : 'within'} the ${figure(maxSubgroupRegression)} tolerated.`)
}
