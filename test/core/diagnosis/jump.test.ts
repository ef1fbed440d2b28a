import { describe, expect, it } from 'vitest'
import { shareJump, volumeJump } from '../../../src/core/diagnosis/jump.ts'
import { normal, seeded } from '../../../src/core/random.ts'

const shares = (...values: number[]) => values.map((share, i) => ({ atMs: i * 10, hits: share * 100, of: 100 }))
const counts = (...values: number[]) => values.map((n, i) => ({ atMs: i * 10, n }))

describe('a jump of a share', () => {
  it('is where most of the way was made in one step', () => {
    expect(shareJump(shares(0.02, 0.01, 0.02, 0.5, 0.5, 0.48), 0.02)).toEqual({ atMs: 30, before: 0.02, after: 0.5 })
  })

  it('may also go down', () => {
    expect(shareJump(shares(0.4, 0.4, 0.4, 0, 0), 0.4)).toMatchObject({ atMs: 30, after: 0 })
  })

  it('that was there from the first pane on began before it', () => {
    expect(shareJump(shares(0.5, 0.5, 0.5), 0.02)).toEqual({ atMs: null, before: 0.02, after: 0.5 })
  })

  it('is none where it grew', () => {
    expect(shareJump(shares(0.02, 0.1, 0.2, 0.3, 0.4, 0.5), 0.02)).toBe(null)
  })

  it('is none without panes, or without a change', () => {
    expect(shareJump([{ atMs: 0, hits: 0, of: 0 }], 0.1)).toBe(null)
    expect(shareJump(shares(0.1, 0.1), 0.1)).toBe(null)
  })
})

describe('a jump of traffic', () => {
  it('is where it fell to less than half between two panes, and stayed', () => {
    expect(volumeJump(counts(500, 510, 490, 505, 120, 118, 121))).toEqual({ atMs: 40, before: 502.5, after: 120 })
  })

  it('is seen where traffic stopped and where it doubled', () => {
    expect(volumeJump(counts(500, 510, 490, 0, 0))).toMatchObject({ after: 0 })
    expect(volumeJump(counts(500, 510, 490, 1_050, 1_020))).toMatchObject({ after: 1_035 })
  })

  it('is none while one pane alone differs: it may not be whole', () => {
    expect(volumeJump(counts(500, 510, 490, 505, 120))).toBe(null)
    expect(volumeJump(counts(500, 510, 60, 505, 512))).toBe(null)
    expect(volumeJump(counts(500, 510, 500, 60, 55, 505, 512, 498))).toBe(null)
  })

  it('is none in the first panes, of small counts, or in the swing of a day', () => {
    expect(volumeJump(counts(100, 500, 510, 505))).toBe(null)
    expect(volumeJump(counts(3, 1, 4, 9, 6, 8))).toBe(null)
    const draws = seeded(2)
    const day = Array.from({ length: 144 }, (_, i) => Math.round(500 * (1.2 + Math.sin((i / 144) * 2 * Math.PI)) + 20 * normal(draws)))
    expect(volumeJump(counts(...day))).toBe(null)
  })
})
