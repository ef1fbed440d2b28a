import { metrics } from '../../src/core/metrics/table.ts'
import * as conformance from './conformance.ts'

conformance.specs('metrics', metrics)
