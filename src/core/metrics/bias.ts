import { meanReading, readingParams, type RegressionMetric } from './metric.ts'

/** Mean of predicted − actual, in the unit of the target: positive where the model says too much. Normal interval, from 30 effective outcomes up. */
export const bias: RegressionMetric = {
  name: 'bias',
  summary: 'Mean of predicted minus actual.',
  source: 'Willmott & Matsuura 2005',
  needs: 'regression',
  meanOf: 'error',
  better: 'neither',
  params: readingParams,
  read: ({ n, errorSum, squaredErrorSum }, params) => meanReading(n, errorSum, squaredErrorSum, params),
}
