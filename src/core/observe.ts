/**
 * OBSERVE: joins predictions, labels and features by inference, and summarises every pane of every model.
 * A pure function over (state, record): state is the part store plus the packed chunks, output goes through `emit`.
 */
import type { PolicyInForce, LayoutInForce } from './observe/model.ts'
import { insertInForce, layoutOf } from './observe/model.ts'
import { takeOverdue, withoutOutcome } from './observe/assume.ts'
import { attribute, attributeWaiting, forgetWaiting } from './observe/attribute.ts'
import { alive, livingPredictions } from './observe/chain.ts'
import { countPrediction } from './observe/counting.ts'
import { readLearner } from './observe/learners.ts'
import { offerFeatures, offerPrediction } from './observe/loss-rows.ts'
import { OutcomeBook } from './observe/outcomes.ts'
import { ModelRuntime } from './observe/runtime.ts'
import { BUCKETS } from './observe/pane.ts'
import { ChunkLedger } from './observe/chunks.ts'
import { ClassRing } from './join/class-ring.ts'
import { idHash } from './join/id-hash.ts'
import { ACTED, blankEntry, CLASSED, DECIDED_POSITIVE, FAILED, FEATURES, LABEL, MATCHED, NAMED, PREDICTION, type Entry } from './join/pending.ts'
import { layoutHash, scoreLayoutHash } from './panes/layout-hash.ts'
import type { PaneBroadcast, PaneSummary, WatchCounters } from './panes/summary.ts'
import { partName, type PartStore } from './parts.ts'
import type { ModelPolicy } from './policy.ts'
import type { Features, FeatureVector, Label, Prediction, Profile } from './records.ts'

export interface ObserveEmit {
  summary(record: PaneSummary | WatchCounters): void
  broadcast(record: PaneBroadcast): void
  /** sets the record being stepped aside, with a code and a sentence */
  deadLetter(code: string, message: string): void
}

export interface ObserveEnvironment {
  /** partition number of the task */
  task: number
  /** sha-256 in hex */
  hash(text: string): string
  /** the policy of a model that nobody published one for */
  defaultPolicy(model: string): ModelPolicy
  emit: ObserveEmit
}

/** Part `task`. */
interface Progress {
  /** stream time at which the next pane, watch interval or broadcast is due; −∞ before the first record */
  boundary: number
}

export class Observe {
  private readonly env: ObserveEnvironment
  private readonly parts: PartStore
  private readonly models = new Map<string, ModelRuntime>()
  private readonly ledger: ChunkLedger
  private readonly hash = new Uint32Array(2)
  private readonly entry: Entry = blankEntry()
  private readonly outcomes = new OutcomeBook()
  private readonly progress: Progress

  /** Takes the state up where `parts` and `chunks` left it. */
  constructor(env: ObserveEnvironment, parts: PartStore, chunks: readonly Uint8Array[]) {
    this.env = env
    this.parts = parts
    this.ledger = new ChunkLedger(parts)
    this.progress = parts.get<Progress>('task') ?? { boundary: -Infinity }
    for (const name of this.ledger.models()) this.open(name)
    this.ledger.restore([...this.models.values()], chunks)
  }

  features(record: Features, atMs: number): void {
    this.reach(atMs)
    this.takeVector(this.model(record.model, atMs), record.inferenceId, record.observedAt, record.vector, atMs)
  }

  prediction(record: Prediction, atMs: number): void {
    this.reach(atMs)
    const model = this.model(record.model, atMs)
    const { summary } = model.paneAt(atMs)
    summary.join.predictions++
    this.identify(record.inferenceId)
    const code = model.versionCode(record.version)
    const chain = model.pending.find(this.entry.low, this.entry.high)
    if (alive(model, model.pending.newest(chain, PREDICTION, code), atMs) !== -1) {
      summary.join.duplicatePredictions++
      return
    }
    const failed = countPrediction(model, record, atMs, this.env.emit.deadLetter)
    this.appendPrediction(model, record, code, failed, atMs)
    if (model.waiting.size > 0) {
      this.identify(record.inferenceId)
      attributeWaiting(model, this.entry, record.segments, atMs)
    }
    if (record.features !== null) this.takeVector(model, record.inferenceId, record.predictedAt, record.features, atMs)
  }

  label(record: Label, atMs: number): void {
    this.reach(atMs)
    const model = this.model(record.model, atMs)
    const { join } = model.paneAt(atMs).summary
    const actual = record.value === null ? NaN : model.actualOf(record.value)
    if (actual === undefined) {
      const wanted = wantedLabel(model.policy)
      this.env.emit.deadLetter('WRONG_TYPE', `the label of model '${record.model}' must be ${wanted}, not ${JSON.stringify(record.value)}; correct the producer or the policy, then redrive`)
      return
    }
    if (record.weight !== 1) {
      this.env.emit.deadLetter('UNSUPPORTED', `a label of model '${record.model}' has weight ${record.weight}; weights other than 1 are not built yet: leave the field out`)
      return
    }
    join.labels++
    this.identify(record.inferenceId)
    const chain = model.pending.find(this.entry.low, this.entry.high)
    const previous = alive(model, model.pending.newest(chain, LABEL), atMs)
    if (previous === -1) this.firstLabel(model, record, actual, chain, atMs)
    else this.furtherLabel(model, record, actual, chain, previous, atMs)
  }

