import type { RollbackPolicy } from '../../policy.ts'
import type { Finding } from '../../records.ts'

export type WatchPolicy = RollbackPolicy['watch']

/** What the fast lane has counted of a new champion since its promotion. */
export interface WatchEvidence {
  version: string
  sinceMs: number
  atMs: number
  acted: number
  /** errors, timeouts and non-finite scores */
  bad: number
  latencyCount: number
  /** latencies over the budget */
  latencyOver: number
}

/** Judges operational harm of a new champion. Null: the policy does not ask. `alarm` rolls back. */
export interface WatchRule {
  name: string
  summary: string
  read(evidence: WatchEvidence, policy: WatchPolicy): Finding | null
}

/** Level of the bounds: the rules are read every few seconds for the whole bake time, so a usual 95 % would be crossed by chance. */
export const watchConfidence = 0.999
