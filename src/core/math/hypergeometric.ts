import { assert } from '../assert.ts'
import { logGamma } from './gamma.ts'

/** Terms below this share of the sum add nothing to a double. */
const NEGLIGIBLE = 1e-17

/**
 * ln P(K ≥ `hits`), K the hits among `drawn` taken without return from `all` of which `marked` are hits: the one-sided test of Fisher. Exact for whole numbers,
 * however far out; counts that are not whole (effective ones) are carried through the gamma function. 0 where `hits` is not above the least K there can be.
 * Source: Fisher 1935.
 */
export function logHypergeometricTail(hits: number, drawn: number, marked: number, all: number): number {
  assert(drawn >= 0 && drawn <= all && marked >= 0 && marked <= all, `cannot draw ${drawn} of ${all} with ${marked} marked`)
  if (hits <= Math.max(0, drawn + marked - all)) return 0
  const most = Math.min(drawn, marked)
  if (hits > most) return -Infinity
  const first = logChoose(marked, hits) + logChoose(all - marked, drawn - hits) - logChoose(all, drawn)
  let [sum, term] = [1, 1]
  for (let k = hits; k + 1 <= most && term > NEGLIGIBLE * sum; k++) {
    term *= ((marked - k) * (drawn - k)) / ((k + 1) * (all - marked - drawn + k + 1))
    sum += term
  }
  return Math.min(0, first + Math.log(sum))
}

const logChoose = (n: number, k: number): number => logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1)
