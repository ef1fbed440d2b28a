import { wilsonInterval } from '../../math/proportion.ts'
import { insufficient, type Reading } from '../../reading.ts'
import { watchConfidence } from './rule.ts'

/** A share of trials held against the most that is allowed: `alarm` when the whole Wilson interval lies above it. */
export function shareAgainst(hits: number, n: number, nMin: number, most: number): Reading {
  if (n < Math.max(1, nMin)) return insufficient(n)
  const interval = wilsonInterval(Math.min(hits, n), n, watchConfidence)
  return { value: Math.min(hits, n) / n, n, interval, verdict: interval[0] > most ? 'alarm' : interval[1] <= most ? 'ok' : 'inconclusive' }
}
