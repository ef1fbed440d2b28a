/** Outcomes: what a prediction and its label come to, in the sums of the open pane, the pairs of versions and the learners. */
import { ACTED, CLASSED, DECIDED_POSITIVE, FAILED, FEATURES, LABEL, NAMED, PREDICTION } from '../join/pending.ts'
import { livingPredictions } from './chain.ts'
import { ClassBook } from './classes.ts'
import { teach } from './learners.ts'
import { offerOutcome } from './loss-rows.ts'
import type { Outcome } from './pane.ts'
import type { ModelRuntime } from './runtime.ts'

/** Reuses one outcome and one row for every record. */
export class OutcomeBook {
  private readonly outcome: Outcome = { actual: 0, score: 0, decision: 0, bucket: -1 }
  private readonly classBook = new ClassBook()
  private x = new Float64Array(0)

  /** A prediction met its label for the first time. */
  joined(model: ModelRuntime, prediction: number, label: number, atMs: number): void {
    const { pending } = model
    const i = pending.at(prediction)
    if (!isUsable(model, i) || !isOfTask(model, pending.at(label))) return
    const pane = model.paneAt(atMs)
    pane.dirty = true
    const version = pane.version(model.versionName(pending.version[i]))
    const outcome = this.outcomeOf(model, i, pending.value[pending.at(label)])
    pane.addOutcome(version, model.segmentsOf(pending.segments[i]), pane.cohort(version, pending.time[i], atMs), outcome, 1)
    pane.addScore(version, atMs, outcome)
    this.pairs(model, prediction, outcome.actual, atMs)
    if ((pending.flags[i] & ACTED) === 0) return
    const { task } = model.policy
    if (task !== 'regression') pane.addError(version, atMs, outcome.decision !== outcome.actual, task === 'binary' ? outcome.actual : 0)
    const delay = pending.time[pending.at(label)] - pending.time[i]
    pane.addDelay(delayClass(model, outcome.actual), delay)
    if (model.vectors === null) return
    this.teachComplete(model, prediction)
    offerOutcome(model, prediction, outcome.actual, atMs)
  }

  private outcomeOf(model: ModelRuntime, i: number, actual: number): Outcome {
    const { outcome } = this
    outcome.actual = actual
    outcome.score = model.pending.value[i]
    outcome.decision = (model.pending.flags[i] & DECIDED_POSITIVE) !== 0 ? 1 : 0
    outcome.bucket = (model.pending.flags[i] & NAMED) !== 0 ? model.pending.bucket[i] : -1
    outcome.classed = undefined
    return model.classes === null ? outcome : this.classed(model, i, actual)
  }

  private classed({ classes, pending }: ModelRuntime, i: number, actual: number): Outcome {
    const [ring, position] = [pending.classes!, pending.value[i]]
    this.outcome.score = NaN
    this.outcome.decision = ring.decisionAt(position)
    this.outcome.classed = this.classBook.outcomeOf(classes!, ring, position, actual)
    return this.outcome
  }

  /** Adds the acted version's advantage over each other version of the same inference, once both have the outcome. */
  private pairs(model: ModelRuntime, prediction: number, actual: number, atMs: number): void {
    const { pending } = model
    const own = pending.at(prediction)
    const chain = pending.find(pending.low[own], pending.high[own])
    if (pending.isLone(prediction, chain)) return
    for (const other of livingPredictions(model, chain, atMs)) {
      const i = pending.at(other)
      const before = other < prediction && !Number.isNaN(pending.joinedAt[i]) && isUsable(model, i)
      if (!before || (pending.flags[i] & ACTED) === (pending.flags[own] & ACTED)) continue
      const [acted, shadow] = (pending.flags[own] & ACTED) !== 0 ? [own, i] : [i, own]
      const difference = this.merit(model, acted, actual) - this.merit(model, shadow, actual)
      model.paneAt(atMs).addPair(model.versionName(pending.version[acted]), model.versionName(pending.version[shadow]), pending.bucket[acted], difference)
    }
  }

  /** 1 for a right decision and 0 for a wrong one; −|error| for regression. */
  private merit(model: ModelRuntime, i: number, actual: number): number {
    if (model.policy.task === 'regression') return -Math.abs(model.pending.value[i] - actual)
    if (model.classes !== null) return model.pending.classes!.decisionAt(model.pending.value[i]) === actual ? 1 : 0
    return ((model.pending.flags[i] & DECIDED_POSITIVE) !== 0 ? 1 : 0) === actual ? 1 : 0
  }

