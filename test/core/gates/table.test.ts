import { describe, expect, it } from 'vitest'
import { evaluateOfflineGates } from '../../../src/core/gates/table.ts'
import { candidateOf, evaluationOf, policyOf } from '../decide/build.ts'

const policy = policyOf({ promotion: { metric: 'roc-auc', minImprovement: 0.005, maxSubgroupRegression: 0.01 } })
const judged = (candidate: Parameters<typeof candidateOf>[0], on = policy) => evaluateOfflineGates(candidateOf(candidate), on)
const verdicts = (result: ReturnType<typeof judged>) => result.findings.map(({ rule, subject, reading }) => [rule, subject, reading.verdict])

describe('the offline gates', () => {
  it('pass a candidate that gains at least δ on the same test set', () => {
    const result = judged({ evaluation: evaluationOf({ metrics: { 'roc-auc': 0.85 } }), baseline: evaluationOf({ metrics: { 'roc-auc': 0.84 } }) })
    expect(result.verdict).toBe('pass')
    expect(result.findings[0].reading.value).toBeCloseTo(0.01, 12)
    expect(result.findings[0].text).toBe('roc-auc of v2 is 0.85 against 0.84 of v1 on test-1: a gain of 0.01, at least the 0.005 asked.')
  })

  it('fail a candidate that gains less than δ', () => {
    expect(judged({ evaluation: evaluationOf({ metrics: { 'roc-auc': 0.843 } }), baseline: evaluationOf({ metrics: { 'roc-auc': 0.84 } }) }).verdict).toBe('fail')
  })

  it('count a lower log-loss as a gain', () => {
    const on = policyOf({ promotion: { metric: 'log-loss', minImprovement: 0.005 } })
    expect(judged({ evaluation: evaluationOf({ metrics: { 'log-loss': 0.3 } }), baseline: evaluationOf({ metrics: { 'log-loss': 0.4 } }) }, on).verdict).toBe('pass')
    expect(judged({ evaluation: evaluationOf({ metrics: { 'log-loss': 0.4 } }), baseline: evaluationOf({ metrics: { 'log-loss': 0.3 } }) }, on).verdict).toBe('fail')
  })

  it('leave a gain within its noise open', () => {
    const noisy = (auc: number, error: number) => evaluationOf({ metrics: { 'roc-auc': auc }, standardErrors: { 'roc-auc': error } })
    expect(judged({ evaluation: noisy(0.85, 0.01), baseline: noisy(0.84, 0.01) }).verdict).toBe('inconclusive')
    expect(judged({ evaluation: noisy(0.842, 0.01), baseline: noisy(0.84, 0.01) }).verdict).toBe('inconclusive')
    expect(judged({ evaluation: noisy(0.9, 0.01), baseline: noisy(0.84, 0.01) }).verdict).toBe('pass')
    expect(judged({ evaluation: noisy(0.78, 0.01), baseline: noisy(0.84, 0.01) }).verdict).toBe('fail')
  })

  it('take the noise of one side for both when only one is given', () => {
    const result = judged({
      evaluation: evaluationOf({ metrics: { 'roc-auc': 0.85 }, standardErrors: { 'roc-auc': 0.01 } }), baseline: evaluationOf({ metrics: { 'roc-auc': 0.84 } }),
    })
    expect(result.findings[0].reading.interval![1]).toBeCloseTo(0.01 + 1.96 * 0.01 * Math.SQRT2, 4)
  })

  it('let a candidate that is merely as good pass when the goal is not to be inferior', () => {
    const on = policyOf({ promotion: { goal: 'nonInferior', metric: 'roc-auc', minImprovement: 0.005 } })
    expect(judged({ evaluation: evaluationOf({ metrics: { 'roc-auc': 0.838 } }), baseline: evaluationOf({ metrics: { 'roc-auc': 0.84 } }) }, on).verdict).toBe('pass')
    expect(judged({ evaluation: evaluationOf({ metrics: { 'roc-auc': 0.83 } }), baseline: evaluationOf({ metrics: { 'roc-auc': 0.84 } }) }, on).verdict).toBe('fail')
  })

  it('block on another test set, however large the gain', () => {
    const result = judged({ evaluation: evaluationOf({ metrics: { 'roc-auc': 0.99 }, testSetId: 'mine' }), baseline: evaluationOf({ metrics: { 'roc-auc': 0.5 } }) })
    expect(result.verdict).toBe('fail')
    expect(verdicts(result)).toEqual([['improvement', 'v2', 'insufficient']])
    expect(result.findings[0].text).toContain("measured on test set 'mine' and its baseline on 'test-1'")
  })

  it('block when the metric was not measured', () => {
    expect(judged({ evaluation: evaluationOf({ metrics: {} }) }).verdict).toBe('fail')
  })

  it('fail when one subgroup loses more than ε although the whole gains', () => {
    const result = judged({
      evaluation: evaluationOf({ metrics: { 'roc-auc': 0.9 }, subgroups: { 'region=eu': { 'roc-auc': 0.75 }, 'region=us': { 'roc-auc': 0.95 } } }),
      baseline: evaluationOf({ metrics: { 'roc-auc': 0.84 }, subgroups: { 'region=eu': { 'roc-auc': 0.8 }, 'region=us': { 'roc-auc': 0.85 } } }),
    })
    expect(result.verdict).toBe('fail')
    expect(verdicts(result)).toEqual([['improvement', 'v2', 'ok'], ['subgroup', 'region=eu', 'alarm'], ['subgroup', 'region=us', 'ok']])
  })

  it('block when a subgroup of the baseline was not measured, or a segment of the policy by neither', () => {
    const evaluation = evaluationOf({ metrics: { 'roc-auc': 0.9 } })
    const baseline = evaluationOf({ metrics: { 'roc-auc': 0.84 }, subgroups: { 'region=eu': { 'roc-auc': 0.8 } } })
    expect(verdicts(judged({ evaluation, baseline }))).toContainEqual(['subgroup', 'region=eu', 'insufficient'])
    const segmented = policyOf({ segments: ['channel'], promotion: { metric: 'roc-auc' } })
    expect(verdicts(judged({ evaluation }, segmented))).toContainEqual(['subgroup', 'channel', 'insufficient'])
    expect(judged({ evaluation }, segmented).verdict).toBe('fail')
  })

  it('hold latency and cost to their budgets, and block when they were not measured', () => {
    const on = policyOf({ promotion: { metric: 'roc-auc', maxLatencyP99Ms: 50, maxCostPerThousand: 0.4 } })
    const good = { metrics: { 'roc-auc': 0.9 } }
    expect(judged({ evaluation: evaluationOf({ ...good, latencyMsP99: 50, costPerThousand: 0.4 }) }, on).verdict).toBe('pass')
    expect(verdicts(judged({ evaluation: evaluationOf({ ...good, latencyMsP99: 51, costPerThousand: 0.3 }) }, on)))
      .toEqual([['improvement', 'v2', 'ok'], ['latency', 'v2', 'alarm'], ['cost', 'v2', 'ok']])
    expect(judged({ evaluation: evaluationOf({ ...good, latencyMsP99: null, costPerThousand: 0.3 }) }, on).verdict).toBe('fail')
  })
})
