/** Whether a policy's units exist, take their parameters and fit the model's task: asked of the families' own tables. */
import { detectors } from '../core/detectors/table.ts'
import { driftMeasures, rowMeasures } from '../core/drift/table.ts'
import { learners } from '../core/learners/table.ts'
import { needsText, readsKind } from '../core/metrics/metric.ts'
import { metrics } from '../core/metrics/table.ts'
import type { ModelPolicy } from '../core/policy.ts'
import { member, nearest, resolveParams, UnitError, type Spec } from '../core/unit.ts'
import type { CheckUnit, UnitFamily } from './policy.ts'

const metricFamily = { one: 'metric', table: metrics as Readonly<Record<string, Spec>> }
const families: Readonly<Record<UnitFamily, { one: string; table: Readonly<Record<string, Spec>> }>> = {
  drift: { one: 'drift measure', table: driftMeasures },
  'score-drift': { one: 'drift measure', table: driftMeasures },
  'decision-drift': { one: 'drift measure', table: driftMeasures },
  rows: { one: 'measure of rows', table: rowMeasures },
  detectors: { one: 'detector', table: detectors },
  learners: { one: 'learner', table: learners },
  metrics: metricFamily,
  'compared-metrics': metricFamily,
  'claimed-metrics': metricFamily,
}

/** @throws UnitError that says what to write instead */
export const checkUnitInTables: CheckUnit = (family, { unit, params }, task) => {
  const { one, table } = families[family]
  if (family === 'claimed-metrics' && !Object.hasOwn(table, unit) && nearest(unit, Object.keys(table)) === null) return
  checkPlace(family, unit)
  const spec = member(one, table, unit)
  resolveParams(spec, params)
  if (family === 'decision-drift') checkDecisionMeasure(unit)
  if (family === 'score-drift') checkScoreMeasure(unit)
  if (family === 'learners' && task !== 'binary') throw new UnitError(`'${unit}' learns binary labels, and the task is ${task}`)
  if (table === metrics) checkMetric(metrics[unit as keyof typeof metrics], task, family !== 'metrics')
}

/** Drift measures of one thing and of features together have each their own key. */
function checkPlace(family: UnitFamily, unit: string): void {
  const isOfDrift = family === 'drift' || family === 'score-drift' || family === 'decision-drift'
  if (isOfDrift && Object.hasOwn(rowMeasures, unit)) throw new UnitError(`'${unit}' reads features together: it can stand under \`drift.rows\` alone`)
  if (family === 'rows' && Object.hasOwn(driftMeasures, unit)) {
    throw new UnitError(`'${unit}' reads one feature or the score: name it under \`drift.features\` or \`drift.score\`. For rows there are: ${Object.keys(rowMeasures).join(', ')}`)
  }
}

/** What reads nothing but shares. */
const decisionMeasures: readonly string[] = ['psi', 'chi2', 'js', 'hellinger', 'l-infinity']

function checkDecisionMeasure(unit: string): void {
  if (!decisionMeasures.includes(unit)) throw new UnitError(`'${unit}' has nothing to read in decisions, which are shares of categories. For them there are: ${decisionMeasures.join(', ')}`)
}

/** A score is a number, and is not counted by what it was sent as. */
const scoreMeasures: readonly string[] = Object.values(driftMeasures).filter(({ name, kinds }) => kinds.includes('numeric') && name !== 'type-change').map(({ name }) => name)

function checkScoreMeasure(unit: string): void {
  if (!scoreMeasures.includes(unit)) throw new UnitError(`'${unit}' has nothing to read in a score, which is a number. For it there are: ${scoreMeasures.join(', ')}`)
}

/** Read from what every model's answers take, cost and get for labels. */
const isOfService = (needs: string): boolean => needs === 'latency' || needs === 'cost' || needs === 'labelling'

function checkMetric(metric: (typeof metrics)[keyof typeof metrics], task: ModelPolicy['task'], compared: boolean): void {
  const { name, needs, better } = metric
  const fits = (metric: (typeof metrics)[keyof typeof metrics]) => (compared ? readsKind(metric, task) && metric.better !== 'neither' : readsKind(metric, task) || isOfService(metric.needs))
  const fitting = Object.values(metrics).filter(fits).map((metric) => metric.name).join(', ')
  if (!compared && isOfService(needs)) return
  if (!readsKind(metric, task)) throw new UnitError(`'${name}' is a metric of ${needsText(needs)}, and the task is ${task}. For it there are: ${fitting}`)
  if (compared && better === 'neither') {
    throw new UnitError(`'${name}' has no better direction, so it cannot be held against a bound. Those that can: ${fitting}`)
  }
}
