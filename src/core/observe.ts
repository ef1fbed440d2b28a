/**
 * OBSERVE: joins predictions, labels and features by inference, and summarises every pane of every model.
 * A pure function over (state, record): state is the part store plus the packed chunks, output goes through `emit`.
 */
import type { PolicyInForce, LayoutInForce } from './observe/model.ts'
import { insertInForce, layoutOf } from './observe/model.ts'
import { readLearner, teach } from './observe/learners.ts'
import { ModelRuntime } from './observe/runtime.ts'
import { addScore, BUCKETS, type Outcome } from './observe/pane.ts'
import { ChunkLedger } from './observe/chunks.ts'
import { idHash } from './join/id-hash.ts'
import { ACTED, blankEntry, DECIDED_POSITIVE, FEATURES, LABEL, MATCHED, PREDICTION, type Entry } from './join/pending.ts'
import { layoutHash, scoreLayoutHash } from './panes/layout-hash.ts'
import type { PaneBroadcast, PaneSummary, VersionSummary, WatchCounters } from './panes/summary.ts'
import { partName, type PartStore } from './parts.ts'
import type { ModelPolicy } from './policy.ts'
import type { Features, FeatureVector, Label, Prediction, Profile } from './records.ts'
import { addToDigest } from './sketches/digest.ts'

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