  /** Stream time moves without a record of ours: a tick. */
  advance(atMs: number): void {
    this.reach(atMs)
    for (const model of this.models.values()) this.expire(model, atMs)
  }

  /** A policy from the broadcast table; in force from the first pane that starts at or after `fromMs`. */
  applyPolicy(policy: ModelPolicy, fromMs: number): void {
    const name = partName('policy', policy.model)
    const list = this.parts.get<PolicyInForce[]>(name) ?? []
    if (insertInForce(list, { fromMs, policy }, (held) => held.policy.hash === policy.hash && held.fromMs === fromMs)) this.parts.put(name, list)
  }

  /** A profile from the broadcast table: its bins are used from the first pane that starts at or after `fromMs`. */
  applyProfile(profile: Profile, fromMs: number): void {
    const name = partName('layout', profile.model)
    const list = this.parts.get<LayoutInForce[]>(name) ?? []
    const layout = layoutOf(profile, fromMs, { layout: layoutHash(profile, this.env.hash), score: scoreLayoutHash(profile, this.env.hash) })
    const same = (held: LayoutInForce) => held.hash === layout.hash && held.version === layout.version && held.scoreHash === layout.scoreHash
    if (insertInForce(list, layout, same)) this.parts.put(name, list)
  }

  /** Ends of log reached for good (`--drain`): closes every open pane and says so. */
  finish(atMs: number): void {
    for (const model of this.sorted()) this.close(model, Infinity)
    this.env.emit.broadcast({ kind: 'broadcast', task: this.env.task, streamTimeMs: atMs, atLogEnd: true, final: true })
    this.progress.boundary = -Infinity
  }

  /** Brings the parts up to date and hands over what the join appended since the last flush. */
  flush(): { chunk: Uint8Array | null; chunksDropped: number } {
    for (const model of this.models.values()) this.store(model)
    this.parts.put('task', this.progress)
    return this.ledger.flush([...this.models.values()])
  }

  /** The policy of a model as of its newest pane. */
  policyOf(model: string): ModelPolicy {
    return this.models.get(model)?.policy ?? this.env.defaultPolicy(model)
  }

  /** Pending entries held, over all models: for the limits and the lag tools. */
  pendingCount(): number {
    let count = 0
    for (const model of this.models.values()) count += model.pending.size
    return count
  }

  // ---- boundaries -----------------------------------------------------------------------------------------------------------

  /** Closes what ends at or before `atMs`, then tells decide how far this task is. */
  private reach(atMs: number): void {
    if (atMs < this.progress.boundary) return
    const first = this.progress.boundary === -Infinity
    for (const model of this.sorted()) this.close(model, atMs)
    if (!first) this.env.emit.broadcast({ kind: 'broadcast', task: this.env.task, streamTimeMs: atMs, atLogEnd: false, final: false })
    this.progress.boundary = this.nextBoundary(atMs)
  }

  private nextBoundary(atMs: number): number {
    // a task without traffic broadcasts too: decide waits for every task
    const idle = this.env.defaultPolicy('').time.watchEveryMs
    let next = this.models.size === 0 ? (Math.floor(atMs / idle) + 1) * idle : Infinity
    for (const model of this.models.values()) {
      const every = model.policy.time.watchEveryMs
      next = Math.min(next, model.nextBoundary(), (Math.floor(atMs / every) + 1) * every)
    }
    return next
  }

  private close(model: ModelRuntime, atMs: number): void {
    if (model.watch !== null && model.watch.toMs <= atMs) {
      this.env.emit.summary(model.watch)
      model.watch = null
      this.parts.delete(partName('watch', model.name))
    }
    if (model.pane !== null && model.pane.summary.endMs <= atMs) {
      model.pane.summary.learners = model.learners.map(readLearner)
      this.env.emit.summary(model.pane.close())
      model.pane = null
      this.parts.delete(partName('pane', model.name))
    }
  }

