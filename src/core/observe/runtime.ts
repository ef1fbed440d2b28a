/** One model on one observe task: the plain state and the indexes over it that a restart rebuilds. */
import { partName, type PartStore } from '../parts.ts'
import type { ModelPolicy } from '../policy.ts'
import type { Prediction, Scalar } from '../records.ts'
import { escaped, joinedKeys, keysIn } from '../segment-keys.ts'
import type { PaneSummary, WatchCounters } from '../panes/summary.ts'
import { createDigest } from '../sketches/digest.ts'
import { Pending } from '../join/pending.ts'
import { VectorRing } from '../join/vectors.ts'
import { runningLearner, Slots, type RunningLearner } from './learners.ts'
import { inForce, newModelState, type LayoutInForce, type ModelState, type PolicyInForce } from './model.ts'
import { classNameOf, ClassTable } from './class-table.ts'
import { newPaneSummary, OpenPane } from './pane.ts'
import { Waiting } from './waiting.ts'

/** 16-bit codes: past these the last code stands for every further name. */
const CODES_MAX = 65_535
const OVERFLOW = '(other)'
/** Sets of segment values that are told apart: the codes left are for those of which every value is another. */
const SETS_MAX = 50_000

export class ModelRuntime {
  readonly name: string
  readonly state: ModelState
  readonly pending = new Pending()
  readonly slots: Slots
  vectors: VectorRing | null = null
  /** features whose segments are not known yet */
  readonly waiting: Waiting
  learners: RunningLearner[] = []
  learnersTouched = false
  /** of a multiclass model, under the policy of the pane opened last; null for others */
  classes: ClassTable | null = null
  pane: OpenPane | null = null
  watch: WatchCounters | null = null
  /** as of the pane opened last */
  policy: ModelPolicy
  /** anything in `state` changed since the last flush */
  dirty: boolean
  private readonly parts: PartStore
  private readonly task: number
  private readonly versionCodes = new Map<string, number>()
  private readonly segmentCodes = new Map<string, number>()
  private readonly segmentKeys: string[][] = []
  /** the state's keys, since values beyond the limit ask for every record */
  private readonly admittedKeys: Set<string>
  /** what `segmentCode` was asked for last: one prediction asks more than once */
  private segmentsLast: Readonly<Record<string, string>> | null = null
  private segmentsPolicy: ModelPolicy | null = null
  private segmentCodeLast = 0

  constructor(name: string, number: number, task: number, parts: PartStore, fallback: ModelPolicy) {
    this.name = name
    this.parts = parts
    this.task = task
    const stored = parts.get<ModelState>(partName('model', name))
    this.state = stored ?? newModelState(number)
    // what was taken up from the store is there: an epoch writes the same parts whether a task was restarted before it or not
    this.dirty = stored === undefined
    this.slots = new Slots(this.state.slots)
    this.waiting = new Waiting(name, parts)
    this.state.versions.forEach((version, code) => this.versionCodes.set(version, code))
    this.admittedKeys = new Set(this.state.segmentKeys)
    this.state.segmentSets.forEach((set, code) => this.rememberSegments(set, code))
    const open = parts.get<PaneSummary>(partName('pane', name))
    this.policy = fallback
    this.policy = this.policyAt(this.state.paneStartMs)
    this.startClasses()
    if (open !== undefined) this.adopt(open).dirty = false
    else this.startLearners()
    this.watch = parts.get<WatchCounters>(partName('watch', name)) ?? null
  }

  /** The pane of stream time `atMs`; the one before must have been closed. */
  paneAt(atMs: number): OpenPane {
    if (this.pane !== null) return this.pane
    const policy = this.policyAt(Math.floor(atMs / this.policy.time.paneMs) * this.policy.time.paneMs)
    const startMs = Math.floor(atMs / policy.time.paneMs) * policy.time.paneMs
    if (policy !== this.policy) {
      this.policy = policy
      this.startClasses()
      this.startLearners()
    }
    this.state.paneStartMs = startMs
    this.dirty = true
    return this.adopt(newPaneSummary(this.name, this.task, startMs, policy))
  }

  watchAt(atMs: number): WatchCounters {
    if (this.watch !== null) return this.watch
    const every = this.policy.time.watchEveryMs
    const fromMs = Math.floor(atMs / every) * every
    return (this.watch = { kind: 'watch', model: this.name, task: this.task, fromMs, toMs: fromMs + every, versions: {} })
  }

  watchVersion(atMs: number, version: string): WatchCounters['versions'][string] {
    const { versions } = this.watchAt(atMs)
    return (versions[version] ??= { acted: 0, errors: 0, timeouts: 0, nonFiniteScores: 0, latency: createDigest() })
  }

  /** The stream time at which the open pane or watch interval ends; Infinity while neither is open. */
  nextBoundary(): number {
    return Math.min(this.pane?.summary.endMs ?? Infinity, this.watch?.toMs ?? Infinity)
  }

  versionCode(version: string): number {
    return this.versionCodes.get(version) ?? this.newVersion(version)
  }

  versionName(code: number): string {
    return this.state.versions[code]
  }

