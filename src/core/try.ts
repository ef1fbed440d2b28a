/** `steward try`: one unit over lines of input, to choose it by before enabling it. Pure: the edge reads the lines and prints what comes back. */
import { detectors } from './detectors/table.ts'
import { driftUnits } from './drift/table.ts'
import { estimators } from './estimation/table.ts'
import { learners } from './learners/table.ts'
import { metricUnits } from './metrics/streaming.ts'
import { tryDetector } from './try/detectors.ts'
import { tryDrift } from './try/drift.ts'
import { tryEstimator } from './try/estimation.ts'
import type { Trial, TrialOptions } from './try/input.ts'
import { tryLearner } from './try/learners.ts'
import { listFamily, type ListedUnit } from './try/list.ts'
import { tryMetric } from './try/metrics.ts'
import { member, type Spec } from './unit.ts'

export type { Trial, TrialOptions } from './try/input.ts'
export type { ListedUnit } from './try/list.ts'

interface TryableFamily {
  units: Readonly<Record<string, Spec>>
  start(unitName: string, params: Readonly<Record<string, unknown>>, options: TrialOptions): Trial
}

const families: Readonly<Record<string, TryableFamily>> = {
  detectors: { units: detectors, start: tryDetector },
  drift: { units: driftUnits, start: tryDrift },
  metrics: { units: metricUnits, start: tryMetric },
  learners: { units: learners, start: tryLearner },
  estimation: { units: estimators, start: tryEstimator },
}

/**
 * Starts a trial of one unit. `line` takes one parsed line of input and gives the lines of output it causes; `end` gives the last ones.
 * @throws UnitError for an unknown family, unit, parameter or option; `line` and `end` throw it for input that cannot be read
 */
export function tryUnit(family: string, unitName: string, params: Readonly<Record<string, unknown>> = {}, options: TrialOptions = {}): Trial {
  return member('family', families, family).start(unitName, params, options)
}

/**
 * Every unit that can be tried, or those of one family, with their parameters.
 * @throws UnitError for an unknown family
 */
export function listUnits(family?: string): ListedUnit[] {
  const names = family === undefined ? Object.keys(families) : [family]
  return names.flatMap((name) => listFamily(name, member('family', families, name).units))
}
