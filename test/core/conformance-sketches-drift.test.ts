import fc from 'fast-check'
import { driftMeasures } from '../../src/core/drift/table.ts'
import { sketches } from '../../src/core/sketches/table.ts'
import * as conformance from './conformance.ts'

const { categories, ...numeric } = sketches
const finite = fc.double({ min: -1e6, max: 1e6, noNaN: true })

/** Counts and extremes are exact under merging; a quantile of evenly spread values may move by a few hundredths of their range. */
function nearbyQuantiles(a: unknown, b: unknown): boolean {
  const [left, right] = [a, b] as Record<string, number | null>[]
  const spread = (left.max ?? 0) - (left.min ?? 0)
  return left.n === right.n && left.min === right.min && left.max === right.max
    && Object.keys(left).every((key) => (left[key] === null) === (right[key] === null) && Math.abs((left[key] ?? 0) - (right[key] ?? 0)) <= 0.05 * spread)
}

conformance.streaming('sketches', numeric, {
  inputs: finite,
  stateBytesMax: 16_384,
  byName: {
    histogram: { inputs: fc.oneof(finite, fc.double()), stateBytesMax: 512 },
    digest: { inputs: fc.noBias(fc.integer({ min: -1_000_000, max: 1_000_000 })), sameRead: nearbyQuantiles, params: { compression: 40 } },
  },
})
conformance.streaming('sketches', { categories }, { inputs: fc.oneof(fc.constantFrom('a', 'b', null), fc.string()), params: { max: 10 }, stateBytesMax: 4_096 })
conformance.measures('drift', driftMeasures)
