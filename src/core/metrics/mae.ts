import { meanReading, readingParams, type RegressionMetric } from './metric.ts'

/** Mean absolute error, in the unit of the target. The interval is normal, from 30 effective outcomes up. */
export const mae: RegressionMetric = {
  name: 'mae',
  summary: 'Mean absolute error.',
  source: 'Willmott & Matsuura 2005',
  needs: 'regression',
  meanOf: 'absolute',
  better: 'lower',
  range: [0, Infinity],
  params: readingParams,
  read: ({ n, absoluteErrorSum, squaredErrorSum }, params) => meanReading(n, absoluteErrorSum, squaredErrorSum, params, 0),
}
