import { createTrainer } from '../../examples/trainer/trainer.ts'
import { housingFeatures, housingThreshold, type HousingRow } from '../../src/main/demo/housing.ts'
import type { ModelStore, ServableModel, Trainer } from '../../src/main/demo/participants.ts'
import type { RetrainRequested } from '../../src/core/records.ts'

const model = 'housing'

export const request = (champion: string): RetrainRequested => ({
  kind: 'retrain-requested', id: 'r1', model, at: 0, advisory: false, policyHash: '', champion, reasons: [], diagnosis: '', advice: 'full', dataFromMs: 0, dataToMs: 0, cooldownUntilMs: 0,
  explanation: '', considered: [], features: [],
})

/** The version behind the data's own scores. */
export const recorded = (rows: readonly HousingRow[], trainedUntilMs: number): ServableModel => {
  const scores = new Map(rows.map(({ id, score }) => [id, score]))
  return { version: 'v1', trainedUntilMs, threshold: housingThreshold, operations: 1, score: ({ inferenceId }) => scores.get(inferenceId)!, artifact: null }
}

export function trainerWith(first: ServableModel, seed = 1): { trainer: Trainer; models: ModelStore } {
  const models: ModelStore = new Map([[first.version, first]])
  return { trainer: createTrainer({ model, seed, models, positive: 1, features: housingFeatures }), models }
}

export function seeFeatures(trainer: Trainer, { id, atMs, features }: HousingRow): void {
  trainer.see('features', { inferenceId: id, model, observedAt: atMs, numeric: features })
}

export function seeLabel(trainer: Trainer, { id, y }: HousingRow, atMs: number): void {
  trainer.see('labels', { inferenceId: id, model, observedAt: atMs, value: y, weight: 1 })
}

export const accuracyOf = (served: ServableModel, rows: readonly HousingRow[]): number =>
  rows.filter((row) => (served.score({ inferenceId: row.id, features: row.features }) >= served.threshold ? 1 : 0) === row.y).length / rows.length
