/** Every family of units in core, and the benchmarks of each. */
import { detectors } from '../../src/core/detectors/table.ts'
import { driftUnits } from '../../src/core/drift/table.ts'
import { estimators } from '../../src/core/estimation/table.ts'
import { gates } from '../../src/core/gates/table.ts'
import { learners } from '../../src/core/learners/table.ts'
import { metrics } from '../../src/core/metrics/table.ts'
import { watchRules } from '../../src/core/rollout/watch/table.ts'
import { sketches } from '../../src/core/sketches/table.ts'
import { triggers } from '../../src/core/triggers/table.ts'
import type { Task } from './per-record.ts'

/** Each makes its data when it is loaded. */
export const coreSuites = {
  'sketches': () => import('./sketches.ts'),
  'drift measures': () => import('./drift.ts'),
  'detectors': () => import('./detectors.ts'),
  'metrics': () => import('./metrics.ts'),
  'estimators': () => import('./estimators.ts'),
  'learners': () => import('./learners.ts'),
  'decisions': () => import('./decisions.ts'),
} satisfies Record<string, () => Promise<{ tasks: readonly Task[] }>>

/** The units that the tasks of a suite must time. */
export const unitsOf: Readonly<Record<keyof typeof coreSuites, readonly string[]>> = {
  'sketches': Object.keys(sketches), 'drift measures': Object.keys(driftUnits), 'detectors': Object.keys(detectors), 'metrics': Object.keys(metrics),
  'estimators': Object.keys(estimators), 'learners': Object.keys(learners), 'decisions': [gates, triggers, watchRules].flatMap((table) => Object.keys(table)),
}
