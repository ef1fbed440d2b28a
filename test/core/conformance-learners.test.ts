import fc from 'fast-check'
import { learners } from '../../src/core/learners/table.ts'
import * as conformance from './conformance.ts'

const value = fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.constantFrom(NaN, Infinity, -Infinity, 0, 1, 1e155, -1e200, 5e-324, 1.7e308, -1.7e308))
const x = fc.array(value, { maxLength: 6 }).map((values) => Float64Array.from(values))
const y = fc.constantFrom<0 | 1>(0, 1)
const example = fc.oneof(fc.record({ x, y }), fc.record({ x, y, score: fc.double({ min: 0, max: 1, noNaN: true }) }))

conformance.streaming('learners', learners, { inputs: example })
