/** Numbers and times in the sentences that decisions carry. */

/** Four significant digits, no exponent for everyday sizes: `0.0123`, `12340`, `1.2e-7`. `nothing` for null. */
export function figure(value: number | null): string {
  if (value === null || !Number.isFinite(value)) return 'nothing'
  const rounded = Number(value.toPrecision(4))
  return String(Object.is(rounded, -0) ? 0 : rounded)
}

/** A share in percent: `4.2%`. */
export const percent = (share: number): string => `${figure(share * 100)}%`

const units: readonly (readonly [string, number])[] = [['d', 86_400_000], ['h', 3_600_000], ['min', 60_000], ['s', 1_000]]

/** A duration in the largest unit that it fills: `3.5h`, `250ms`. */
export function duration(ms: number): string {
  for (const [name, size] of units) if (Math.abs(ms) >= size) return `${figure(Math.round((ms / size) * 10) / 10)}${name}`
  return `${figure(ms)}ms`
}

/** `[0.61, 0.68]`, or an empty string where a reading has no interval. */
export const intervalText = (interval: readonly [number, number] | undefined): string =>
  interval === undefined ? '' : ` [${figure(interval[0])}, ${figure(interval[1])}]`

/** `1 label`, `3 labels`. */
export const counted = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? '' : 's'}`
