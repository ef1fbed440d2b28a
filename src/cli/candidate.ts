import { z } from 'zod'
import type { Candidate } from '../core/records.ts'
import { StewardError } from '../errors.ts'

const values = z.record(z.string(), z.number())

const evaluation = z.object({
  testSetId: z.string().min(1),
  n: z.int().min(0),
  metrics: values,
  standardErrors: values.nullable().default(null),
  subgroups: z.record(z.string(), values).default({}),
  latencyMsP99: z.number().nullable().default(null),
  costPerThousand: z.number().nullable().default(null),
})

const candidate = z.object({
  model: z.string().min(1),
  version: z.string().min(1),
  parentVersion: z.string().nullable().default(null),
  trainingMode: z.enum(['full', 'fine-tune']).default('full'),
  trainedBy: z.string().default(''),
  retrainRequestId: z.string().nullable().default(null),
  evaluation,
  baselineVersion: z.string(),
  baseline: evaluation,
  artifactUri: z.string().default(''),
})

/**
 * A Candidate record in its JSON form. Fields that a gate does not read may be absent; a profile is not read.
 * @throws StewardError INPUT_UNREADABLE naming every field that is missing or of the wrong type
 */
export function parseCandidate(value: unknown, path: string): Candidate {
  const parsed = candidate.safeParse(value)
  if (parsed.success) return { kind: 'candidate', ...parsed.data, profile: null }
  const problems = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'the whole'}: ${issue.message}`)
  throw new StewardError('INPUT_UNREADABLE', `${path} is not a candidate:\n${problems.join('\n')}`)
}
