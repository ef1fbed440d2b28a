/** Intervals of live metrics far out, at the level of one share of a false-alarm budget. */
import { normalQuantile } from '../math/normal.ts'
import type { Reading } from '../reading.ts'
import { member, resolveParams } from '../unit.ts'
import { readResolved, type Metric } from './metric.ts'
import type { Outcomes } from './outcomes.ts'
import { metrics } from './table.ts'

const table = metrics as unknown as Readonly<Record<string, Metric>>

/** Asymptotic intervals want so many times z² effective outcomes, of the rarer class where classes count. */
const asymptoticCasesMin = 3

/**
 * The interval of a metric that misses with a chance of at most `chance`, both ends together: exact for shares of the confusion counts (Clopper & Pearson, on
 * effective counts where entities are named), asymptotic for all others. Null where the outcomes are too few for the level: shares want log₂(2 / chance),
 * as so many tosses of a coin that fall alike, the others 3 z² outcomes, of the rarer class where the metric counts them.
 */
export function intervalAt(name: string, outcomes: Outcomes, chance: number, given: Readonly<Record<string, unknown>> = {}): readonly [number, number] | null {
  const metric = member('metric', table, name)
  const reading = readResolved(metric, outcomes, { ...resolveParams(metric, given), confidence: 1 - chance })
  const wanted = metric.isExactFarOut === true ? Math.log2(2 / chance) : asymptoticCasesMin * normalQuantile(chance / 2) ** 2
  return casesOf(reading) < wanted ? null : reading.interval ?? null
}

/** Effective outcomes behind a reading, of the rarer class where it says how many those are. */
function casesOf({ n, detail }: Reading): number {
  const { positives, negatives, designEffect } = detail ?? {}
  const counted = typeof positives === 'number' && typeof negatives === 'number' ? Math.min(positives, negatives) : n
  return typeof designEffect === 'number' ? counted / designEffect : counted
}
