/** Whether a policy's units exist, take their parameters and fit the model's task: asked of the families' own tables. */
import { detectors } from '../core/detectors/table.ts'
import { driftMeasures } from '../core/drift/table.ts'
import { learners } from '../core/learners/table.ts'
import { metrics } from '../core/metrics/table.ts'
import { member, resolveParams, UnitError, type Spec } from '../core/unit.ts'
import type { CheckUnit, UnitFamily } from './policy.ts'

const families: Readonly<Record<UnitFamily, { one: string; table: Readonly<Record<string, Spec>> }>> = {
  drift: { one: 'drift measure', table: driftMeasures },
  detectors: { one: 'detector', table: detectors },
  metrics: { one: 'metric', table: metrics },
  learners: { one: 'learner', table: learners },
}

/** @throws UnitError that says what to write instead */
export const checkUnitInTables: CheckUnit = (family, { unit, params }, task) => {
  const { one, table } = families[family]
  const spec = member(one, table, unit)
  resolveParams(spec, params)
  if (family === 'metrics') checkTask(metrics[unit as keyof typeof metrics], task)
  if (family === 'learners' && task !== 'binary') throw new UnitError(`'${unit}' learns binary labels, and the task is ${task}`)
}

function checkTask({ name, needs }: { name: string; needs: 'binary' | 'regression' }, task: string): void {
  if (needs === task) return
  const fitting = Object.values(metrics).filter((metric) => metric.needs === task).map((metric) => metric.name)
  throw new UnitError(`'${name}' is a metric of ${needs} models, and the task is ${task}. For it there are: ${fitting.join(', ')}`)
}
