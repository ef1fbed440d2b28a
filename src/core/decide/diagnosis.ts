/** What the reasons of a retrain request mean together: the first row that fits gives the name and the advice. */
import type { Advice, Finding } from '../records.ts'

export interface Evidence {
  reasons: readonly Finding[]
  /** missing, unseen or non-finite values of a feature are in alarm */
  hasPipelineFault: boolean
  /** an error detector has fired within the largest window */
  hasDetectorAlarm: boolean
}

interface Diagnosis {
  name: string
  advice: Advice
  fits(evidence: Evidence): boolean
}

const hasReason = ({ reasons }: Evidence, ...rules: string[]): boolean => reasons.some(({ rule }) => rules.includes(rule))
const hasPerformanceEvidence = (evidence: Evidence): boolean => hasReason(evidence, 'performance') || evidence.hasDetectorAlarm

/** In order of precedence. */
export const diagnoses: readonly Diagnosis[] = [
  { name: 'pipeline fault', advice: 'fix-data', fits: (evidence) => evidence.hasPipelineFault },
  { name: 'covariate drift without evidence of harm', advice: 'review', fits: (evidence) => hasReason(evidence, 'drift') && !hasPerformanceEvidence(evidence) },
  { name: 'performance drop', advice: 'full', fits: hasPerformanceEvidence },
  { name: 'refresh', advice: 'full', fits: (evidence) => hasReason(evidence, 'new-labels', 'calendar', 'manual') },
  { name: 'undetermined', advice: 'review', fits: () => true },
]

export const diagnose = (evidence: Evidence): Diagnosis => diagnoses.find(({ fits }) => fits(evidence))!
