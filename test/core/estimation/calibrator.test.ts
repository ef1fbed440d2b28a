import { describe, expect, it } from 'vitest'
import { calibrate, calibrated, calibrationRefusals, type Calibration } from '../../../src/core/estimation/calibrator.ts'
import { cbpe } from '../../../src/core/estimation/cbpe.ts'
import { countLabelled } from '../../../src/core/estimation/labelled-counts.ts'
import { referenceScoreEdges } from '../../../src/core/estimation/score-counts.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { throughBytes } from '../plain-data.ts'
import { binaryRows, logistic, share, type BinaryDraw } from './worlds.ts'

const params = resolveParams(cbpe)
const fit = (rows: readonly BinaryDraw[], settings = params): Calibration => {
  const scores = Float64Array.from(rows, ({ score }) => score)
  return calibrate(countLabelled(scores, rows.map(({ y }) => y), referenceScoreEdges(scores, settings.bins), settings), settings)
}
const overconfident = (p: number) => logistic(2.5 * Math.log(p / (1 - p)))

describe('the calibrator', () => {
  it('leaves a score alone that is calibrated, in nearly every world', () => {
    const identity = share(30, (random) => fit(binaryRows(random, 2_000)).calibrator.kind === 'identity')
    expect(identity).toBeGreaterThanOrEqual(0.9)
  })

  it('repairs a score that is not, and shows by how much on rows it did not learn from', () => {
    const { calibrator, eceBefore, eceAfter } = fit(binaryRows(seeded(3), 4_000, { warp: overconfident }))
    expect(calibrator.kind).toBe('isotonic')
    expect(eceBefore.value!).toBeGreaterThan(eceBefore.noiseFloor! * 2)
    expect(eceAfter.value!).toBeLessThan(eceAfter.noiseFloor!)
    expect([eceBefore.n, eceAfter.n]).toEqual([4_000, 4_000])
    expect(eceAfter.interval![0]).toBeLessThan(eceAfter.value!)
    for (const p of [0.1, 0.3, 0.5, 0.7]) expect(Math.abs(calibrated(calibrator, overconfident(p)) - p)).toBeLessThan(0.06)
  })

  it('rises, in steps whose edges are score edges', () => {
    const { calibrator, scoreEdges } = fit(binaryRows(seeded(5), 3_000, { warp: (p) => p * p }))
    expect(calibrator.values).toHaveLength(calibrator.edges.length + 1)
    expect(Array.from(calibrator.values)).toEqual(Array.from(calibrator.values).sort((a, b) => a - b))
    expect(Array.from(calibrator.edges).every((edge) => scoreEdges.includes(edge))).toBe(true)
    expect(calibrator.variances.every((variance) => variance > 0)).toBe(true)
  })

  it('is the same for the same rows, another for another seed, and plain data', () => {
    const rows = binaryRows(seeded(7), 1_000, { warp: overconfident })
    expect(fit(rows)).toStrictEqual(fit(rows))
    expect(throughBytes(fit(rows))).toStrictEqual(fit(rows))
    expect(fit(rows, { ...params, seed: 2 }).eceBefore.value).not.toBe(fit(rows).eceBefore.value)
  })

  it('is refused where the truth does not rise with the score', () => {
    const random = seeded(11)
    const rows = Array.from({ length: 4_000 }, (): BinaryDraw => {
      const x = normal(random)
      return { score: logistic(x), decision: 1, y: uniform(random) < logistic(x * x * 2 - 2) ? 1 : 0 }
    })
    const calibration = fit(rows)
    expect(calibrationRefusals(calibration, params).join()).toMatch(/stays miscalibrated on held-out reference rows by \d+ %/)
    expect(calibrationRefusals(calibration, { ...params, miscalibrationMax: 1 })).toEqual([])
  })

  it('is refused without enough rows of a class', () => {
    expect(calibrationRefusals(fit(binaryRows(seeded(13), 60)), params)[0]).toMatch(/holds \d+ positives and \d+ negatives, and 50 of each are needed/)
    expect(calibrationRefusals(fit([]), params)).toHaveLength(1)
    expect(calibrationRefusals(fit([]), { ...params, nMinReference: 0 })[0]).toMatch('cannot be judged')
  })
})
