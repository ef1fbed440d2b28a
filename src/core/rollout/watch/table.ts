import { errorRate } from './error-rate.ts'
import { latencyBudget } from './latency-budget.ts'
import type { WatchRule } from './rule.ts'

/** The family of fast-lane rules, by name. */
export const watchRules = { 'error-rate': errorRate, 'latency-budget': latencyBudget } satisfies Record<string, WatchRule>
