import { describe, expect, it } from 'vitest'
import { estimatedOn } from '../../../../src/core/decide/performance/estimated.ts'
import { addBinary, createBinaryOutcomes, createRegressionOutcomes, scoreEdges, type BinaryOutcomes } from '../../../../src/core/metrics/outcomes.ts'
import { rocAuc } from '../../../../src/core/metrics/roc-auc.ts'
import { recall } from '../../../../src/core/metrics/recall.ts'
import { resolveParams } from '../../../../src/core/unit.ts'
import { seeded, uniform } from '../../../../src/core/random.ts'

const edges = scoreEdges(50)

/** n calibrated predictions whose scores follow `shape`, decided from `threshold` on; of the truths a share is flipped. */
function cohort(seed: number, n: number, { shape = (u: number) => u, threshold = 0.37, flipped = 0 } = {}): BinaryOutcomes {
  const draws = seeded(seed)
  const outcomes = createBinaryOutcomes(edges)
  for (let i = 0; i < n; i++) {
    const score = shape(uniform(draws))
    const truth = uniform(draws) < score
    addBinary(outcomes, truth !== uniform(draws) < flipped ? 1 : 0, score, score >= threshold ? 1 : 0)
  }
  return outcomes
}
const before = Array.from({ length: 8 }, (_, i) => cohort(i + 1, 1_000))
const estimateOf = (metric: string, recent: BinaryOutcomes) => {
  const estimated = estimatedOn(metric, recent, before)
  if ('refusal' in estimated) throw new Error(estimated.refusal)
  return estimated.reading
}

describe('performance as scores promise it', () => {
  it('is what labels say where scores mean what they meant, also on other scores, whatever the threshold', () => {
    for (const shape of [(u: number) => u, (u: number) => Math.sqrt(u), (u: number) => u * u]) {
      const recent = cohort(99, 4_000, { shape, threshold: 0.37 })
      for (const [metric, unit] of [['recall', recall], ['roc-auc', rocAuc]] as const) {
        const { value, interval } = estimateOf(metric, recent)
        const truth = unit.read(recent, resolveParams(unit)).value!
        expect(Math.abs(value! - truth)).toBeLessThan(0.03)
        expect(interval![0] <= truth && truth <= interval![1]).toBe(true)
      }
    }
  })

  it('stays where it was when labels turn against the scores: that gap is concept drift', () => {
    const recent = cohort(99, 4_000, { flipped: 0.2 })
    expect(recall.read(recent, resolveParams(recall)).value!).toBeLessThan(estimateOf('recall', recent).interval![0])
  })

  it('is refused with a reason', () => {
    const recent = cohort(99, 1_000)
    expect(estimatedOn('recall', createRegressionOutcomes(), before)).toMatchObject({ refusal: expect.stringContaining('binary') as string })
    expect(estimatedOn('recall', recent, [])).toMatchObject({ refusal: expect.stringContaining('no earlier mature labels') as string })
    expect(estimatedOn('recall', recent, [cohort(1, 40)])).toMatchObject({ refusal: expect.stringContaining('are needed') as string })
    expect(estimatedOn('log-loss', recent, before)).toMatchObject({ refusal: expect.stringContaining('none of the metrics') as string })
    const unruly = createBinaryOutcomes(edges)
    for (let i = 0; i < 1_000; i++) addBinary(unruly, i % 3 === 0 ? 1 : 0, i / 1_000, i % 3 === 0 ? 1 : 0)
    expect(estimatedOn('recall', unruly, before)).toMatchObject({ refusal: expect.stringContaining('do not follow a threshold') as string })
    expect(estimatedOn('roc-auc', unruly, before)).toHaveProperty('reading')
  })
})
