/** The broadcast tables, the same way for every topology. */
import type { ModelPolicy } from '../../core/policy.ts'
import type { PolicyRecord, Profile } from '../../core/records.ts'
import type { InputRole } from '../ports.ts'
import type { Output } from '../program.ts'

export interface TableEnvironment {
  /** parses the text of a policy record. @throws StewardError CONFIG_INVALID */
  compilePolicy(record: PolicyRecord): ModelPolicy
  /** the policy of a model that nobody published one for */
  defaultPolicy(model: string): ModelPolicy
}

export interface TableHandlers {
  policy(policy: ModelPolicy, fromMs: number): void
  profile(profile: Profile, fromMs: number): void
  /** pane length of a model as of now */
  paneMs(model: string): number
}

/** Panes between the publication of a policy or profile and the first pane under it, so that every task has read it by then. */
const LEAD_PANES = 2

export function applyTable(env: TableEnvironment, output: Output, role: InputRole, record: unknown, publishedMs: number, on: TableHandlers): void {
  if (role === 'profiles') {
    const profile = record as Profile
    on.profile(profile, profile.effectiveFrom ?? publishedMs + LEAD_PANES * on.paneMs(profile.model))
    return
  }
  const published = record as PolicyRecord
  try {
    const policy = env.compilePolicy(published)
    on.policy(policy, published.effectiveFrom ?? publishedMs + LEAD_PANES * policy.time.paneMs)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'CONFIG_INVALID') throw error
    output.deadLetter('POLICY_INVALID', `the policy of model '${published.model}' is not in force: ${(error as Error).message}`)
  }
}
