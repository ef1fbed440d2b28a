import type { LabellingMetric } from './metric.ts'
import { quantileParams, quantileReading } from './quantile-reading.ts'

const params = quantileParams(0.5)

/**
 * Quantiles of the delay of labels in ms, observed − predicted, of predictions that have their label: the value is the one asked for (the median), `detail`
 * has p50, p90, p99 and p999. Labels that are still to come are later than those that came, so while `detail.unlabelled` (a count) is not small the delays are
 * understated: read it over predictions old enough to have their label.
 */
export const labelDelay: LabellingMetric<typeof params> = {
  name: 'label-delay',
  summary: 'Quantiles of the delay of labels in ms, of predictions that have theirs, with the count of those that do not.',
  source: 'Dunning & Ertl 2019; interval Thompson 1936',
  needs: 'labelling',
  better: 'lower',
  params,
  read({ n, digest }, given) {
    const reading = quantileReading(digest, given)
    return { ...reading, detail: { ...reading.detail, unlabelled: n - digest.n } }
  },
}
