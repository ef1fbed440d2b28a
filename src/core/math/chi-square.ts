import { gammaP, gammaQ } from './gamma.ts'
import { inverse } from './inverse.ts'

/** P(X ≤ x) of the χ² distribution with `df` > 0 degrees of freedom. With none it is the constant 0. */
export const chiSquareCdf = (x: number, df: number): number => df === 0 ? Number(x >= 0) : gammaP(df / 2, x / 2)

/** P(X > x), with full relative precision far out; with no degrees of freedom 1 below 0 and at 0, else 0. */
export const chiSquareTail = (x: number, df: number): number => df === 0 ? Number(x <= 0) : gammaQ(df / 2, x / 2)

/** The x with P(X ≤ x) = q, for q in [0, 1). */
export function chiSquareQuantile(q: number, df: number): number {
  if (df === 0 || q <= 0) return 0
  let high = df + 10 * Math.sqrt(2 * df)
  while (chiSquareTail(high, df) > 1 - q) high *= 2
  return q < 0.5
    ? inverse((x) => chiSquareCdf(x, df), q, 0, high)
    : inverse((x) => -chiSquareTail(x, df), q - 1, 0, high)
}
