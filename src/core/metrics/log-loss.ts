import { meanReading, readingParams, type BinaryMetric } from './metric.ts'

/**
 * Mean of −ln of the probability given to what happened, clipped at 1e-15; natural log, 0 is perfect. Of several classes it is known as cross-entropy.
 * Only outcomes with a score count (`n`); `detail.unscored` is the others. The interval is normal, from 30 effective outcomes up.
 */
export const logLoss: BinaryMetric = {
  name: 'log-loss',
  summary: 'Mean of minus the log of the probability given to what happened.',
  source: 'Good 1952',
  needs: 'binary',
  reads: 'score',
  better: 'lower',
  range: [0, Infinity],
  params: readingParams,
  read: ({ n, scored, logLossSum, logLossSquareSum }, params) => ({
    ...meanReading(scored, logLossSum, logLossSquareSum, params, 0), detail: { unscored: n - scored },
  }),
  readClasses: ({ n, scored, logLossSum, logLossSquareSum }, params) => ({
    ...meanReading(scored, logLossSum, logLossSquareSum, params, 0), detail: { unscored: n - scored },
  }),
}
