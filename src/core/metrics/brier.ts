import { meanReading, readingParams, type BinaryMetric } from './metric.ts'

/**
 * Mean of (score − truth)², in [0, 1] for probabilities; 0 is perfect, ¼ is what always saying ½ earns.
 * Only outcomes with a score count (`n`); `detail.unscored` is the others. The interval is normal, from 30 effective outcomes up.
 */
export const brier: BinaryMetric = {
  name: 'brier',
  summary: 'Mean squared distance of the score from the 0/1 truth.',
  source: 'Brier 1950',
  needs: 'binary',
  reads: 'score',
  better: 'lower',
  range: [0, 1],
  params: readingParams,
  read: ({ n, scored, brierSum, brierSquareSum }, params) => ({
    ...meanReading(scored, brierSum, brierSquareSum, params, 0), detail: { unscored: n - scored },
  }),
}
