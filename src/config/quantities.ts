/** Durations, sizes and shares as people write them. Each returns a number, or a sentence that says what was wanted. */

export type Parsed = number | { problem: string }

const durationUnitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000, y: 31_557_600_000 }
const sizeUnits: Readonly<Record<string, number>> = { B: 1, KiB: 2 ** 10, MiB: 2 ** 20, GiB: 2 ** 30, kB: 1e3, MB: 1e6, GB: 1e9 }

const quantity = /^(\d+(?:\.\d+)?)\s*([A-Za-z%]*)$/

/** `250ms`, `5s`, `10m`, `1.5h`, `7d`, `2w`, `10y` (of 365.25 days) → whole milliseconds. A bare number has no unit and is refused, 0 aside. */
export function parseDuration(value: unknown): Parsed {
  return parseQuantity(value, durationUnitsMs, 'a duration with its unit, like 250ms, 5s, 10m, 1.5h or 7d')
}

/** `512KiB`, `1.5MiB`, `2GB` → whole bytes. A bare number has no unit and is refused, 0 aside. */
export function parseSize(value: unknown): Parsed {
  return parseQuantity(value, sizeUnits, 'a size with its unit, like 512KiB, 64MiB or 1GB')
}

/** `1%` or a number in [0, 1] → a share in [0, 1]. */
export function parseShare(value: unknown): Parsed {
  const problem = { problem: `must be a share between 0 and 100%, like 5% or 0.05, not ${shown(value)}` }
  const match = typeof value === 'string' ? quantity.exec(value.trim()) : null
  const share = typeof value === 'number' ? value : match !== null && match[2] === '%' ? Number((Number(match[1]) / 100).toPrecision(15)) : NaN
  return share >= 0 && share <= 1 ? share : problem
}

function parseQuantity(value: unknown, units: Readonly<Record<string, number>>, wanted: string): Parsed {
  if (value === 0) return 0
  const match = typeof value === 'string' ? quantity.exec(value.trim()) : null
  if (match === null || !Object.hasOwn(units, match[2])) return { problem: `must be ${wanted}, not ${shown(value)}` }
  const result = Math.round(Number(match[1]) * units[match[2]])
  return Number.isSafeInteger(result) ? result : { problem: `must be ${wanted}, and ${shown(value)} is too large` }
}

/** A value as a message shows it: never long, never multi-line. */
export function shown(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
