/** Times on the wire. */

/** A date, or a date and time; without a zone it is UTC, never the zone of the machine that reads it. */
const ISO_8601 = /^\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$/

const MS_MAX = 8.64e15

/** Epoch milliseconds, whole (rounded down), or null when `value` is no time. `msPerUnit` applies to numbers. */
export function parseTime(value: unknown, msPerUnit = 1): number | null {
  if (typeof value === 'string') return parseIso(value)
  if (typeof value !== 'number' && typeof value !== 'bigint') return null
  const ms = Math.floor(Number(value) * msPerUnit)
  return Math.abs(ms) <= MS_MAX ? ms : null
}

function parseIso(text: string): number | null {
  const match = ISO_8601.exec(text)
  if (match === null) return null
  const zoned = match[1] !== undefined || text.length === 10 ? text : `${text}Z`
  const ms = Date.parse(zoned.replace(' ', 'T'))
  return Number.isNaN(ms) ? null : ms
}