  /** An outcome changes after it was counted: in the open pane at once, else addressed to the pane it was counted in. */
  correct(model: ModelRuntime, prediction: number, before: number, after: number, atMs: number): void {
    const { pending } = model
    const i = pending.at(prediction)
    if (!isUsable(model, i)) return
    const pane = model.paneAt(atMs)
    pane.dirty = true
    const name = model.versionName(pending.version[i])
    const version = pane.version(name)
    const segments = model.segmentsOf(pending.segments[i])
    const cohort = pane.cohort(version, pending.time[i], atMs)
    const { paneMs } = model.policy.time
    const paneStart = Math.floor(pending.joinedAt[i] / paneMs) * paneMs
    if (paneStart === pane.summary.startMs) {
      if (!Number.isNaN(before)) pane.addOutcome(version, segments, cohort, this.outcomeOf(model, i, before), -1)
      if (!Number.isNaN(after)) pane.addOutcome(version, segments, cohort, this.outcomeOf(model, i, after), 1)
      return
    }
    if (!Number.isNaN(before)) pane.addToCohort(version, cohort, this.outcomeOf(model, i, before), -1)
    if (!Number.isNaN(after)) pane.addToCohort(version, cohort, this.outcomeOf(model, i, after), 1)
    pane.summary.join.addressedCorrections++
    const at = { paneStart, version: name, cohort: Number(cohort === 'other' ? -1 : cohort), segments: [...segments] }
    if (model.classes !== null) {
      const classes = this.classBook.correctionOf(model.classes, pending.classes!, pending.value[i], before, after)
      const named = (pending.flags[i] & NAMED) !== 0 ? { bucket: pending.bucket[i] } : {}
      pane.summary.corrections.push({ ...at, score: NaN, decision: 0, before: NaN, after: NaN, classes, ...named })
      return
    }
    const { score, decision, bucket } = this.outcomeOf(model, i, 0)
    const entity = bucket === -1 ? {} : { bucket }
    pane.summary.corrections.push({ ...at, score, decision, before, after, ...entity })
  }

  /** Teaches the learners once prediction, label and features of an inference are all there; called by whichever came last. */
  teachComplete(model: ModelRuntime, sequence: number): void {
    const { pending, vectors } = model
    const own = pending.at(sequence)
    const chain = pending.find(pending.low[own], pending.high[own])
    const [features, label] = [pending.newest(chain, FEATURES), pending.newest(chain, LABEL)]
    if (features === -1 || label === -1 || vectors === null || model.learners.length === 0) return
    const [row, actual] = [pending.value[pending.at(features)], pending.value[pending.at(label)]]
    if (Number.isNaN(row) || Number.isNaN(actual) || !this.actedJoined(model, chain)) return
    if (this.x.length !== vectors.width) this.x = new Float64Array(vectors.width)
    vectors.read(row, this.x)
    for (const learner of model.learners) teach(learner, this.x, actual as 0 | 1)
    model.learnersTouched = true
  }

  private actedJoined(model: ModelRuntime, chain: number): boolean {
    const { pending } = model
    for (let s = chain; s !== -1; s = pending.older(s)) {
      const i = pending.at(s)
      if (pending.kind[i] === PREDICTION && (pending.flags[i] & (ACTED | FAILED)) === ACTED && !Number.isNaN(pending.joinedAt[i])) return true
    }
    return false
  }
}

/** Whether an entry was made under the task of today: after a change of task what it holds means something else. */
const isOfTask = ({ pending, classes }: ModelRuntime, i: number): boolean => ((pending.flags[i] & CLASSED) !== 0) === (classes !== null)

/** A prediction that can have an outcome. */
const isUsable = (model: ModelRuntime, i: number): boolean => (model.pending.flags[i] & FAILED) === 0 && isOfTask(model, i)

/** The actual class as `labelDelay` names it. */
function delayClass({ policy, classes }: ModelRuntime, actual: number): string {
  if (classes !== null) return classes.nameOf(actual) ?? 'other'
  return policy.task === 'regression' ? 'value' : actual === 1 ? 'positive' : 'negative'
}
