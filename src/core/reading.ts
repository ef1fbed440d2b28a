/** What a statistical unit says about a stream or a pair of samples. */

/**
 * - `ok`: looked, found nothing beyond its bounds
 * - `warning`: beyond the noise, below the practical threshold (or a detector's warning level)
 * - `alarm`: beyond both the noise floor and the practical threshold
 * - `insufficient`: too little data to say anything; never treated as `ok`
 * - `inconclusive`: enough data to look, but the interval spans the bound
 */
export type Verdict = 'ok' | 'warning' | 'alarm' | 'insufficient' | 'inconclusive'

export interface Reading {
  /** null when the quantity is undefined on this data (0/0, an empty sample); then `verdict` is `insufficient` */
  value: number | null
  /** observations behind `value`; the current sample for comparisons */
  n: number
  /** observations of the reference sample, for comparisons */
  nReference?: number
  /** what pure noise reaches at these sample sizes, same unit as `value` */
  noiseFloor?: number
  /** `[low, high]` at the unit's stated confidence, same unit as `value` */
  interval?: readonly [number, number]
  verdict: Verdict
  /** what else the unit knows, by name (`pValue`, `bins`, `bound`), all finite or null */
  detail?: Readonly<Record<string, number | string | null>>
}

/** The reading of a quantity that the data cannot support. */
export function insufficient(n: number, extra: Partial<Reading> = {}): Reading {
  return { ...extra, value: null, n, verdict: 'insufficient' }
}
