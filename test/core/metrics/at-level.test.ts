import { describe, expect, it } from 'vitest'
import { intervalAt } from '../../../src/core/metrics/at-level.ts'
import { addBinary, addEntity, createBinaryOutcomes, scoreEdges, type BinaryOutcomes } from '../../../src/core/metrics/outcomes.ts'

const outcomes = (positives: number, hits: number, negatives = 1_000): BinaryOutcomes => {
  const all = createBinaryOutcomes(scoreEdges())
  for (let i = 0; i < positives; i++) addBinary(all, 1, i < hits ? 0.8 : 0.3, i < hits ? 1 : 0)
  for (let i = 0; i < negatives; i++) addBinary(all, 0, i % 10 === 0 ? 0.7 : 0.2, i % 10 === 0 ? 1 : 0)
  return all
}
const chance = 6e-9

describe('the interval of a metric at the level of its share', () => {
  it('is the exact one for a share: its end leaves just that chance', () => {
    const [low, high] = intervalAt('recall', outcomes(60, 60), chance)!
    expect(60 * Math.log(low)).toBeCloseTo(Math.log(chance / 2), 6)
    expect(high).toBe(1)
  })

  it('is on effective counts where entities hang together', () => {
    const alone = outcomes(400, 300)
    const together = outcomes(400, 300)
    for (let i = 0; i < 400; i++) addEntity(together, 1, i < 300 ? 1 : 0, Math.floor(i / 10) % 256)
    const width = (of: BinaryOutcomes): number => intervalAt('recall', of, chance)!.reduce((low, high) => high - low)
    expect(width(together) / width(alone)).toBeGreaterThan(2)
  })

  it('is not to be had where labels are too few for the level', () => {
    expect(intervalAt('recall', outcomes(25, 20), chance)).toBeNull()
    expect(intervalAt('recall', outcomes(25, 20), 1e-3)).not.toBeNull()
    expect(intervalAt('roc-auc', outcomes(90, 80), chance)).toBeNull()
    expect(intervalAt('roc-auc', outcomes(150, 120), chance)).not.toBeNull()
  })

  it('of ROC AUC and of means is wider than the usual one', () => {
    for (const metric of ['roc-auc', 'log-loss']) {
      const [wide, usual] = [intervalAt(metric, outcomes(300, 250), chance)!, intervalAt(metric, outcomes(300, 250), 0.05)!]
      expect((wide[1] - wide[0]) / (usual[1] - usual[0])).toBeGreaterThan(2)
    }
  })
})
