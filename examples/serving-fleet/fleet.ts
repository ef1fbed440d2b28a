/**
 * A small serving fleet. It answers requests with the version that the newest serving-config names, asks its shadows the same without
 * acting on them, and logs every answer with the sequence of the config it followed. No restart is needed to change the champion.
 */
import { normal, seeded } from '../../src/core/random.ts'
import type { ServingConfig } from '../../src/core/records.ts'
import type { Fleet, FleetOptions, PredictionValue, Request, ServableModel } from '../../src/main/demo/participants.ts'
import { costPerThousand, latencyMedianMs, latencySpread } from './latency.ts'

export function createFleet({ model, seed, models, firstVersion, positive, negative }: FleetOptions): Fleet {
  const random = seeded(seed)
  let config: Pick<ServingConfig, 'champion' | 'shadows'> & { sequence: number | null } = { champion: firstVersion, shadows: [], sequence: null }

  const servable = (version: string): ServableModel => {
    const found = models.get(version)
    if (found === undefined) throw new Error(`the fleet is told to serve ${version}, but no artefact of it is in the store`)
    return found
  }

  const answered = ({ inferenceId, atMs, features }: Request, version: string, acted: boolean): PredictionValue => {
    const served = servable(version)
    const score = served.score({ inferenceId, features })
    return {
      inferenceId, model, version, predictedAt: atMs, score, decision: score >= served.threshold ? positive : negative, acted, outcome: 'ok', errorCode: null,
      entityId: null, configSequence: config.sequence, latencyMs: latencyMedianMs(served.operations) * Math.exp(latencySpread * normal(random)),
      cost: costPerThousand(served.operations) / 1000, segments: segmentsOf(features),
    }
  }

  return {
    reload(next) {
      if (config.sequence !== null && next.sequence <= config.sequence) return
      for (const version of [next.champion, ...next.shadows]) servable(version)
      config = next
    },
    serve: (request) => [answered(request, config.champion, true), ...config.shadows.map((version) => answered(request, version, false))],
  }
}

/** Median income of the block, in tens of thousands of dollars, from which it counts as high: about half of California. */
const incomeHigh = 3.5

/** The slices of traffic that no candidate may get worse in. */
export const segmentsOf = ({ MedInc }: Request['features']): Record<string, string> => ({ income: MedInc >= incomeHigh ? 'high' : 'low' })
