import { insufficient } from '../reading.ts'
import { number } from '../unit.ts'
import { meanDesignEffect } from './entities.ts'
import { meanReading, readingParams, type BinaryMetric } from './metric.ts'

const worth = (value: number, what: string) => number(value, `what ${what} is worth, in any unit of money; below 0 for a cost`, { min: -1e12, max: 1e12 })

const params = {
  ...readingParams,
  tp: worth(1, 'a positive that was found'),
  fp: worth(-1, 'a negative that was called positive'),
  fn: worth(0, 'a positive that was missed'),
  tn: worth(0, 'a negative that was left alone'),
}

/**
 * Mean worth of a decision: Σ count · worth / n, in the unit of the four worths; `detail.total` is the sum. The default is the net benefit at even odds,
 * a true positive earning what a false one costs. The interval is normal, from 30 effective outcomes up.
 * Counts that corrections have driven below zero: `insufficient`.
 */
export const businessValue: BinaryMetric<typeof params> = {
  name: 'business-value',
  summary: 'Mean worth of a decision by a table of what right and wrong ones bring.',
  source: 'Elkan 2001; default Vickers & Elkin 2006',
  needs: 'binary',
  reads: 'decision',
  better: 'higher',
  params,
  read({ confusion, byEntity }, given) {
    const worths = [given.tp, given.fp, given.fn, given.tn]
    const sumOf = (of: (worth: number) => number): number => confusion.reduce((total, count, i) => total + count * of(worths[i]), 0)
    const n = sumOf(() => 1)
    if (confusion.some((count) => count < 0)) return insufficient(Math.max(0, n))
    const total = sumOf((value) => value)
    const designEffect = meanDesignEffect(given.designEffect, byEntity, worths, confusion)
    const reading = meanReading(n, total, sumOf((value) => value * value), { ...given, designEffect })
    return { ...reading, detail: { total, ...(byEntity === undefined ? {} : { designEffect }) } }
  },
}
