import type { TriggerPolicy } from '../policy.ts'
import { calendar } from './calendar.ts'
import { drift } from './drift.ts'
import { manual } from './manual.ts'
import { newLabels } from './new-labels.ts'
import { performance } from './performance.ts'
import type { Trigger } from './trigger.ts'

/** Every policy that a trigger takes; `manual` needs none and is always on. */
export type AnyTriggerPolicy = TriggerPolicy | { trigger: 'manual' }

/** The family of triggers, by name. */
export const triggers = { calendar, drift, performance, 'new-labels': newLabels, manual }

/** The trigger behind a policy. Its state is its own: what `init` of the same policy returned. */
export const triggerOf = <P extends AnyTriggerPolicy>(policy: P): Trigger<P, unknown> => triggers[policy.trigger] as unknown as Trigger<P, unknown>
