import { meanReading, readingParams, type RegressionMetric } from './metric.ts'

/** Root of the mean squared error, in the unit of the target. Its interval is the root of the mean squared error's, from 30 effective outcomes up. */
export const rmse: RegressionMetric = {
  name: 'rmse',
  summary: 'Root of the mean squared error.',
  source: 'Willmott & Matsuura 2005',
  needs: 'regression',
  better: 'lower',
  params: readingParams,
  read({ n, squaredErrorSum, fourthPowerErrorSum }, params) {
    const squared = meanReading(n, squaredErrorSum, fourthPowerErrorSum, params, 0)
    if (squared.value === null) return squared
    const interval = squared.interval === undefined ? {} : { interval: [Math.sqrt(squared.interval[0]), Math.sqrt(squared.interval[1])] as const }
    return { ...squared, value: Math.sqrt(squared.value), ...interval }
  },
}
