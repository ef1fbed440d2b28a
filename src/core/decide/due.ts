/** When a tick next has something to do for a model, so that the other ticks cost nothing. */
import { nextPolicyMs } from './tables.ts'
import type { Turn } from './turn.ts'

/** Stores the least stream time after now at which a deadline passes or a calendar falls due; null when nothing is waiting for time. */
export function planNext(turn: Turn): void {
  const { state, policy, parts, model, atMs } = turn
  const waiting = Object.values(state.versions).filter(({ stage }) => stage === 'waiting').map(({ announcedMs }) => announcedMs! + policy.promotion.decideByMs)
  const times = [
    state.request?.expiresMs, state.cooldownUntilMs, state.bake === null ? undefined : state.bake.sinceMs + policy.rollback.watch.bakeMs,
    nextPolicyMs(parts, model, atMs), ...waiting, ...calendarTimes(turn),
  ]
  const ahead = times.filter((time): time is number => typeof time === 'number' && time > atMs)
  state.nextDueMs = ahead.length === 0 ? null : Math.min(...ahead)
}

function calendarTimes({ state, policy }: Turn): (number | null)[] {
  const crons = Object.entries(state.triggers).filter(([key]) => key.startsWith('calendar')).map(([, held]) => (held.state as { nextCronMs: number | null }).nextCronMs)
  const intervals = policy.triggers.flatMap((trigger) => trigger.trigger !== 'calendar' ? [] : [
    trigger.everyMs === null ? null : (state.lastAskedMs ?? state.firstSeenMs!) + trigger.everyMs,
    trigger.maxModelAgeMs === null || state.champion === null ? null : state.champion.sinceMs + trigger.maxModelAgeMs,
  ])
  return [...crons, ...intervals]
}
