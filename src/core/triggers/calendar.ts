import type { TriggerPolicy } from '../policy.ts'
import type { Finding } from '../records.ts'
import { duration } from '../text.ts'
import type { Trigger, TriggerSight } from './trigger.ts'

type CalendarPolicy = Extract<TriggerPolicy, { trigger: 'calendar' }>

export interface CalendarState {
  /** the next instant of the cron expression; it stays due until a request goes out. Null without an expression */
  nextCronMs: number | null
}

/** Asks when an interval since the last request or candidate has passed, at the instants of a cron expression, or when the champion grows too old. */
export const calendar: Trigger<CalendarPolicy, CalendarState> = {
  name: 'calendar',
  summary: 'Asks at regular intervals, at the instants of a cron expression, or when the champion grows too old.',
  init: (policy, sight) => ({ nextCronMs: cronAfter(policy, sight) }),
  evaluate: (policy, state, sight) => [...interval(policy, sight), ...cron(policy, state, sight), ...age(policy, sight)],
  asked(policy, state, sight) {
    state.nextCronMs = cronAfter(policy, sight)
  },
}

/** Null also for an expression that has no further instant. */
function cronAfter({ cron: expression, timezone }: CalendarPolicy, { atMs, nextCron }: TriggerSight): number | null {
  const nextMs = expression === null ? NaN : nextCron(expression, timezone, atMs)
  return Number.isFinite(nextMs) ? nextMs : null
}

function interval({ everyMs }: CalendarPolicy, sight: TriggerSight): Finding[] {
  if (everyMs === null) return []
  const sinceMs = sight.lastAskedMs ?? sight.firstSeenMs
  return [elapsed('interval', null, sinceMs, everyMs, sight.atMs, (passed) =>
    `${passed} since ${sight.lastAskedMs === null ? 'the model was first seen' : 'the last request or candidate'}; a retrain is due every ${duration(everyMs)}.`)]
}

function age({ maxModelAgeMs }: CalendarPolicy, { champion, atMs }: TriggerSight): Finding[] {
  if (maxModelAgeMs === null || champion === null) return []
  return [elapsed('model-age', champion.version, champion.sinceMs, maxModelAgeMs, atMs, (passed) =>
    `${champion.version} has been champion for ${passed}; at most ${duration(maxModelAgeMs)} is wanted.`)]
}

function elapsed(measure: string, subject: string | null, sinceMs: number, boundMs: number, atMs: number, text: (passed: string) => string): Finding {
  const value = atMs - sinceMs
  return {
    rule: 'calendar', measure, subject, reading: { value, n: 1, verdict: value >= boundMs ? 'alarm' : 'ok' }, threshold: boundMs,
    fromMs: null, toMs: null, text: text(duration(value)),
  }
}

function cron({ cron: expression, timezone }: CalendarPolicy, { nextCronMs }: CalendarState, { atMs }: TriggerSight): Finding[] {
  if (expression === null || nextCronMs === null) return []
  const due = atMs >= nextCronMs
  return [{
    rule: 'calendar', measure: 'cron', subject: null, reading: { value: atMs - nextCronMs, n: 1, verdict: due ? 'alarm' : 'ok' }, threshold: 0,
    fromMs: null, toMs: null, text: `The calendar '${expression}' (${timezone}) ${due ? `was due ${duration(atMs - nextCronMs)} ago` : `is due in ${duration(nextCronMs - atMs)}`}.`,
  }]
}
