import type { PromotionPolicy } from '../policy.ts'
import type { Candidate, Finding } from '../records.ts'
import type { Reading } from '../reading.ts'

/** What an offline gate is asked with. */
export interface GateQuestion {
  candidate: Candidate
  promotion: PromotionPolicy
  /** segment names of the policy, which the subgroups must cover */
  segments: readonly string[]
}

/**
 * A gate that a candidate must pass before it gets more responsibility.
 * It gives no finding when the policy asks nothing of it. Verdicts: `ok` passes, `alarm` fails, `insufficient` blocks (data that was needed is not there),
 * `inconclusive` could go either way within its noise.
 */
export interface Gate {
  name: string
  /** one sentence for `steward gate --help` and the docs */
  summary: string
  evaluate(question: GateQuestion): Finding[]
}

/** A finding about a candidate: no panes behind it. */
export function gateFinding(rule: string, measure: string, subject: string | null, reading: Reading, threshold: number | null, text: string): Finding {
  return { rule, measure, subject, reading, threshold, fromMs: null, toMs: null, text }
}
