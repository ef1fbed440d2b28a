import { normal, uniform, type Random } from '../../core/random.ts'

const dayMs = 86_400_000
const medianMs = 2 * dayMs
const spread = 0.6
const neverShare = 0.01
const veryLateShare = 0.02
const veryLateMs = 25 * dayMs

/** How long after its inference a label is known: two days by half, lognormal; a few come weeks later, a few never (null). */
export function labelDelayMs(random: Random): number | null {
  const fate = uniform(random)
  const usual = Math.round(medianMs * Math.exp(spread * normal(random)))
  if (fate < neverShare) return null
  return fate < neverShare + veryLateShare ? usual + veryLateMs : usual
}
