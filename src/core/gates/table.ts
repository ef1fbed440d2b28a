import type { ModelPolicy } from '../policy.ts'
import type { Candidate, Finding } from '../records.ts'
import { cost } from './cost.ts'
import type { Gate } from './gate.ts'
import { improvement } from './improvement.ts'
import { latency } from './latency.ts'
import { subgroup } from './subgroup.ts'

/** The family of offline gates, by name, in the order in which findings are given. */
export const gates = { improvement, subgroup, latency, cost } satisfies Record<string, Gate>

export interface GateResult {
  verdict: 'pass' | 'fail' | 'inconclusive'
  findings: Finding[]
}

/** Every offline gate of a candidate. One `alarm` or `insufficient` fails it; otherwise one `inconclusive` leaves it open; otherwise it passes. */
export function evaluateOfflineGates(candidate: Candidate, policy: Pick<ModelPolicy, 'promotion' | 'segments'>): GateResult {
  const question = { candidate, promotion: policy.promotion, segments: policy.segments }
  const findings = Object.values(gates).flatMap((gate) => gate.evaluate(question))
  return { verdict: overall(findings), findings }
}

function overall(findings: readonly Finding[]): GateResult['verdict'] {
  const has = (verdict: Finding['reading']['verdict']) => findings.some(({ reading }) => reading.verdict === verdict)
  if (has('alarm') || has('insufficient')) return 'fail'
  return has('inconclusive') ? 'inconclusive' : 'pass'
}
