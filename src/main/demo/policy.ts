/**
 * The demo's policy, as its settings file would have it: everything is set to 24 inferences a day, whose labels take days. The houses come district by district,
 * so that every day differs from every other; held to a run length of years no reading of a month would say anything, and each is shown against its own noise.
 */

export const demoModel = 'california-housing'

export const demoPolicy = {
  mode: 'act',
  task: 'binary',
  positive: 1,
  time: { pane: '1d', windows: [7, 28], labelHorizon: '60d', correctionHorizon: '1d', watchEvery: '1h', cohort: '1d' },
  segments: ['income'],
  drift: { features: { all: ['psi', 'ks', 'missing'] }, severe: { psi: 10, ks: 1 }, falseAlarmEvery: null },
  performance: { metrics: ['accuracy', 'precision', 'recall', 'roc-auc', 'ece'], errorDetectors: ['adwin'] },
  triggers: [
    { performance: { metric: 'accuracy', minDrop: 0.1, minLabels: 120 } },
    { drift: { minImportanceShare: '90%', minPanes: 7, score: false } },
    { 'new-labels': { count: 1500 } },
  ],
  cooldown: '14d',
  requestExpires: '5d',
  promotion: { metric: 'accuracy', minImprovement: 0.02, maxSubgroupRegression: 0.1, maxLatencyP99: '50ms', maxCostPerThousand: 0.4, decideBy: '10d' },
  rollback: {
    keepVersions: 5,
    watch: { maxErrorRate: '2%', maxLatencyP99: '50ms', minPredictions: 100, bake: '14d', performance: { metric: 'accuracy', maxDrop: 0.15, minLabels: 96 } },
  },
  limits: { maxCohorts: 500 },
}
