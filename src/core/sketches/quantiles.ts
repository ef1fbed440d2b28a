import { number, unit } from '../unit.ts'
import { addToDigest, createDigest, digestQuantile, mergeDigest } from './digest.ts'

/** Quantiles of finite values; all null before the first. */
export const digest = unit({
  name: 'digest',
  summary: 'Quantiles of a stream by a merging t-digest.',
  source: 'Dunning & Ertl 2019',
  params: { compression: number(100, 'accuracy: about twice as many centroids are kept', { min: 20, max: 1_000 }) },
  init: ({ compression }) => createDigest(compression),
  update: addToDigest,
  read: (state) => ({
    n: state.n,
    min: digestQuantile(state, 0), p01: digestQuantile(state, 0.01), p25: digestQuantile(state, 0.25), median: digestQuantile(state, 0.5),
    p75: digestQuantile(state, 0.75), p99: digestQuantile(state, 0.99), max: digestQuantile(state, 1),
  }),
  merge: mergeDigest,
})
