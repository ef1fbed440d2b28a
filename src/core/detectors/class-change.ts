/** Since when errors have been more within the classes, whatever the mix of classes has done meanwhile. */
import { logHypergeometricTail } from '../math/hypergeometric.ts'
import type { ErrorBlocks, ErrorChange } from './error-blocks.ts'

/** What a cut says of one class. */
export interface ClassSide {
  before: { n: number; errors: number }
  since: { n: number; errors: number }
  /** ln of the chance that this class alone looks as changed as this in the direction of the change: Fisher's exact test, at this cut; 0 where it can tell nothing */
  logChance: number
}

export interface ClassChange extends ErrorChange {
  /** by actual class, negatives first */
  classes: readonly [ClassSide, ClassSide]
}

interface Counts { n: number; errors: number }

/**
 * The cut at which errors within the classes changed least by chance; null with fewer than two blocks. Within each class Fisher's exact test, in one direction for
 * both; the two chances are combined by Fisher's method, q = p (1 − ln p) of their product p, and multiplied by the number of cuts. Given the order in which classes
 * come, outcomes of steady classes are exchangeable within each, so that a rise has a logChance of at most ln p with a chance of at most p, however the mix of
 * classes moves: with the time of day, at a start where one class's labels come late, after a pause. A class that is on one side of the cut alone, or always right
 * or always wrong, tells nothing and costs nothing.
 * @param blocks with `positive`
 * @param designEffects by class: counts of a class are divided by its own, and the test is then approximate
 * Source: Fisher 1932 (§21.1, combination of tests), Fisher 1935.
 */
export function strongestClassChange({ n, errors, positive }: Required<ErrorBlocks>, designEffects: readonly [number, number]): ClassChange | null {
  const totals: [Counts, Counts] = [newCounts(), newCounts()]
  for (let i = 0; i < n.length; i++) addBlock(totals, i)
  const since: [Counts, Counts] = [newCounts(), newCounts()]
  let found: { at: number; rose: boolean; logChance: number } | null = null
  let kept: [Counts, Counts] = since
  for (let at = n.length - 1; at > 0; at--) {
    addBlock(since, at)
    for (const rose of [true, false]) {
      const logChance = combined(ownChance(totals[0], since[0], rose, designEffects[0]), ownChance(totals[1], since[1], rose, designEffects[1])) + Math.log(n.length - 1)
      if (found !== null && logChance >= found.logChance) continue
      found = { at, rose, logChance }
      kept = [{ ...since[0] }, { ...since[1] }]
    }
  }
  if (found === null) return null
  const { rose } = found
  const side = (c: 0 | 1): ClassSide => ({ before: less(totals[c], kept[c]), since: kept[c], logChance: ownChance(totals[c], kept[c], rose, designEffects[c]) ?? 0 })
  const classes = [side(0), side(1)] as const
  return { ...found, before: sum(classes[0].before, classes[1].before), since: sum(kept[0], kept[1]), classes }

  function addBlock([negatives, positives]: [Counts, Counts], i: number): void {
    positives.n += positive.n[i]
    positives.errors += positive.errors[i]
    negatives.n += n[i] - positive.n[i]
    negatives.errors += errors[i] - positive.errors[i]
  }
}

/** ln of the chance of so many errors or more (fewer) since the cut; null where margins leave nothing to chance. */
function ownChance(all: Counts, since: Counts, rose: boolean, designEffect: number): number | null {
  const isOpen = since.n > 0 && since.n < all.n && all.errors > 0 && all.errors < all.n
  if (!isOpen) return null
  const [hits, marked] = rose ? [since.errors, all.errors] : [since.n - since.errors, all.n - all.errors]
  return logHypergeometricTail(hits / designEffect, since.n / designEffect, marked / designEffect, all.n / designEffect)
}

/** Of chances that are independent; one alone is itself. */
function combined(a: number | null, b: number | null): number {
  if (a === null || b === null) return a ?? b ?? 0
  return a + b + Math.log(1 - a - b)
}

const newCounts = (): Counts => ({ n: 0, errors: 0 })
const less = (a: Counts, b: Counts): Counts => ({ n: a.n - b.n, errors: a.errors - b.errors })
const sum = (a: Counts, b: Counts): Counts => ({ n: a.n + b.n, errors: a.errors + b.errors })
