import type { TriggerPolicy } from '../policy.ts'
import { counted } from '../text.ts'
import type { Trigger } from './trigger.ts'

type NewLabelsPolicy = Extract<TriggerPolicy, { trigger: 'new-labels' }>

/** Asks when enough distinct predictions have got their label since the last request or candidate. A correction or a duplicate is not new. */
export const newLabels: Trigger<NewLabelsPolicy, null> = {
  name: 'new-labels',
  summary: 'Asks when enough new labels have arrived since the last request or candidate.',
  init: () => null,
  evaluate({ count }, _state, { labelsSinceAsked: value }) {
    return [{
      rule: 'new-labels', measure: 'labels', subject: null, reading: { value, n: value, verdict: value >= count ? 'alarm' : 'ok' }, threshold: count,
      fromMs: null, toMs: null, text: `${counted(value, 'new label')} since the last request or candidate; ${count} are enough to retrain.`,
    }]
  },
}
