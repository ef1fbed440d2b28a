import { unit } from '../unit.ts'

export interface Moments {
  n: number
  mean: number
  /** sum of squared deviations from the mean */
  m2: number
}

/**
 * Count, mean and variance of the finite numbers seen; mean 0 and variance null before the first.
 * Non-finite input is the caller's to count: it asserts nothing here and must not be passed.
 * Source: Welford (1962); the merge is Chan, Golub & LeVeque (1979).
 */
export const moments = unit({
  name: 'moments',
  summary: 'Count, mean and population variance.',
  source: 'Welford 1962; Chan, Golub & LeVeque 1979',
  params: {},
  init: (): Moments => ({ n: 0, mean: 0, m2: 0 }),
  update(state, value: number) {
    const delta = value - state.mean
    state.n += 1
    state.mean += delta / state.n
    state.m2 += delta * (value - state.mean)
  },
  read: ({ n, mean, m2 }) => ({ n, mean, variance: n === 0 ? null : m2 / n }),
  merge(into, from) {
    if (from.n === 0) return
    const n = into.n + from.n
    const delta = from.mean - into.mean
    into.mean += (delta * from.n) / n
    into.m2 += from.m2 + (delta * delta * into.n * from.n) / n
    into.n = n
  },
})
