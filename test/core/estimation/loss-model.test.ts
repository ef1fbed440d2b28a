import { describe, expect, it } from 'vitest'
import { forestValue, type CodedRows } from '../../../src/core/estimation/boosted-trees.ts'
import { expectedLoss, fitLoss, type LossModel } from '../../../src/core/estimation/loss-model.ts'
import { normal, seeded, uniform, type Random } from '../../../src/core/random.ts'

const settings = { trees: 25, learningRate: 0.05, leafRows: 20, folds: 5, seed: 1, groups: 10, confidence: 0.95, designEffect: 1 }

/** One feature of 16 codes; the loss is |normal| times what `scale` makes of it. */
function draw(random: Random, n: number, scale: (code: number) => number): { coded: CodedRows; losses: Float64Array } {
  const codes = Uint8Array.from({ length: n }, () => Math.floor(uniform(random) * 16))
  return { coded: { codes, width: 1 }, losses: Float64Array.from(codes, (code) => Math.abs(normal(random)) * scale(code)) }
}

const fit = (seed: number, scale: (code: number) => number): LossModel => {
  const { coded, losses } = draw(seeded(seed), 4_000, scale)
  return fitLoss(coded, losses, settings)
}
const atCode = (model: LossModel, code: number): number => expectedLoss(model, Uint8Array.of(code), 0)

describe('the regressor of the loss', () => {
  const rising = (code: number) => 1 + code / 3

  it('is drawn away from the mean by as much as trees that count in part draw to it', () => {
    const model = fit(1, rising)
    expect(model.slope).toBeGreaterThan(1.1)
    const truth = (code: number) => rising(code) * Math.sqrt(2 / Math.PI)
    const off = (value: (code: number) => number) => Math.abs(value(0) - truth(0)) + Math.abs(value(15) - truth(15))
    const byForest = off((code) => forestValue(model.forest, Uint8Array.of(code), 0))
    expect(off((code) => atCode(model, code))).toBeLessThan(byForest / 2)
  })

  it('explains rows that it has not learnt from, and says so', () => {
    const { r2, gap, counts } = fit(2, rising)
    expect(r2.interval![0]).toBeGreaterThan(0.1)
    expect(gap.value!).toBeLessThan(0.1)
    expect(counts.reduce((sum, n) => sum + n, 0)).toBe(4_000)
  })

  it('explains nothing where there is nothing to explain, and gives the mean', () => {
    const model = fit(3, () => 1)
    expect(model.r2.interval![0]).toBeLessThanOrEqual(0)
    for (const code of [0, 8, 15]) expect(atCode(model, code)).toBeCloseTo(Math.sqrt(2 / Math.PI), 1)
  })

  it('keeps as few trees as held-out rows want', () => {
    expect(fit(3, () => 1).forest.leaves.length).toBeLessThan(fit(1, rising).forest.leaves.length)
  })

  it('never expects less than nothing', () => {
    const model = fit(4, rising)
    expect(atCode({ ...model, intercept: -100 }, 0)).toBe(0)
  })

  it('has no share of a variance that is 0', () => {
    const { coded } = draw(seeded(5), 300, rising)
    const model = fitLoss(coded, new Float64Array(300).fill(2), settings)
    expect(model.r2).toMatchObject({ value: null, verdict: 'insufficient' })
    expect(atCode(model, 3)).toBe(2)
  })
})
