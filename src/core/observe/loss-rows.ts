/** Rows for the expected loss of a regression: an acted prediction is offered once its features are there, and again, with its truth, once its label is. */
import { ACTED, FAILED, FEATURES, LABEL, PREDICTION } from '../join/pending.ts'
import { actualColumn, cohortColumn, createLossSamples, ownColumns, predictionColumn, type LossRows } from '../panes/loss-rows.ts'
import { addColumns, addRow, wantsRow } from '../panes/row-sample.ts'
import { alive } from './chain.ts'
import type { OpenPane } from './pane.ts'
import type { ModelRuntime } from './runtime.ts'

/** Features of the model came as the entry `features`: the acted predictions that wait for them are offered. */
export function offerFeatures(model: ModelRuntime, features: number, atMs: number): void {
  const { pending } = model
  if (!isAsked(model)) return
  for (let s = pending.older(features); s !== -1; s = pending.older(s)) {
    if (pending.kind[pending.at(s)] !== PREDICTION || alive(model, s, atMs) === -1) continue
    offerPrediction(model, s, atMs)
    const label = Number.isNaN(pending.joinedAt[pending.at(s)]) ? -1 : pending.newest(features, LABEL)
    if (label !== -1) offerOutcome(model, s, pending.value[pending.at(label)], atMs)
  }
}

/** Offers a prediction that is acted on and usable, if its features are known. */
export const offerPrediction = (model: ModelRuntime, prediction: number, atMs: number): void => offer(model, prediction, NaN, atMs)

/** Likewise with its truth. */
export function offerOutcome(model: ModelRuntime, prediction: number, actual: number, atMs: number): void {
  if (!Number.isNaN(actual)) offer(model, prediction, actual, atMs)
}

const isAsked = ({ policy, vectors }: ModelRuntime): boolean => policy.performance.estimate === 'dle' && vectors !== null

function offer(model: ModelRuntime, prediction: number, actual: number, atMs: number): void {
  const { pending, policy } = model
  const i = pending.at(prediction)
  if (!isAsked(model) || (pending.flags[i] & (ACTED | FAILED)) !== ACTED) return
  const features = alive(model, pending.newest(pending.find(pending.low[i], pending.high[i]), FEATURES), atMs)
  const position = features === -1 ? NaN : pending.value[pending.at(features)]
  if (Number.isNaN(position)) return
  const cohort = Math.floor(pending.time[i] / policy.time.cohortMs) * policy.time.cohortMs
  const pane = model.paneAt(atMs)
  pane.dirty = true
  samplerOf(pane, model.versionName(pending.version[i]), Number.isNaN(actual) ? 'predicted' : 'labelled')
    .add(model, pending.low[i], pending.high[i], position, actual, cohort, pending.value[i])
}

function samplerOf(pane: OpenPane, name: string, kind: 'predicted' | 'labelled'): LossSampler {
  const version = pane.version(name)
  const { rowsMax, featuresMax } = pane.policy.limits
  const held = (version.lossRows ??= createLossSamples(rowsMax, featuresMax))[kind]
  let sampler = samplers.get(held)
  if (sampler === undefined) samplers.set(held, (sampler = new LossSampler(held)))
  return sampler
}

const samplers = new WeakMap<LossRows, LossSampler>()

/** Goes on with the plain data given, which is up to date after every call. */
class LossSampler {
  private readonly held: LossRows
  /** slots that the columns below are made for */
  private slots = -1
  /** for every column the slot of its feature, −1 for those that are none */
  private places = new Int32Array(0)
  private own = { actual: 0, cohort: 0, prediction: 0 }
  private row = new Float64Array(0)
  private x = new Float64Array(0)

  constructor(held: LossRows) {
    this.held = held
  }

  /** Allocates only where features are new. @param position of the features in the ring */
  add({ slots, vectors }: ModelRuntime, low: number, high: number, position: number, actual: number, cohortMs: number, prediction: number): void {
    const { held, row, places, own } = this.slots === slots.names.length ? this : this.bind(slots.names)
    held.offered += 1
    if (!wantsRow(held.rows, low, high)) return
    vectors!.read(position, this.x)
    for (let i = 0; i < places.length; i++) if (places[i] !== -1) row[i] = this.x[places[i]]
    row[own.actual] = actual
    row[own.cohort] = cohortMs
    row[own.prediction] = prediction
    addRow(held.rows, low, high, row)
  }

  private bind(names: readonly string[]): this {
    addColumns(this.held.rows, [...ownColumns, ...names])
    const { features } = this.held.rows
    this.slots = names.length
    this.places = Int32Array.from(features, (name) => names.indexOf(name))
    this.own = { actual: features.indexOf(actualColumn), cohort: features.indexOf(cohortColumn), prediction: features.indexOf(predictionColumn) }
    this.row = new Float64Array(features.length)
    this.x = new Float64Array(names.length)
    return this
  }
}
