/**
 * A small training job. It reads features, predictions and labels as they arrive, waits for `retrain-requested`, fits a version on
 * labelled rows it has seen, measures it and the champion on the same newest rows, and announces the candidate.
 */
import { seeded, uniform } from '../../src/core/random.ts'
import type { RetrainRequested } from '../../src/core/records.ts'
import type { Announcement, FeaturesValue, LabelValue, PredictionValue, ServableModel, Trainer, TrainerOptions } from '../../src/main/demo/participants.ts'
import { profileOf } from '../../src/main/demo/profile.ts'
import { evaluate } from './evaluate.ts'
import { practices, type Practice } from './practices.ts'
import { SeenRows, type LabelledRow } from './rows.ts'

type PracticeName = keyof typeof practices

/** Newest labelled rows that are kept out of training: ten days. */
const testRowsMax = 240
/** Fewer tell nothing, and then no candidate is announced. */
const testRowsMin = 96
const trainRowsMin = 500
const hourMs = 3_600_000

export function createTrainer({ model, seed, models, positive, features }: TrainerOptions): Trainer {
  const seen = new SeenRows(positive)
  const random = seeded(seed)
  const turns = whoWorks(seed)
  let announced = 1

  return {
    see(topic: 'features' | 'predictions' | 'labels', value: FeaturesValue | PredictionValue | LabelValue) {
      if (topic === 'features') seen.features(value.inferenceId, (value as FeaturesValue).observedAt, (value as FeaturesValue).numeric)
      else if (topic === 'predictions') seen.segments(value.inferenceId, (value as PredictionValue).segments ?? {})
      else seen.label(value.inferenceId, (value as LabelValue).value, (value as LabelValue).observedAt)
    },
    answer(request, nowMs) {
      const baseline = models.get(request.champion ?? '')
      const rows = seen.labelled()
      const newest = baseline === undefined ? [] : unknownTo(baseline, rows)
      if (baseline === undefined || newest.length < testRowsMin || rows.length - newest.length < trainRowsMin) return null
      announced += 1
      const name = turns.next().value
      return announcement(request, baseline, { name, version: `v${announced}`, rows, newest, nowMs, trainingMs: (2 + 6 * uniform(random)) * hourMs })
    },
  }

  interface Assignment {
    name: PracticeName
    version: string
    rows: readonly LabelledRow[]
    newest: readonly LabelledRow[]
    nowMs: number
    trainingMs: number
  }

  function announcement(request: RetrainRequested, baseline: ServableModel, { name, version, rows, newest, nowMs, trainingMs }: Assignment): Announcement {
    const practice: Practice = practices[name]
    const { served, learntFrom, testedOn, importances } = practice({ version, rows, newest, features, seed: seed + announced })
    const testSetId = `${testedOn.length} inferences from ${testedOn[0].inferenceId} to ${testedOn.at(-1)!.inferenceId}`
    const evaluation = evaluate(served, testedOn, testSetId)
    models.set(version, served)
    return {
      atMs: nowMs + Math.ceil(trainingMs),
      candidate: {
        kind: 'candidate', model, version, parentVersion: null, trainingMode: 'full', trainedBy: `${name} trainer`, retrainRequestId: request.id, evaluation,
        baselineVersion: baseline.version, baseline: evaluate(baseline, testedOn, testSetId), artifactUri: `models/${version}.json`,
        profile: profileOf(served, { model, features, rows: learntFrom, importances, effectiveFromMs: null, claim: evaluation }),
      },
    }
  }
}

/** The newest labelled rows, less those from times that the baseline has learnt from. */
const unknownTo = ({ trainedUntilMs }: ServableModel, rows: readonly LabelledRow[]): LabelledRow[] =>
  rows.slice(-testRowsMax).filter(({ atMs }) => atMs > trainedUntilMs)

/** Who answers which request: a careful trainer the first, then the two others and two careful ones in an order that the seed draws, and careful ones from then on. */
function* whoWorks(seed: number): Generator<PracticeName, never> {
  const random = seeded(seed + 1)
  yield 'careful'
  const left: PracticeName[] = ['hasty', 'careless', 'careful', 'careful']
  while (left.length > 0) yield left.splice(Math.floor(uniform(random) * left.length), 1)[0]
  for (;;) yield 'careful'
}
