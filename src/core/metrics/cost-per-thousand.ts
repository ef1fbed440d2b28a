import { meanReading, readingParams, type CostMetric } from './metric.ts'

/**
 * 1,000 times the mean cost of an answer, in its unit of money. The interval is normal, from 30 effective outcomes up: asymptotic, and slow to be right
 * where few answers bear the cost.
 */
export const costPerThousand: CostMetric = {
  name: 'cost-per-thousand',
  summary: 'Mean cost of a thousand answers.',
  source: 'interval of a mean, Student 1908 in its normal form',
  needs: 'cost',
  better: 'lower',
  params: readingParams,
  read: ({ n, costSum, costSquareSum }, params) => meanReading(n, 1_000 * costSum, 1_000_000 * costSquareSum, params),
}
