import { insufficient } from '../reading.ts'
import { cannotBe, meanHalfWidth, readingParams, type RegressionMetric } from './metric.ts'

/**
 * Root of the mean squared error, in the unit of the target. The interval is normal for the logarithm, from 30 effective outcomes up, asymptotic: squared errors
 * are skewed, and less so there. Insufficient where a value so wild was taken back that the sum of squares lost the others: below the mean absolute error none can lie.
 */
export const rmse: RegressionMetric = {
  name: 'rmse',
  summary: 'Root of the mean squared error.',
  source: 'Willmott & Matsuura 2005; interval by the delta method',
  needs: 'regression',
  meanOf: 'squared',
  better: 'lower',
  range: [0, Infinity],
  params: readingParams,
  read({ n, absoluteErrorSum, squaredErrorSum, fourthPowerErrorSum }, params) {
    if (!(n >= params.nMin) || !Number.isFinite(squaredErrorSum) || cannotBe(absoluteErrorSum / n, squaredErrorSum / n)) return insufficient(Math.max(0, n))
    const mean = Math.max(0, squaredErrorSum / n)
    const value = Math.sqrt(mean)
    const half = meanHalfWidth(n, mean, fourthPowerErrorSum / n, params)
    const factor = half === null || mean === 0 ? 1 : Math.exp(half / mean / 2)
    return { value, n, verdict: 'ok', ...(half === null ? {} : { interval: [value / factor, value * factor] as const }) }
  },
}
