import type { LatencyMetric } from './metric.ts'
import { quantileParams, quantileReading } from './quantile-reading.ts'

const params = quantileParams(0.99)

/** Quantiles of latency in ms: the value is the one asked for (p99), `detail` has p50, p90, p99 and p999. Its interval is that of order statistics. */
export const latencyQuantiles: LatencyMetric<typeof params> = {
  name: 'latency-quantiles',
  summary: 'Quantiles of latency in ms, from a t-digest: the one asked for, with p50, p90, p99 and p99.9 beside it.',
  source: 'Dunning & Ertl 2019; interval Thompson 1936',
  needs: 'latency',
  better: 'lower',
  range: [0, Infinity],
  params,
  read: ({ digest }, given) => quantileReading(digest, given),
}