/** A prediction that failed or had no usable score: it has no outcome, only a place in the join. */
const FAILED = 8

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
  private readonly outcome: Outcome = { actual: 0, score: 0, decision: 0 }
  private x = new Float64Array(0)
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
    if (this.alive(model, model.pending.newest(chain, PREDICTION, code), atMs) !== -1) {
      summary.join.duplicatePredictions++
      return
    }
    const failed = this.countPrediction(model, record, atMs)
    this.appendPrediction(model, record, code, failed, atMs)
    if (record.features !== null) this.takeVector(model, record.inferenceId, record.predictedAt, record.features, atMs)
  }

  label(record: Label, atMs: number): void {
    this.reach(atMs)
    const model = this.model(record.model, atMs)
    const { join } = model.paneAt(atMs).summary
    const actual = record.value === null ? NaN : model.actualOf(record.value)
    if (actual === undefined) {
      const wanted = model.policy.task === 'regression' ? 'a number' : `a ${typeof model.policy.positive}, as the policy's positive: ${String(model.policy.positive)}`
      this.env.emit.deadLetter('WRONG_TYPE', `the label of model '${record.model}' must be ${wanted}, not ${JSON.stringify(record.value)}; correct the producer or the policy, then redrive`)
      return
    }
    join.labels++
    this.identify(record.inferenceId)
    const chain = model.pending.find(this.entry.low, this.entry.high)
    const previous = this.alive(model, model.pending.newest(chain, LABEL), atMs)
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
    if (this.alive(model, model.pending.newest(chain, FEATURES), atMs) !== -1) {
      pane.summary.join.duplicateFeatures++
      return
    }
    pane.dirty = true
    pane.summary.featureRecords++
    pane.features.add(vector)
    const row = model.vectors === null ? null : model.slots.rowOf(vector)
    this.fill(FEATURES, observedAt, atMs, row === null ? NaN : model.vectors!.append(row), 0)
    this.append(model, row)
    if (row !== null) this.teachComplete(model, model.pending.tail - 1)
  }

  /** Counts what the fleet reported; returns whether the prediction has no usable outcome. */
  private countPrediction(model: ModelRuntime, record: Prediction, atMs: number): boolean {
    const pane = model.paneAt(atMs)
    pane.dirty = true
    const version = pane.version(record.version)
    const nonFinite = record.score === Infinity || record.score === -Infinity
    const decision = nonFinite ? undefined : model.decisionOf(record.decision, record.score)
    const failed = record.outcome !== 'ok' || decision === undefined
    version.predictions++
    if (record.acted) version.acted++
    if (record.outcome === 'error') version.errors++
    else if (record.outcome === 'timeout') version.timeouts++
    else if (nonFinite) version.nonFiniteScores++
    if (!failed && record.acted && decision === 1) version.positiveDecisions++
    if (!failed) addScore(version, record.score)
    if (!Number.isNaN(record.latencyMs)) addToDigest(version.latency, record.latencyMs)
    if (!Number.isNaN(record.cost)) {
      version.costSum += record.cost
      version.costCount++
    }
    const cohort = pane.cohort(version, record.predictedAt, atMs)
    version.cohortPredictions[cohort] = (version.cohortPredictions[cohort] ?? 0) + 1
    for (const key of model.segmentsOf(model.segmentCode(record.segments))) pane.segment(version, key).predictions++
    if (record.acted) this.countWatch(model, version, record, nonFinite, atMs)
    if (nonFinite) {
      this.env.emit.deadLetter('NON_FINITE_SCORE', `version '${record.version}' of model '${record.model}' sent a score that is not finite; it counts as an error of that version`)
    } else if (record.outcome === 'ok' && decision === undefined) {
      this.env.emit.deadLetter('MISSING_FIELD', `a prediction of model '${record.model}' is ok but has neither a usable decision nor a score; send one of them`)
    }
    return failed
  }

  private countWatch(model: ModelRuntime, version: VersionSummary, record: Prediction, nonFinite: boolean, atMs: number): void {
    const { configSequence } = record
    if (configSequence !== null) {
      version.configSequenceMax = Math.max(version.configSequenceMax, configSequence)
      version.configSequenceMin = version.configSequenceMin === -1 ? configSequence : Math.min(version.configSequenceMin, configSequence)
    }
    const watch = model.watchVersion(atMs, record.version)
    watch.acted++
    if (record.outcome === 'error') watch.errors++
    else if (record.outcome === 'timeout') watch.timeouts++
    else if (nonFinite) watch.nonFiniteScores++
    if (Number.isFinite(record.latencyMs)) addToDigest(watch.latency, record.latencyMs)
  }

  private appendPrediction(model: ModelRuntime, record: Prediction, code: number, failed: boolean, atMs: number): void {
    this.identify(record.entityId ?? record.inferenceId)
    const bucket = this.entry.low % BUCKETS
    this.identify(record.inferenceId)
    const decision = failed ? 0 : model.decisionOf(record.decision, record.score)
    const flags = (record.acted ? ACTED : 0) | (decision === 1 ? DECIDED_POSITIVE : 0) | (failed ? FAILED : 0)
    this.fill(PREDICTION, record.predictedAt, atMs, failed ? NaN : record.score, flags)
    this.entry.version = code
    this.entry.segments = model.segmentCode(record.segments)
    this.entry.bucket = bucket
    const chain = model.pending.find(this.entry.low, this.entry.high)
    const label = this.alive(model, model.pending.newest(chain, LABEL), atMs)
    if (label !== -1 && !Number.isNaN(model.pending.value[model.pending.at(label)])) {
      if ((model.pending.flags[model.pending.at(label)] & MATCHED) === 0) model.paneAt(atMs).summary.join.joinedLabels++
    }
    const sequence = this.append(model, null)
    if (label !== -1 && !Number.isNaN(model.pending.joinedAt[model.pending.at(sequence)])) this.joined(model, sequence, label, atMs)
  }

  private firstLabel(model: ModelRuntime, record: Label, actual: number, chain: number, atMs: number): void {
    const { join } = model.paneAt(atMs).summary
    const { pending } = model
    if (Number.isNaN(actual)) {
      join.withdrawnLabels++
      return
    }
    const newest = this.alive(model, pending.newest(chain, PREDICTION), atMs)
    if (newest !== -1 && record.observedAt - pending.time[pending.at(newest)] > model.policy.time.labelHorizonMs) {
      join.lateLabels++
      return
    }
    // a label that outlived its own entry and is sent again finds its predictions joined: their outcome is counted already
    const fresh = this.predictions(model, chain, atMs).filter((s) => Number.isNaN(pending.joinedAt[pending.at(s)]))
    this.fill(LABEL, record.observedAt, atMs, actual, 0)
    const label = this.append(model, null)
    if (newest === -1) {
      join.earlyLabels++
      return
    }
    join.joinedLabels++
    // oldest first, so that the order of outcomes is the order of predictions
    for (const prediction of fresh) this.joined(model, prediction, label, atMs)
  }

  /** A label where there was one: the same again, another value, or its withdrawal. */
  private furtherLabel(model: ModelRuntime, record: Label, actual: number, chain: number, previous: number, atMs: number): void {
    const { join } = model.paneAt(atMs).summary
    const { pending } = model
    const before = pending.value[pending.at(previous)]
    if (Object.is(before, actual)) {
      join.duplicateLabels++
      return
    }
    if (Number.isNaN(actual)) join.withdrawnLabels++
    else join.correctedLabels++
    const joined = this.predictions(model, chain, atMs).filter((s) => !Number.isNaN(pending.joinedAt[pending.at(s)]))
    this.fill(LABEL, record.observedAt, atMs, actual, 0)
    const label = this.append(model, null)
    for (const prediction of joined) this.correct(model, prediction, before, actual, atMs)
    const fresh = this.predictions(model, label, atMs).filter((s) => !joined.includes(s) && !Number.isNaN(pending.joinedAt[pending.at(s)]))
    for (const prediction of fresh) this.joined(model, prediction, label, atMs)
  }

  // ---- outcomes -------------------------------------------------------------------------------------------------------------

  /** A prediction met its label for the first time. */
  private joined(model: ModelRuntime, prediction: number, label: number, atMs: number): void {
    const { pending } = model
    const i = pending.at(prediction)
    if ((pending.flags[i] & FAILED) !== 0) return
    const pane = model.paneAt(atMs)
    pane.dirty = true
    const version = pane.version(model.versionName(pending.version[i]))
    const outcome = this.outcomeOf(model, i, pending.value[pending.at(label)])
    pane.addOutcome(version, model.segmentsOf(pending.segments[i]), pane.cohort(version, pending.time[i], atMs), outcome, 1)
    this.pairs(model, prediction, outcome.actual, atMs)
    if ((pending.flags[i] & ACTED) === 0) return
    const binary = model.policy.task === 'binary'
    if (binary) pane.addError(version, atMs, outcome.decision !== outcome.actual, outcome.actual)
    const delay = pending.time[pending.at(label)] - pending.time[i]
    pane.addDelay(!binary ? 'value' : outcome.actual === 1 ? 'positive' : 'negative', delay)
    if (model.vectors !== null) this.teachComplete(model, prediction)
  }

  private outcomeOf(model: ModelRuntime, i: number, actual: number): Outcome {
    const { outcome } = this
    outcome.actual = actual
    outcome.score = model.pending.value[i]
    outcome.decision = (model.pending.flags[i] & DECIDED_POSITIVE) !== 0 ? 1 : 0
    return outcome
  }

  /** Adds the acted version's advantage over each other version of the same inference, once both have the outcome. */
  private pairs(model: ModelRuntime, prediction: number, actual: number, atMs: number): void {
    const { pending } = model
    const own = pending.at(prediction)
    const chain = pending.find(pending.low[own], pending.high[own])
    for (const other of this.predictions(model, chain, atMs)) {
      const i = pending.at(other)
      const before = other < prediction && !Number.isNaN(pending.joinedAt[i]) && (pending.flags[i] & FAILED) === 0
      if (!before || (pending.flags[i] & ACTED) === (pending.flags[own] & ACTED)) continue
      const [acted, shadow] = (pending.flags[own] & ACTED) !== 0 ? [own, i] : [i, own]
      const difference = this.merit(model, acted, actual) - this.merit(model, shadow, actual)
      model.paneAt(atMs).addPair(model.versionName(pending.version[acted]), model.versionName(pending.version[shadow]), pending.bucket[acted], difference)
    }
  }

  /** 1 for a right decision and 0 for a wrong one; −|error| for regression. */
  private merit(model: ModelRuntime, i: number, actual: number): number {
    if (model.policy.task === 'regression') return -Math.abs(model.pending.value[i] - actual)
    return ((model.pending.flags[i] & DECIDED_POSITIVE) !== 0 ? 1 : 0) === actual ? 1 : 0
  }

  /** An outcome changes after it was counted: in the open pane at once, else addressed to the pane it was counted in. */
  private correct(model: ModelRuntime, prediction: number, before: number, after: number, atMs: number): void {
    const { pending } = model
    const i = pending.at(prediction)
    if ((pending.flags[i] & FAILED) !== 0) return
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
    const { score, decision } = this.outcomeOf(model, i, 0)
    pane.summary.corrections.push({ paneStart, version: name, cohort: Number(cohort === 'other' ? -1 : cohort), segments: [...segments], score, decision, before, after })
  }

  /** Teaches the learners once prediction, label and features of an inference are all there; called by whichever came last. */
  private teachComplete(model: ModelRuntime, sequence: number): void {
    const { pending, vectors } = model
    const own = pending.at(sequence)
    const chain = pending.find(pending.low[own], pending.high[own])
    const [features, label] = [pending.newest(chain, FEATURES), pending.newest(chain, LABEL)]
    if (features === -1 || label === -1 || vectors === null) return
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

  /** Predictions of the chain that are still within their horizons, oldest first. */
  private predictions(model: ModelRuntime, chain: number, atMs: number): number[] {
    const found: number[] = []
    for (let s = chain; s !== -1; s = model.pending.older(s)) {
      if (model.pending.kind[model.pending.at(s)] === PREDICTION && this.alive(model, s, atMs) !== -1) found.push(s)
    }
    return found.reverse()
  }

  /** `sequence` while its entry counts at `atMs`, else −1: memory may hold an entry longer than its horizons. */
  private alive(model: ModelRuntime, sequence: number, atMs: number): number {
    if (sequence === -1) return -1
    const { pending } = model
    const i = pending.at(sequence)
    const { labelHorizonMs, correctionHorizonMs } = model.policy.time
    const joinedUntil = pending.outcomeAt(i) + correctionHorizonMs
    return pending.since[i] + labelHorizonMs >= atMs || joinedUntil >= atMs ? sequence : -1
  }

  private expire(model: ModelRuntime, atMs: number): void {
    const { time } = model.policy
    if (model.pending.size === 0) return
    const counts = { predictions: 0, labels: 0 }
    model.pending.expire(atMs, { labelMs: time.labelHorizonMs, correctionMs: time.correctionHorizonMs }, model.vectors, counts, (entry) => this.ledger.write(model, entry, null))
    if (counts.predictions === 0 && counts.labels === 0) return
    const { join } = model.paneAt(atMs).summary
    join.expiredPredictions += counts.predictions
    join.unmatchedLabels += counts.labels
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
    if (!model.learnersTouched) return
    for (const learner of model.learners) this.parts.put(partName('learner', model.name, learner.unit), learner.state)
    model.learnersTouched = false
  }
}
