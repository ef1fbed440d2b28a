import fc from 'fast-check'
import { detectors } from '../../src/core/detectors/table.ts'
import * as conformance from './conformance.ts'

const losses = fc.double({ min: -1e3, max: 1e3, noNaN: true })
conformance.streaming('detectors', detectors, { inputs: fc.oneof(fc.constantFrom(0, 1), losses), params: {} })