  private sorted(): ModelRuntime[] {
    return [...this.models.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  // ---- the three records ----------------------------------------------------------------------------------------------------

  private takeVector(model: ModelRuntime, inferenceId: string, observedAt: number, vector: FeatureVector, atMs: number): void {
    const pane = model.paneAt(atMs)
    pane.summary.join.features++
    this.identify(inferenceId)
    const chain = model.pending.find(this.entry.low, this.entry.high)
    if (alive(model, model.pending.newest(chain, FEATURES), atMs) !== -1) {
      pane.summary.join.duplicateFeatures++
      return
    }
    pane.dirty = true
    pane.summary.featureRecords++
    pane.features.add(vector)
    if (pane.rows !== null) pane.rows.add(vector, this.entry.low, this.entry.high)
    if (pane.segments !== null) attribute(model, this.entry, chain, vector, atMs)
    const slots = model.slots.names.length
    const row = model.vectors === null ? null : model.slots.rowOf(vector)
    if (model.slots.names.length > slots) model.dirty = true
    this.fill(FEATURES, observedAt, atMs, row === null ? NaN : model.vectors!.append(row), 0)
    this.append(model, row)
    if (row === null) return
    this.outcomes.teachComplete(model, model.pending.tail - 1)
    offerFeatures(model, model.pending.tail - 1, atMs)
  }

  private appendPrediction(model: ModelRuntime, record: Prediction, code: number, failed: boolean, atMs: number): void {
    if (record.entityId !== null) this.identify(record.entityId)
    const bucket = this.entry.low % BUCKETS
    if (record.entityId !== null) this.identify(record.inferenceId)
    const decision = failed ? 0 : model.decisionOf(record.decision, record.score)
    const form = model.classes !== null ? CLASSED : decision === 1 ? DECIDED_POSITIVE : 0
    const flags = (record.acted ? ACTED : 0) | form | (failed ? FAILED : 0) | (record.entityId !== null ? NAMED : 0)
    this.fill(PREDICTION, record.predictedAt, atMs, failed ? NaN : model.classes === null ? record.score : keepClasses(model, decision!), flags)
    this.entry.version = code
    this.entry.segments = model.segmentCode(record.segments)
    this.entry.bucket = bucket
    const chain = model.pending.find(this.entry.low, this.entry.high)
    const label = alive(model, model.pending.newest(chain, LABEL), atMs)
    if (label !== -1 && !Number.isNaN(model.pending.value[model.pending.at(label)])) {
      if ((model.pending.flags[model.pending.at(label)] & MATCHED) === 0) model.paneAt(atMs).summary.join.joinedLabels++
    }
    const sequence = this.append(model, null)
    if (model.vectors !== null) offerPrediction(model, sequence, atMs)
    if (label !== -1 && !Number.isNaN(model.pending.joinedAt[model.pending.at(sequence)])) this.outcomes.joined(model, sequence, label, atMs)
  }

  private firstLabel(model: ModelRuntime, record: Label, actual: number, chain: number, atMs: number): void {
    const { join } = model.paneAt(atMs).summary
    const { pending } = model
    if (Number.isNaN(actual)) {
      join.withdrawnLabels++
      return
    }
    const newest = alive(model, pending.newest(chain, PREDICTION), atMs)
    if (newest !== -1 && record.observedAt - pending.time[pending.at(newest)] > model.policy.time.labelHorizonMs) {
      join.lateLabels++
      return
    }
    // a label that outlived its own entry and is sent again finds its predictions joined: their outcome is counted already
    const fresh = livingPredictions(model, chain, atMs).filter((s) => Number.isNaN(pending.joinedAt[pending.at(s)]))
    this.fill(LABEL, record.observedAt, atMs, actual, formOf(model))
    const label = this.append(model, null)
    if (newest === -1) {
      join.earlyLabels++
      return
    }
    join.joinedLabels++
    // oldest first, so that the order of outcomes is the order of predictions
    for (const prediction of fresh) this.outcomes.joined(model, prediction, label, atMs)
  }

  /** A label where there was one: the same again, another value, or its withdrawal. */
  private furtherLabel(model: ModelRuntime, record: Label, actual: number, chain: number, previous: number, atMs: number): void {
    const { join } = model.paneAt(atMs).summary
    const { pending } = model
    const before = (pending.flags[pending.at(previous)] & CLASSED) === formOf(model) ? pending.value[pending.at(previous)] : NaN // of another task, it was never counted
    if (Object.is(before, actual)) {
      join.duplicateLabels++
      return
    }
    if (Number.isNaN(actual)) join.withdrawnLabels++
    else join.correctedLabels++
    const joined = livingPredictions(model, chain, atMs).filter((s) => !Number.isNaN(pending.joinedAt[pending.at(s)]))
    this.fill(LABEL, record.observedAt, atMs, actual, formOf(model))
    const label = this.append(model, null)
    for (const prediction of joined) this.outcomes.correct(model, prediction, before, actual, atMs)
    const fresh = livingPredictions(model, label, atMs).filter((s) => !joined.includes(s) && !Number.isNaN(pending.joinedAt[pending.at(s)]))
    for (const prediction of fresh) this.outcomes.joined(model, prediction, label, atMs)
  }

  // ---- the join -------------------------------------------------------------------------------------------------------------

  private identify(id: string): void {
    idHash(id, this.hash)
    this.entry.low = this.hash[0]
    this.entry.high = this.hash[1]
  }

  private fill(kind: Entry['kind'], time: number, since: number, value: number, flags: number): void {
    const { entry } = this
    entry.kind = kind
    entry.time = time
    entry.since = since
    entry.value = value
    entry.flags = flags
    entry.version = 0
    entry.segments = 0
    entry.bucket = entry.low % BUCKETS
    entry.joinedAt = NaN
  }

  /** Appends `this.entry` to the ring and to the epoch's chunk; the oldest entry goes when the limit is reached. */
  private append(model: ModelRuntime, vector: Float64Array | null): number {
    const sequence = model.pending.append(this.entry)
    // what the chain made of it is written too: the chunk of its partner may be gone before its own
    this.entry.flags = model.pending.flags[model.pending.at(sequence)]
    this.entry.joinedAt = model.pending.joinedAt[model.pending.at(sequence)]
    this.ledger.write(model, this.entry, vector)
    while (model.pending.size > model.policy.limits.pendingMax) {
      model.pending.dropHead(model.vectors)
      model.paneAt(this.entry.since).summary.join.evicted++
    }
    return sequence
  }

  private expire(model: ModelRuntime, atMs: number): void {
    takeOverdue(model, atMs, (prediction, negativeAfterMs) => this.assumeNegative(model, prediction, negativeAfterMs, atMs))
    const { time } = model.policy
    forgetWaiting(model, atMs)
    if (!model.pending.isDue(atMs, time.labelHorizonMs)) return
    const counts = { predictions: 0, labels: 0 }
    model.pending.expire(atMs, { labelMs: time.labelHorizonMs, correctionMs: time.correctionHorizonMs }, model.vectors, counts, (entry) => this.ledger.write(model, entry, null))
    if (counts.predictions === 0 && counts.labels === 0) return
    const pane = model.paneAt(atMs)
    pane.dirty = true
    const { join } = pane.summary
    join.expiredPredictions += counts.predictions
    join.unmatchedLabels += counts.labels
  }

  /** A negative label in the name of a prediction that none met: a positive that comes after all corrects it. */
  private assumeNegative(model: ModelRuntime, prediction: number, negativeAfterMs: number, atMs: number): void {
    const { pending } = model
    const i = pending.at(prediction)
    this.entry.low = pending.low[i]
    this.entry.high = pending.high[i]
    this.fill(LABEL, pending.time[i] + negativeAfterMs, atMs, 0, 0)
    const waiting = withoutOutcome(model, pending.find(this.entry.low, this.entry.high))
    const label = this.append(model, null)
    const pane = model.paneAt(atMs)
    pane.dirty = true
    pane.summary.join.assumedNegatives = (pane.summary.join.assumedNegatives ?? 0) + 1
    for (const each of waiting) if (each >= pending.head) this.outcomes.joined(model, each, label, atMs)
  }

  // ---- state ----------------------------------------------------------------------------------------------------------------

  private model(name: string, atMs: number): ModelRuntime {
    const model = this.models.get(name) ?? this.open(name)
    model.paneAt(atMs).dirty = true
    this.expire(model, atMs)
    this.progress.boundary = Math.min(this.progress.boundary, model.nextBoundary())
    return model
  }

  private open(name: string): ModelRuntime {
    const model = new ModelRuntime(name, this.models.size, this.env.task, this.parts, this.env.defaultPolicy(name))
    this.models.set(name, model)
    return model
  }

  private store(model: ModelRuntime): void {
    if (model.pane !== null && model.pane.dirty) {
      model.pane.features.settle()
      this.parts.put(partName('pane', model.name), model.pane.summary)
      model.pane.dirty = false
    }
    if (model.watch !== null) this.parts.put(partName('watch', model.name), model.watch)
    model.waiting.store()
    if (!model.learnersTouched) return
    for (const learner of model.learners) this.parts.put(partName('learner', model.name, learner.unit), learner.state)
    model.learnersTouched = false
  }
}

/** What the entries of a label or prediction hold under the task of today. */
const formOf = ({ classes }: ModelRuntime): number => (classes === null ? 0 : CLASSED)

/** Keeps what `scoreOf` took of the record; returns where. */
function keepClasses({ classes, pending }: ModelRuntime, decision: number): number {
  const { row } = classes!
  row.decision = decision
  return (pending.classes ??= new ClassRing()).append(row)
}

function wantedLabel({ task, positive }: ModelPolicy): string {
  if (task === 'regression') return 'a number'
  return task === 'multiclass' ? 'the name of a class, of 1 to 200 characters' : `a ${typeof positive}, as the policy's positive: ${String(positive)}`
}
