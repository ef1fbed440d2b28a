/**
 * The demo's trainer and serving fleet are examples of what users run beside the program, so they live in `examples/`. They meet it
 * only as theirs would: records in, records out. They are found at run time, since the program itself must not depend on them.
 */
import type { Candidate, Label, Prediction, RetrainRequested, ServingConfig } from '../../core/records.ts'

/** Named numbers, as a Features record carries them. */
export type NumericFeatures = Readonly<Record<string, number>>

/** What a business asks its model about. */
export interface Request {
  inferenceId: string
  atMs: number
  features: NumericFeatures
}

/** JSON forms of the observed records. */
export interface FeaturesValue {
  inferenceId: string
  model: string
  observedAt: number
  numeric: NumericFeatures
}
export type PredictionValue = Omit<Prediction, 'kind' | 'features'>
export type LabelValue = Omit<Label, 'kind'>

/** A version that can be asked. What `artifactUri` leads to. */
export interface ServableModel {
  version: string
  /** stream time of the newest inference it learnt from */
  trainedUntilMs: number
  /** score from which it decides positive */
  threshold: number
  /** elementary operations of one answer: what its latency and cost grow with */
  operations: number
  /** probability of the positive class, in [0, 1] */
  score(request: Pick<Request, 'inferenceId' | 'features'>): number
  /** what would be written into an artefact file */
  artifact: unknown
}

/** Where trainers leave versions and fleets fetch them; keys are versions. */
export type ModelStore = Map<string, ServableModel>

export interface TrainerOptions {
  model: string
  seed: number
  models: ModelStore
  /** the label value of the positive class */
  positive: number
  /** names of numeric features, in order */
  features: readonly string[]
}

export interface Announcement {
  /** stream time: later than whatever it answers */
  atMs: number
  candidate: Candidate
}

export interface Trainer {
  /** Reads the topics a trainer subscribes to, in stream-time order. */
  see(topic: 'features', value: FeaturesValue): void
  see(topic: 'predictions', value: PredictionValue): void
  see(topic: 'labels', value: LabelValue): void
  /** Trains for a request, with what it has seen by now. Null when that is not enough. */
  answer(request: RetrainRequested, nowMs: number): Announcement | null
}

export interface FleetOptions {
  model: string
  seed: number
  models: ModelStore
  /** the version that acts before the first serving-config */
  firstVersion: string
  positive: number
  negative: number
}

export interface Fleet {
  /** Takes a serving-config into use; one that is not newer changes nothing. */
  reload(config: ServingConfig): void
  /** Answers a request by the champion, and by each shadow beside it. */
  serve(request: Request): PredictionValue[]
}

export interface Participants {
  createTrainer(options: TrainerOptions): Trainer
  createFleet(options: FleetOptions): Fleet
}

/** Sources run as TypeScript, the built program as JavaScript; the examples stand beside either. */
const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js'
const exampleUrl = (path: string): string => new URL(`../../../examples/${path}.${extension}`, import.meta.url).href

export async function loadParticipants(): Promise<Participants> {
  const [trainer, fleet] = await Promise.all([import(exampleUrl('trainer/trainer')), import(exampleUrl('serving-fleet/fleet'))]) as
    [Pick<Participants, 'createTrainer'>, Pick<Participants, 'createFleet'>]
  return { createTrainer: trainer.createTrainer, createFleet: fleet.createFleet }
}
