/**
 * The world around the program, step by step in stream time: requests come by the hour and are answered by the fleet, labels arrive late,
 * the trainer answers retrain requests. What the program says in one step is acted on in the next, so every cause precedes its effect.
 */
import { seeded } from '../../core/random.ts'
import type { DecideEvent, RetrainRequested, ServingConfig } from '../../core/records.ts'
import type { CaptureRecord } from '../../cli/services.ts'
import type { InputRole, OutputRole } from '../../engine/ports.ts'
import { createMemoryStore } from '../../state/memory.ts'
import { policyRecord } from '../../config/policy.ts'
import { checkUnitInTables } from '../../config/units.ts'
import { startEmbedded, type Embedded } from '../embedded.ts'
import { outputOf } from '../replay.ts'
import { labelDelayMs } from './delays.ts'
import { housingFeatures, housingThreshold, type Housing, type HousingRow } from './housing.ts'
import { demoModel, demoPolicy } from './policy.ts'
import { profileOf } from './profile.ts'
import type { FeaturesValue, Fleet, LabelValue, ModelStore, Participants, PredictionValue, ServableModel, Trainer } from './participants.ts'

export const dayMs = 86_400_000
/** A fleet and a trainer look at what was decided this often. */
const stepMs = 6 * 3_600_000
/** Labels go on arriving this long after the last request. */
const tailMs = 28 * dayMs

const firstVersion = 'v1'
const [positive, negative] = [1, 0]

const spoken: ReadonlySet<string> = new Set<OutputRole>(['retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions', 'profiles', 'dead-letters'])

interface Arriving {
  atMs: number
  topic: InputRole
  key: string | null
  value: object
}

/** What the program published, decoded and in capture form. */
export interface Said {
  event: DecideEvent
  atMs: number
  record: CaptureRecord
}

export interface WorldOptions {
  seed: number
  partitions: number
  housing: Housing
  participants: Participants
}

export class DemoWorld {
  /** everything that went in, in capture form, in order of publication */
  readonly inputs: CaptureRecord[] = []
  /** everything that came out */
  readonly said: Said[] = []
  readonly models: ModelStore = new Map()
  readonly store = createMemoryStore()
  readonly startMs: number
  readonly endMs: number
  deadLetters = 0
  private readonly requests: readonly HousingRow[]
  private readonly labels: Arriving[]
  private candidates: Arriving[] = []
  private readonly fleet: Fleet
  private readonly trainer: Trainer
  private embedded!: Embedded
  private nowMs: number
  private nextRequest = 0
  private nextLabel = 0
  private heard = 0

  private constructor({ seed, housing: { reference, analysis }, participants }: WorldOptions) {
    this.requests = analysis
    this.startMs = this.nowMs = Math.floor(analysis[0].atMs / dayMs) * dayMs
    this.endMs = Math.ceil(analysis[analysis.length - 1].atMs / dayMs) * dayMs + tailMs
    this.labels = arrivals(analysis, seed)
    this.models.set(firstVersion, firstModel(reference, analysis))
    const shared = { model: demoModel, models: this.models, positive }
    this.trainer = participants.createTrainer({ ...shared, seed, features: housingFeatures })
    this.fleet = participants.createFleet({ ...shared, seed: seed + 100, firstVersion, negative })
  }

  static async start(options: WorldOptions): Promise<DemoWorld> {
    const world = new DemoWorld(options)
    world.embedded = await startEmbedded({
      partitions: options.partitions, store: world.store,
      onPublished: (role, partition, record) => {
        const own = record.headers['steward-origin'] !== undefined
        if (own && spoken.has(role)) world.hear(outputOf(role as OutputRole, partition, record))
        // profiles that decide published are inputs as well: observe reads its bins from them
        if (!own || role === 'profiles') world.inputs.push(withoutPlace(outputOf(role as OutputRole, partition, record)))
      },
    })
    world.open(options.housing.reference)
    return world
  }

  /** True when nothing is left to happen. */
  get isOver(): boolean {
    return this.nowMs >= this.endMs
  }

  get atMs(): number {
    return this.nowMs
  }

  /** Lets one step of time pass. */
  async step(): Promise<void> {
    const toMs = this.nowMs + stepMs
    for (const arriving of this.arrivingBefore(toMs)) this.publish(arriving)
    await this.embedded.run.runTo(toMs)
    this.nowMs = toMs
    this.react()
  }

  /** The closing tick, and the end of every input. */
  async close(): Promise<void> {
    this.embedded.publish('ticks', null, this.endMs + 2 * dayMs, { kind: 'tick', issuer: 'demo' })
    await this.embedded.run.finish()
  }

  /** The newest view of decide, parsed; null before the first. */
  async view(): Promise<Record<string, unknown> | null> {
    const [text] = await this.store.view('decide', demoModel)
    return text === undefined ? null : JSON.parse(text) as Record<string, unknown>
  }

  private open(reference: readonly HousingRow[]): void {
    this.embedded.publish('policies', demoModel, this.startMs, policyRecord(demoModel, demoPolicy, { effectiveFrom: 0, issuer: 'demo' }, checkUnitInTables))
    const rows = reference.map(({ id, features, y }) => ({ inferenceId: id, features, y }))
    const given = { model: demoModel, features: housingFeatures, rows, importances: null, effectiveFromMs: this.startMs, claim: null }
    this.embedded.publish('profiles', demoModel, this.startMs, profileOf(this.models.get(firstVersion)!, given))
    for (const row of reference) this.remember(row)
  }

