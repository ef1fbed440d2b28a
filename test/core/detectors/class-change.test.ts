import { describe, expect, it } from 'vitest'
import { strongestClassChange } from '../../../src/core/detectors/class-change.ts'
import { addToBlocks, createErrorBlocks, strongestChange, type ErrorBlocks } from '../../../src/core/detectors/error-blocks.ts'
import { logHypergeometricTail } from '../../../src/core/math/hypergeometric.ts'
import { seeded, uniform, type Random } from '../../../src/core/random.ts'

interface Stretch { n: number; positives: number; errors: readonly [ofNegatives: number, ofPositives: number] }

const stream = (random: Random, ...stretches: Stretch[]): Required<ErrorBlocks> => {
  const blocks = createErrorBlocks(true)
  for (const { n, positives, errors } of stretches) {
    for (let i = 0; i < n; i++) {
      const actual = Number(uniform(random) < positives)
      addToBlocks(blocks, Number(uniform(random) < errors[actual]), actual)
    }
  }
  return blocks as Required<ErrorBlocks>
}
const plain: readonly [number, number] = [1, 1]

describe('errors within classes', () => {
  it('are not taken for changed when only the mix of classes moves, as the pooled rate is', () => {
    const random = seeded(31)
    let [pooled, within] = [0, 0]
    for (let run = 0; run < 100; run++) {
      const blocks = stream(random, { n: 1_000, positives: 0.02, errors: [0.02, 0.25] }, { n: 1_000, positives: 0.4, errors: [0.02, 0.25] })
      pooled += Number(strongestChange(blocks)!.logChance < Math.log(1e-6))
      within += Number(strongestClassChange(blocks, plain)!.logChance < Math.log(0.05))
    }
    expect(pooled).toBeGreaterThan(95)
    expect(within).toBeLessThan(100 * 0.1 + 3 * Math.sqrt(100 * 0.1))
  })

  it('look risen no more often than they say while classes are steady, however the mix moves and whenever one looks', () => {
    const random = seeded(32)
    let below = 0
    for (let run = 0; run < 400; run++) {
      const change = strongestClassChange(stream(random, { n: 200 + run, positives: 0, errors: [0.1, 0.3] }, { n: 300, positives: 0.3, errors: [0.1, 0.3] }), plain)!
      if (change.rose && change.logChance <= Math.log(0.05)) below += 1
    }
    expect(below).toBeLessThan(400 * 0.05 + 3 * Math.sqrt(400 * 0.05))
  })

  it('name the class that changed, where it changed, and leave the other as it was', () => {
    const change = strongestClassChange(stream(seeded(33), { n: 4_000, positives: 0.1, errors: [0.05, 0.2] }, { n: 800, positives: 0.1, errors: [0.05, 0.7] }), plain)!
    const [negatives, positives] = change.classes
    expect(change.rose).toBe(true)
    expect(change.logChance).toBeLessThan(Math.log(1e-9))
    expect(positives.logChance).toBeLessThan(Math.log(1e-9))
    expect(negatives.logChance).toBeGreaterThan(Math.log(1e-3))
    expect(positives.since.errors / positives.since.n).toBeCloseTo(0.7, 0)
    expect(change.before.n + change.since.n).toBe(4_800)
    expect(negatives.since.n + positives.since.n).toBe(change.since.n)
  })

  it('say a fall too, and a rise in one class through a fall in the other', () => {
    expect(strongestClassChange(stream(seeded(34), { n: 2_000, positives: 0.5, errors: [0.3, 0.3] }, { n: 800, positives: 0.5, errors: [0.1, 0.1] }), plain)!.rose).toBe(false)
    const apart = strongestClassChange(stream(seeded(35), { n: 4_000, positives: 0.5, errors: [0.2, 0.02] }, { n: 800, positives: 0.5, errors: [0.12, 0.2] }), plain)!
    expect(apart.rose).toBe(true)
    expect(apart.classes[1].logChance).toBeLessThan(apart.classes[0].logChance)
  })

  it('with one class alone come to the one test', () => {
    const blocks = stream(seeded(36), { n: 2_000, positives: 0, errors: [0.1, 0] }, { n: 300, positives: 0, errors: [0.3, 0] })
    expect(strongestClassChange(blocks, plain)!.logChance).toBeCloseTo(strongestChange(blocks)!.logChance, 9)
  })

  it('combine the chances of both by Fisher\'s method, times the cuts', () => {
    const blocks = { n: [100, 60], errors: [10, 20], positive: { n: [40, 20], errors: [4, 8] } }
    const [negatives, positives] = [logHypergeometricTail(12, 40, 18, 100), logHypergeometricTail(8, 20, 12, 60)]
    const product = Math.exp(negatives + positives)
    expect(Math.exp(strongestClassChange(blocks, plain)!.logChance)).toBeCloseTo(product * (1 - Math.log(product)), 12)
  })

  it('count for less where entities tie them, and say nothing of one block', () => {
    const blocks = stream(seeded(37), { n: 2_000, positives: 0.5, errors: [0.1, 0.1] }, { n: 300, positives: 0.5, errors: [0.3, 0.3] })
    expect(strongestClassChange(blocks, [4, 4])!.logChance).toBeGreaterThan(strongestClassChange(blocks, plain)!.logChance / 2)
    expect(strongestClassChange(stream(seeded(1), { n: 5, positives: 0.5, errors: [0.5, 0.5] }), plain)).toBeNull()
  })
})