  /** Code of the set of segments that the policy watches and this prediction carries. */
  segmentCode(segments: Readonly<Record<string, string>> | null): number {
    if (segments !== this.segmentsLast || this.policy !== this.segmentsPolicy) {
      this.segmentCodeLast = this.findSegmentCode(segments)
      this.segmentsLast = segments
      this.segmentsPolicy = this.policy
    }
    return this.segmentCodeLast
  }

  private findSegmentCode(segments: Readonly<Record<string, string>> | null): number {
    let set = ''
    if (segments !== null) {
      for (const name of this.policy.segments) if (segments[name] !== undefined) set += `${set === '' ? '' : '|'}${escaped(`${name}=${segments[name]}`)}`
    }
    return this.segmentCodes.get(set) ?? this.newSegments(set, segments)
  }

  segmentsOf(code: number): readonly string[] {
    return this.segmentKeys[code]
  }

  /**
   * The label as the task understands it: 0 or 1 against `positive`, the code of its class, or the regression target; undefined when its type does not fit.
   */
  actualOf(value: Scalar): number | undefined {
    if (this.classes !== null) {
      const name = classNameOf(value)
      return name === undefined ? undefined : this.classes.codeOf(name)
    }
    if (this.policy.task === 'regression') return typeof value === 'number' && Number.isFinite(value) ? value : undefined
    const { positive } = this.policy
    if (typeof value === typeof positive) return value === positive ? 1 : 0
    if (typeof positive === 'boolean' && (value === 0 || value === 1)) return (value === 1) === positive ? 1 : 0
    return undefined
  }

  /** The record's score; of a multiclass model the greatest probability, with the others taken into `classes` for what follows. */
  scoreOf(record: Prediction): number {
    return this.classes === null ? record.score : this.classes.take(record)
  }

  /** What the fleet did, or what the threshold makes of the score, or the likeliest class; undefined when neither is given. After `scoreOf`. */
  decisionOf(decision: Scalar | null, score: number): number | undefined {
    if (this.classes !== null && decision === null) return this.classes.likeliest
    if (this.policy.task === 'regression') return Number.isNaN(score) ? undefined : 0
    if (decision !== null) return this.actualOf(decision)
    return Number.isNaN(score) ? undefined : score >= this.policy.threshold ? 1 : 0
  }

  policies(): PolicyInForce[] {
    return this.parts.get<PolicyInForce[]>(partName('policy', this.name)) ?? []
  }

  private policyAt(startMs: number): ModelPolicy {
    return inForce(this.policies(), startMs)?.policy ?? this.policy
  }

  private adopt(summary: PaneSummary): OpenPane {
    const layouts = this.parts.get<LayoutInForce[]>(partName('layout', this.name)) ?? []
    const pane = new OpenPane(summary, this.policy, layouts)
    this.pane = pane
    if (this.learners.length === 0) this.startLearners()
    return pane
  }

  private startClasses(): void {
    const { multiclass } = this.policy
    this.classes = multiclass === undefined ? null : new ClassTable(this.state.classes ??= [], multiclass, () => void (this.dirty = true))
  }

  private startLearners(): void {
    this.slots.max = this.policy.limits.featuresMax
    this.learners = this.policy.learners.map((use) => runningLearner(use, this.parts.get(partName('learner', this.name, use.unit))))
    if ((this.learners.length > 0 || this.policy.performance.estimate === 'dle') && this.vectors === null) this.vectors = new VectorRing(this.state.slots.length)
  }

  private newVersion(version: string): number {
    const { versions } = this.state
    if (versions.length >= CODES_MAX) return this.versionCodes.get(OVERFLOW) ?? this.remember(versions, this.versionCodes, OVERFLOW)
    return this.remember(versions, this.versionCodes, version)
  }

  private remember(names: string[], codes: Map<string, number>, name: string): number {
    codes.set(name, names.length)
    this.dirty = true
    return names.push(name) - 1
  }

  /** A new set. */
  private newSegments(set: string, segments: Readonly<Record<string, string>> | null): number {
    const bounded = joinedKeys(this.admitted(segments))
    const held = this.segmentCodes.get(bounded)
    if (held !== undefined) return held
    const code = this.remember(this.state.segmentSets, this.segmentCodes, bounded)
    this.rememberSegments(bounded, code)
    // the unbounded spelling is not cached: it could be one of endlessly many
    if (bounded === set) this.segmentCodes.set(set, code)
    return code
  }

  /** Keys beyond the policy's limit are counted together as `name=(other)`, and so are all in sets beyond what codes tell apart; in none where even these are too many. */
  private admitted(segments: Readonly<Record<string, string>> | null): string[] {
    const { segmentKeys, segmentSets } = this.state
    if (segmentSets.length >= CODES_MAX - 1) return []
    const known = this.admittedKeys
    const isFull = segmentSets.length >= SETS_MAX
    return this.policy.segments.filter((name) => segments?.[name] !== undefined).map((name) => {
      const key = `${name}=${segments![name]}`
      if (isFull || (!known.has(key) && known.size >= this.policy.limits.segmentsMax)) return `${name}=${OVERFLOW}`
      if (!known.has(key)) segmentKeys.push(key)
      known.add(key)
      return key
    })
  }

  private rememberSegments(set: string, code: number): void {
    this.segmentCodes.set(set, code)
    this.segmentKeys[code] = keysIn(set)
  }
}
