import { Cron } from 'croner'

/** Five fields only: a second has no meaning where panes are minutes, and a year none in a rule that repeats. */
const options = { mode: '5-part', paused: true } as const

/**
 * First time after `afterMs` that matches, in epoch milliseconds; NaN when there is none any more.
 * Pure given its inputs and the time-zone tables of the runtime. A fixed local time that a clock change skips fires at the first moment
 * after the gap, one that comes twice fires once; a rule with a wildcard or step in minutes or hours follows the clock through both.
 * Throws on an expression or zone that `cronProblem` names.
 */
export function nextCron(expression: string, timezone: string, afterMs: number): number {
  return new Cron(expression, { ...options, timezone }).nextRun(new Date(afterMs))?.getTime() ?? NaN
}

/** What is wrong with an expression or zone, in a clause; null when they can be used. */
export function cronProblem(expression: string, timezone: string): string | null {
  if (!isTimezone(timezone)) return `names the time zone '${timezone}', which is not in the IANA table (like Europe/Berlin or UTC)`
  try {
    return Number.isNaN(nextCron(expression, timezone, 0)) ? `'${expression}' never comes` : null
  } catch (error) {
    return `'${expression}' is not a cron expression of five fields: ${error instanceof Error ? error.message.replace(/^CronPattern: /, '') : String(error)}`
  }
}

function isTimezone(timezone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: timezone })
    return true
  } catch {
    return false
  }
}
