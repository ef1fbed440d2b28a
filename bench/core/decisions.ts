/** What is asked once a pane or once a candidate: gates, triggers and the rules that watch over a new champion. Each has something to find. */
import { gates } from '../../src/core/gates/table.ts'
import type { Gate } from '../../src/core/gates/gate.ts'
import type { PromotionPolicy } from '../../src/core/policy.ts'
import type { Candidate, Evaluation, Finding } from '../../src/core/records.ts'
import { watchRules } from '../../src/core/rollout/watch/table.ts'
import type { WatchPolicy, WatchRule } from '../../src/core/rollout/watch/rule.ts'
import { triggerOf, type AnyTriggerPolicy } from '../../src/core/triggers/table.ts'
import type { TriggerSight } from '../../src/core/triggers/trigger.ts'
import { whenStarted, type Task } from './per-record.ts'

const DAY_MS = 86_400_000
const regions = Array.from({ length: 20 }, (_, i) => `region=${i}`)
const evaluationOf = (recall: number, worse: number): Evaluation => ({
  testSetId: 'test', n: 5_000, metrics: { recall }, standardErrors: null, subgroups: Object.fromEntries(regions.map((region) => [region, { recall: worse }])),
  latencyMsP99: 40, costPerThousand: 2,
})
const candidate: Candidate = {
  kind: 'candidate', model: 'fraud', version: 'v2', parentVersion: 'v1', trainingMode: 'full', trainedBy: 'trainer', retrainRequestId: null,
  evaluation: evaluationOf(0.9, 0.7), baselineVersion: 'v1', baseline: evaluationOf(0.8, 0.8), artifactUri: '', profile: null,
}
const promotion: PromotionPolicy = {
  goal: 'superior', metric: 'recall', minImprovement: 0.005, maxSubgroupRegression: 0.01, maxLatencyP99Ms: 30, maxCostPerThousand: 1, decideByMs: DAY_MS,
}

/** Fifty features over three windows, four readings each. */
const drift = [1, 6, 60].map((panes): TriggerSight['drift'][number] => ({
  panes, fromMs: 0, toMs: panes, score: [],
  features: Array.from({ length: 50 }, (_, i) => ({
    feature: `f${i}`, importance: null,
    readings: ['psi', 'ks', 'missing', 'non-finite'].map((measure) => ({ measure, severe: null, reading: { value: 0.3, n: 10_000, verdict: i % 2 === 0 ? 'alarm' : 'ok' } as const })),
  })),
}))
const sight: TriggerSight = {
  atMs: 30 * DAY_MS, isPane: true, firstSeenMs: 0, champion: { version: 'v1', sinceMs: 0 }, lastAskedMs: null, labelsSinceAsked: 5_000, drift,
  performance: [{ panes: 1, fromMs: 0, toMs: 1, labels: 5_000, readings: { recall: { value: 0.6, n: 5_000, interval: [0.58, 0.62], verdict: 'ok' } } }],
  claim: { recall: 0.8 }, nextCron: (_expression, _timezone, afterMs) => afterMs + DAY_MS,
  command: { kind: 'command', commandId: 'c1', model: 'fraud', issuedAt: 0, issuer: 'ada', command: 'retrain', version: null, reason: 'a test' },
}
const triggerPolicies: readonly AnyTriggerPolicy[] = [
  { trigger: 'calendar', everyMs: DAY_MS, cron: null, timezone: 'UTC', maxModelAgeMs: null }, { trigger: 'drift', minImportanceShare: 0.3, minPanes: 1, score: true },
  { trigger: 'performance', metric: 'recall', minDrop: 0.1, floor: 0.7, minLabels: 100 }, { trigger: 'new-labels', count: 1_000 }, { trigger: 'manual' },
]

const watchPolicy: WatchPolicy = { maxErrorRate: 0.01, maxLatencyP99Ms: 30, minPredictions: 100, performance: null, bakeMs: DAY_MS }
const evidence = { version: 'v2', sinceMs: 0, atMs: 60_000, acted: 5_000, bad: 400, latencyCount: 5_000, latencyOver: 600 }

/** What each of them finds when it is asked. */
export const found: Record<string, readonly Finding[]> = {}

function taskOf(unit: string, ask: () => readonly (Finding | null)[]): Task {
  found[unit] = ask().filter((finding) => finding !== null)
  return { name: `${unit}, asked once`, records: 10, unit, run: () => { for (let i = 0; i < 10; i++) ask() } }
}

export const tasks: readonly Task[] = [
  ...Object.entries<Gate>(gates).map(([name, gate]) => taskOf(name, () => gate.evaluate({ candidate, promotion, segments: ['region'] }))),
  ...triggerPolicies.map((policy) => {
    const trigger = triggerOf(policy)
    const state = trigger.init(policy, { ...sight, atMs: 0 })
    return taskOf(trigger.name, () => trigger.evaluate(policy, state, sight))
  }),
  ...Object.entries<WatchRule>(watchRules).map(([name, rule]) => taskOf(name, () => [rule.read(evidence, watchPolicy)])),
]

await whenStarted(import.meta.url, tasks)
