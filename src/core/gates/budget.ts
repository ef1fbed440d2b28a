import { insufficient } from '../reading.ts'
import type { Evaluation } from '../records.ts'
import type { PromotionPolicy } from '../policy.ts'
import { figure } from '../text.ts'
import { gateFinding, type Gate } from './gate.ts'

interface Budget {
  name: string
  summary: string
  measure: string
  /** the most that the policy allows; null: not asked */
  most(promotion: PromotionPolicy): number | null
  measured(evaluation: Evaluation): number | null
  unit: string
}

/** A gate that holds one measured quantity of the candidate under a budget; a quantity that was not measured blocks. */
export function budgetGate({ name, summary, measure, most, measured, unit }: Budget): Gate {
  return {
    name, summary,
    evaluate({ candidate, promotion }) {
      const threshold = most(promotion)
      if (threshold === null) return []
      const value = measured(candidate.evaluation)
      if (value === null || !Number.isFinite(value)) {
        return [gateFinding(name, measure, candidate.version, insufficient(0), threshold,
          `${candidate.version} is blocked: its evaluation has no ${measure}, and the budget is ${figure(threshold)}${unit}.`)]
      }
      const over = value > threshold
      return [gateFinding(name, measure, candidate.version, { value, n: candidate.evaluation.n, verdict: over ? 'alarm' : 'ok' }, threshold,
        `${measure} of ${candidate.version} is ${figure(value)}${unit}, ${over ? 'over' : 'within'} the budget of ${figure(threshold)}${unit}.`)]
    },
  }
}
