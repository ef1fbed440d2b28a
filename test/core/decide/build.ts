/** Small builders of what decide reads: each gives a complete record from what the test cares about. */
import type { ModelPolicy } from '../../../src/core/policy.ts'
import type { Candidate, Evaluation } from '../../../src/core/records.ts'

type Given<T> = { [K in keyof T]?: T[K] extends readonly unknown[] | null ? T[K] : T[K] extends object ? Given<T[K]> : T[K] }

export const MINUTE = 60_000
export const HOUR = 60 * MINUTE
export const DAY = 24 * HOUR

/** A policy that acts on nothing by itself: no triggers, no drift rules, no budgets, panes of ten minutes. */
export function policyOf(given: Given<ModelPolicy> = {}): ModelPolicy {
  const { time, profile, drift, performance, promotion, rollback, limits, ...rest } = given
  const { watch, ...keep } = rollback ?? {}
  return {
    model: 'fraud', hash: 'p1', mode: 'act', task: 'binary', positive: true, threshold: 0.5,
    segments: [], learners: [], triggers: [], cooldownMs: 12 * HOUR, requestExpiresMs: 3 * DAY,
    time: {
      paneMs: 10 * MINUTE, windows: [1, 6], labelHorizonMs: 7 * DAY, correctionHorizonMs: DAY, maxFutureSkewMs: MINUTE,
      paneGraceMs: 5_000, watchEveryMs: 5_000, cohortMs: HOUR, ...time,
    },
    profile: { referencePanes: 2, layoutRowsMin: 100, edges: {}, atoms: {}, categories: {}, scoreBins: 20, ...profile } as ModelPolicy['profile'],
    drift: { all: [], byName: {}, score: [], severe: {}, ...drift } as ModelPolicy['drift'],
    performance: { metrics: [], errorDetectors: [], ...performance } as ModelPolicy['performance'],
    promotion: {
      goal: 'superior', metric: 'recall', minImprovement: 0.005, maxSubgroupRegression: 0.01,
      maxLatencyP99Ms: null, maxCostPerThousand: null, decideByMs: 14 * DAY, ...promotion,
    },
    rollback: {
      keepVersions: 5, ...keep,
      watch: { maxErrorRate: null, maxLatencyP99Ms: null, minPredictions: 100, performance: null, bakeMs: DAY, ...watch } as ModelPolicy['rollback']['watch'],
    },
    limits: { pendingMax: 1e6, profilesMax: 8, segmentsMax: 100, cohortsMax: 200, featuresMax: 100, ...limits },
    ...(rest as Partial<ModelPolicy>),
  }
}

export function evaluationOf(given: Partial<Evaluation> = {}): Evaluation {
  return { testSetId: 'test-1', n: 1_000, metrics: { recall: 0.8, 'roc-auc': 0.84 }, standardErrors: null, subgroups: {}, latencyMsP99: 10, costPerThousand: 0.1, ...given }
}

/** Version v2 with recall .9 and ROC AUC .9, measured against v1 with .8 and .84. */
export function candidateOf(given: Partial<Candidate> = {}): Candidate {
  return {
    kind: 'candidate', model: 'fraud', version: 'v2', parentVersion: 'v1', trainingMode: 'full', trainedBy: 'trainer', retrainRequestId: null,
    evaluation: evaluationOf({ metrics: { recall: 0.9, 'roc-auc': 0.9 } }), baselineVersion: 'v1', baseline: evaluationOf(),
    artifactUri: 's3://models/v2', profile: null, ...given,
  }
}
