import type { Hash } from '../hash.ts'
import type { ModelPolicy } from '../policy.ts'
import type { DecideEvent } from '../records.ts'

/** What decide needs from outside; all of it deterministic. */
export interface DecideEnvironment {
  /** the first instant of a cron expression after a time, both in epoch milliseconds */
  nextCron(expression: string, timezone: string, afterMs: number): number
  /** partitions of observe: tasks 0 … upstreamTasks − 1 must pass a pane before it is read */
  upstreamTasks: number
  /** SHA-256 in hex */
  hash: Hash
  /** the policy of a model that nobody published one for */
  defaultPolicy(model: string): ModelPolicy
}

export type DecideRole = 'retrain-requested' | 'promote' | 'rollback' | 'serving-config' | 'incidents' | 'decisions' | 'profiles'

export type Emit = (role: DecideRole, key: string, event: DecideEvent) => void
