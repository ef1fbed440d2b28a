/** Online learners of one model on one task, fed in the order in which outcomes complete. */
import { learners } from '../learners/table.ts'
import type { LearnerReading } from '../panes/summary.ts'
import type { FeatureVector, FeatureShape } from '../records.ts'
import { member, resolveParams } from '../unit.ts'
import type { UnitUse } from '../policy.ts'

/** Part `learner/<model>/<unit>`: the unit's own state. */
export interface RunningLearner {
  unit: string
  state: ReturnType<(typeof learners)['logistic']['init']>
  params: Parameters<(typeof learners)['logistic']['init']>[0]
}

/** Starts or resumes a learner that the policy names. @throws UnitError for an unknown unit or parameter */
export function runningLearner(use: UnitUse, state: unknown): RunningLearner {
  const unit = member('learner', learners, use.unit)
  const params = resolveParams(unit, use.params)
  return { unit: use.unit, params, state: (state as RunningLearner['state'] | undefined) ?? unit.init(params) }
}

/** Scores the row with what was learnt so far, notes the score, and learns it. */
export function teach(learner: RunningLearner, x: Float64Array, y: 0 | 1): void {
  const unit = learners[learner.unit as keyof typeof learners]
  unit.note(learner.state, unit.predict(learner.state, x), y)
  unit.learn(learner.state, x, y, learner.params)
}

export function readLearner({ unit, state }: RunningLearner): LearnerReading {
  const { scored, logLossSum, correct, n } = state
  return { unit, n, logLoss: scored === 0 ? 0 : logLossSum / scored, accuracy: scored === 0 ? 0 : correct / scored }
}

/** Numeric features by learner slot; new names take new slots at the end, so that learnt weights keep their meaning. */
export class Slots {
  readonly names: string[]
  private readonly bindings = new WeakMap<FeatureShape, Int32Array>()
  private row = new Float64Array(0)
  /** names beyond so many get no slot */
  max = Infinity

  constructor(names: string[]) {
    this.names = names
  }

  /** The vector's numbers in slot order, NaN where missing or not finite; valid until the next call. */
  rowOf({ shape, numeric }: FeatureVector): Float64Array {
    let binding = this.bindings.get(shape)
    if (binding === undefined) this.bindings.set(shape, (binding = this.bind(shape)))
    this.row.fill(NaN)
    for (let i = 0; i < binding.length; i++) if (binding[i] >= 0 && Number.isFinite(numeric[i])) this.row[binding[i]] = numeric[i]
    return this.row
  }

  private bind(shape: FeatureShape): Int32Array {
    for (const name of shape.numeric) if (this.names.length < this.max && !this.names.includes(name)) this.names.push(name)
    if (this.row.length < this.names.length) this.row = new Float64Array(this.names.length)
    return Int32Array.from(shape.numeric, (name) => this.names.indexOf(name))
  }
}
