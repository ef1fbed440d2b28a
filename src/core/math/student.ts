import { betaCdf } from './beta.ts'
import { inverse } from './inverse.ts'
import { normalQuantile } from './normal.ts'

/** P(|T| > t) of Student's t with `df` > 0 degrees of freedom, with full relative precision far out. */
export const studentTail = (t: number, df: number): number => betaCdf(df / (df + t * t), df / 2, 0.5)

/** The t with P(|T| > t) = tail; Infinity where a double cannot hold it. */
export function studentPoint(tail: number, df: number): number {
  const logTail = Math.log(tail)
  let high = 8
  while (Math.log(studentTail(high, df)) > logTail) {
    high *= 2
    if (high > 1e150) return Infinity
  }
  return inverse((t) => -Math.log(studentTail(t, df)), -logTail, 0, high)
}

/**
 * By how much a variance that was estimated on `df` degrees of freedom must be taken larger, so that the normal point at this two-sided chance
 * becomes Student's: 1.3 for 59 at 1e-7, 4 for 13. This is what makes a short acquaintance cautious. Source: Student 1908.
 */
export const cautionOf = (tail: number, df: number): number => (studentPoint(tail, df) / normalQuantile(1 - tail / 2)) ** 2
