import { describe, expect, it } from 'vitest'
import { addToBlocks, createErrorBlocks, forgetBefore, strongestChange } from '../../../src/core/detectors/error-blocks.ts'
import { seeded, uniform } from '../../../src/core/random.ts'

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0)
const random = seeded(21)
const stream = (...stretches: [n: number, rate: number][]) => {
  const blocks = createErrorBlocks()
  for (const [n, rate] of stretches) for (let i = 0; i < n; i++) addToBlocks(blocks, Number(uniform(random) < rate))
  return blocks
}

describe('errors in blocks', () => {
  it('are all kept, in memory that grows with the logarithm of their number', () => {
    const blocks = createErrorBlocks()
    for (let i = 0; i < 100_000; i++) addToBlocks(blocks, Number(i % 7 === 0))
    expect(sum(blocks.n)).toBe(100_000)
    expect(sum(blocks.errors)).toBe(Math.ceil(100_000 / 7))
    expect(blocks.n.length).toBeLessThan(60)
    expect([...blocks.n.slice(0, -1)].sort((a, b) => b - a)).toEqual(blocks.n.slice(0, -1))
  })

  it('tell classes apart block by block, where they are asked to', () => {
    const blocks = createErrorBlocks(true)
    for (let i = 0; i < 5_000; i++) addToBlocks(blocks, Number(i % 7 === 0), Number(i % 5 === 0))
    expect([sum(blocks.n), sum(blocks.positive!.n), sum(blocks.positive!.errors)]).toEqual([5_000, 1_000, Math.ceil(5_000 / 35)])
    blocks.n.forEach((n, at) => {
      if (n >= 64) expect(Math.abs(blocks.positive!.n[at] - n / 5)).toBeLessThanOrEqual(1)
    })
    forgetBefore(blocks, 3)
    expect(blocks.positive!.n).toHaveLength(blocks.n.length)
    expect(blocks.positive!.errors).toHaveLength(blocks.n.length)
  })

  it('say since when they have been more, and how many before', () => {
    const change = strongestChange(stream([2_000, 0.1], [300, 0.3]))!
    expect(change.rose).toBe(true)
    expect(change.since.n).toBeGreaterThan(200)
    expect(change.since.n).toBeLessThan(400)
    expect(change.before.errors / change.before.n).toBeCloseTo(0.1, 1)
    expect(change.before.n + change.since.n).toBe(2_300)
    expect(change.logChance).toBeLessThan(Math.log(1e-9))
  })

  it('say a fall too, and know nothing else of what was before it once that is forgotten', () => {
    const blocks = stream([2_000, 0.3], [600, 0.1])
    const change = strongestChange(blocks)!
    expect(change.rose).toBe(false)
    forgetBefore(blocks, change.at)
    expect(sum(blocks.n)).toBe(change.since.n)
    expect(sum(blocks.errors)).toBe(change.since.errors)
  })

  it('look changed no more often than they say where the rate is steady, whenever one looks', () => {
    for (const rate of [0.02, 0.3]) {
      let below = 0
      for (let run = 0; run < 400; run++) {
        const change = strongestChange(stream([300 + run, rate]))!
        if (change.rose && change.logChance <= Math.log(0.05)) below += 1
      }
      expect(below).toBeLessThan(400 * 0.05 + 3 * Math.sqrt(400 * 0.05))
    }
  })

  it('count for less where they hang together, and say nothing of one block', () => {
    const blocks = stream([2_000, 0.1], [300, 0.3])
    expect(strongestChange(blocks, 4)!.logChance).toBeGreaterThan(strongestChange(blocks)!.logChance / 2)
    expect(strongestChange(stream([5, 0.1]))).toBeNull()
    expect(strongestChange(createErrorBlocks())).toBeNull()
  })

  it('are never taken for what no chance gives, however the design effect divides them', () => {
    const n = [64, 32, 32, 16, 16, 8, 8, 8, 5]
    for (const errors of [[0, 0, 0, 0, 0, 0, 0, 3, 1], [0, 0, 0, 0, 0, 0, 0, 8, 5], [64, 32, 32, 16, 16, 8, 8, 2, 0]]) {
      const exact = strongestChange({ n, errors })!.logChance
      for (let i = 1; i <= 200; i++) {
        const { logChance } = strongestChange({ n, errors }, 1 + i / 70)!
        expect(logChance).toBeGreaterThanOrEqual(exact)
      }
    }
  })
})
