import { assert } from '../assert.ts'
import { betaQuantile } from './beta.ts'
import { normalQuantile } from './normal.ts'

/** Wilson's score interval for a proportion of `successes` in `n` > 0 trials. Source: Wilson 1927. */
export function wilsonInterval(successes: number, n: number, confidence = 0.95): readonly [number, number] {
  assert(n > 0 && successes >= 0 && successes <= n, `no proportion of ${successes} in ${n}`)
  const z = normalQuantile((1 + confidence) / 2)
  const share = successes / n
  const scale = 1 / (1 + (z * z) / n)
  const centre = (share + (z * z) / (2 * n)) * scale
  const half = z * scale * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n))
  return [successes === 0 ? 0 : Math.max(0, centre - half), successes === n ? 1 : Math.min(1, centre + half)]
}

/** The exact interval, which never covers less than `confidence`. Source: Clopper & Pearson 1934. */
export function exactInterval(successes: number, n: number, confidence = 0.95): readonly [number, number] {
  assert(n > 0 && successes >= 0 && successes <= n, `no proportion of ${successes} in ${n}`)
  const alpha = 1 - confidence
  return [
    successes === 0 ? 0 : betaQuantile(alpha / 2, successes, n - successes + 1),
    successes === n ? 1 : 1 - betaQuantile(alpha / 2, n - successes, successes + 1),
  ]
}

/**
 * What the difference of two observed shares reaches by chance when both samples come from one population, exceeded in about 1 − `level` of cases:
 * a two-sided (or one-sided) normal bound at Wilson's pooled share, plus half a count of each sample, so that it stays honest where only a few count.
 */
export function shareNoise(pooledSuccesses: number, n: number, m: number, level: number, sides: 1 | 2 = 2): number {
  const z = normalQuantile(1 - (1 - level) / sides)
  const share = (pooledSuccesses + (z * z) / 2) / (n + m + z * z)
  const inverseSizes = 1 / n + 1 / m
  return Math.min(1, z * Math.sqrt(share * (1 - share) * inverseSizes) + inverseSizes / 2)
}
