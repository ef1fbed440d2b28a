import type { Trigger } from './trigger.ts'

/** A person asks. */
export const manual: Trigger<{ trigger: 'manual' }, null> = {
  name: 'manual',
  summary: 'Asks when a person commands it.',
  init: () => null,
  evaluate(_policy, _state, { command }) {
    if (command?.command !== 'retrain') return []
    return [{
      rule: 'manual', measure: 'command', subject: command.issuer, reading: { value: 1, n: 1, verdict: 'alarm' }, threshold: null,
      fromMs: null, toMs: null, text: `${command.issuer} asked for a retrain: ${command.reason || 'no reason given'}.`,
    }]
  },
}
