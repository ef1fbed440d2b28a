import fc from 'fast-check'
import { moments } from '../../src/core/sketches/moments.ts'
import * as conformance from './conformance.ts'

conformance.streaming('sketches', { moments }, { inputs: fc.double({ min: -1e6, max: 1e6, noNaN: true }) })
