import type { ModelPolicy } from '../../src/core/policy.ts'

type Over = Partial<Omit<ModelPolicy, 'time' | 'limits' | 'profile'>> & { time?: Partial<ModelPolicy['time']>; limits?: Partial<ModelPolicy['limits']>; profile?: Partial<ModelPolicy['profile']> }

/** A policy for tests of core: short horizons, small panes, nothing triggers unless a test says so. */
export function testPolicy(model: string, over: Over = {}): ModelPolicy {
  return {
    model, hash: `policy of ${model}`, mode: 'advise', task: 'binary', positive: true, threshold: 0.5, segments: [], learners: [],
    drift: { all: [], byName: {}, score: [], rows: [], severe: {}, falseAlarmEveryMs: null },
    performance: { metrics: [], errorDetectors: [] },
    labels: { exist: 'all' }, triggers: [], cooldownMs: 0, requestExpiresMs: 86_400_000,
    promotion: {
      goal: 'superior', metric: 'accuracy', minImprovement: 0.005, maxSubgroupRegression: 0.01, maxLatencyP99Ms: null, maxCostPerThousand: null, decideByMs: 86_400_000,
    },
    rollback: { keepVersions: 5, watch: { maxErrorRate: null, maxLatencyP99Ms: null, minPredictions: 100, performance: null, bakeMs: 86_400_000 } },
    ...over,
    time: {
      paneMs: 1000, windows: [1, 6, 60], labelHorizonMs: 10_000, correctionHorizonMs: 2000, maxFutureSkewMs: 60_000, paneGraceMs: 5000, watchEveryMs: 500,
      cohortMs: 1000, ...over.time,
    },
    profile: { reference: 'frozen', referencePanes: 5, seasonWeeks: 3, layoutRowsMin: 100, edges: {}, atoms: {}, categories: {}, scoreBins: 10, ...over.profile },
    limits: { pendingMax: 10_000, profilesMax: 3, segmentsMax: 10, cohortsMax: 100, featuresMax: 100, rowsMax: 100, ...over.limits },
  }
}