  /** What the trainer had before the demo begins: the reference period, its labels included. */
  private remember({ id, atMs, features, y }: HousingRow): void {
    this.trainer.see('features', { inferenceId: id, model: demoModel, observedAt: atMs, numeric: features })
    this.trainer.see('labels', { inferenceId: id, model: demoModel, observedAt: atMs, value: y === 1 ? positive : negative, weight: 1 })
  }

  /** In the order of time; at one time features come first, then predictions, then the rest. */
  private arrivingBefore(toMs: number): Arriving[] {
    const due: Arriving[] = []
    for (let atMs = Math.ceil(this.nowMs / dayMs) * dayMs; atMs < toMs; atMs += dayMs) due.push({ atMs, topic: 'ticks', key: null, value: { kind: 'tick', issuer: 'demo' } })
    for (; this.nextRequest < this.requests.length && this.requests[this.nextRequest].atMs < toMs; this.nextRequest++) due.push(...this.served(this.requests[this.nextRequest]))
    for (; this.nextLabel < this.labels.length && this.labels[this.nextLabel].atMs < toMs; this.nextLabel++) due.push(this.labels[this.nextLabel])
    due.push(...this.candidates.filter(({ atMs }) => atMs < toMs))
    this.candidates = this.candidates.filter(({ atMs }) => atMs >= toMs)
    return due.sort((a, b) => a.atMs - b.atMs)
  }

  private served({ id, atMs, features }: HousingRow): Arriving[] {
    const answers = this.fleet.serve({ inferenceId: id, atMs, features })
    return [
      { atMs, topic: 'features', key: id, value: { inferenceId: id, model: demoModel, observedAt: atMs, numeric: features, categorical: {} } },
      ...answers.map((value) => ({ atMs, topic: 'predictions' as const, key: id, value })),
    ]
  }

  private publish({ topic, key, atMs, value }: Arriving): void {
    if (topic === 'candidates' || topic === 'ticks') this.embedded.publish(topic, key, atMs, value)
    else this.embedded.run.append(topic, { key: key === null ? null : Buffer.from(key), value: Buffer.from(JSON.stringify(value)), timestampMs: atMs })
    if (topic === 'features') this.trainer.see(topic, value as FeaturesValue)
    else if (topic === 'predictions') this.trainer.see(topic, value as PredictionValue)
    else if (topic === 'labels') this.trainer.see(topic, value as LabelValue)
  }

  private hear(record: CaptureRecord): void {
    if (record.topic === 'dead-letters') this.deadLetters++
    this.said.push({ event: { kind: kindOf[record.topic], ...record.value as object } as DecideEvent, atMs: record.timestampMs, record })
  }

  /** Fleet and trainer read what was said since they last looked. */
  private react(): void {
    for (; this.heard < this.said.length; this.heard++) {
      const { event } = this.said[this.heard]
      if (event.kind === 'serving-config') this.fleet.reload(event satisfies ServingConfig)
      else if (event.kind === 'retrain-requested') this.train(event)
    }
  }

  private train(request: RetrainRequested): void {
    const announced = this.trainer.answer(request, this.nowMs)
    if (announced !== null) this.candidates.push({ atMs: announced.atMs, topic: 'candidates', key: demoModel, value: announced.candidate })
  }
}

const kindOf: Readonly<Record<string, string>> = {
  'retrain-requested': 'retrain-requested', promote: 'promote', rollback: 'rollback', 'serving-config': 'serving-config', incidents: 'incident', decisions: 'decision',
  profiles: 'profile', 'dead-letters': 'dead-letter',
}

/** The key chooses the partition again, however many there are. */
const withoutPlace = ({ topic, key, timestampMs, value }: CaptureRecord): CaptureRecord => ({ topic, key, timestampMs, value })

function arrivals(rows: readonly HousingRow[], seed: number): Arriving[] {
  const random = seeded(seed + 200)
  const labels = rows.flatMap(({ id, atMs: predictedMs, y }): Arriving[] => {
    const delayMs = labelDelayMs(random)
    const atMs = predictedMs + (delayMs ?? 0)
    return delayMs === null ? [] : [{ atMs, topic: 'labels', key: id, value: { inferenceId: id, model: demoModel, observedAt: atMs, value: y === 1 ? positive : negative, weight: 1 } }]
  })
  return labels.sort((a, b) => a.atMs - b.atMs)
}

/** The version of the data's own file: it answers what it answered then. */
function firstModel(reference: readonly HousingRow[], analysis: readonly HousingRow[]): ServableModel {
  const scores = new Map([...reference, ...analysis].map(({ id, score }) => [id, score]))
  return {
    version: firstVersion, trainedUntilMs: reference[reference.length - 1].atMs, threshold: housingThreshold, operations: 10_000,
    score: ({ inferenceId }) => scores.get(inferenceId)!, artifact: { kind: 'recorded', file: 'examples/data/california_housing_*.csv.gz' },
  }
}
