import { gammaQ } from './gamma.ts'
import { inverse } from './inverse.ts'

/** P(Z > z) of the standard normal, with full relative precision far out. */
export const normalTail = (z: number): number => z < 0 ? 1 - normalTail(-z) : 0.5 * gammaQ(0.5, (z * z) / 2)

/** P(Z ≤ z) of the standard normal. */
export const normalCdf = (z: number): number => normalTail(-z)

/** The z with P(Z ≤ z) = q, for q in (0, 1); q beyond what a double can resolve gives ±38. */
export function normalQuantile(q: number): number {
  if (q < 0.5) return -upperQuantile(q)
  return q === 0.5 ? 0 : upperQuantile(1 - q)
}

/** Levels are settings: few of them, asked for at every reading. What was found is kept; the results are the same with or without. */
const found = new Map<number, number>()
const foundMax = 64

/** The z > 0 that a share `tail` < ½ lies beyond. */
function upperQuantile(tail: number): number {
  let z = found.get(tail)
  if (z === undefined) {
    z = inverse((x) => -normalTail(x), -tail, 0, 38)
    if (found.size < foundMax) found.set(tail, z)
  }
  return z
}
