import { describe, expect, it } from 'vitest'
import { cbpe } from '../../../src/core/estimation/cbpe.ts'
import { freezeCalibration, thawCalibration } from '../../../src/core/estimation/frozen.ts'
import { seeded } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { binaryRows, logistic } from './worlds.ts'

const params = resolveParams(cbpe)
const overconfident = (p: number) => logistic(2.5 * Math.log(p / (1 - p)))

describe('a calibration that was kept as plain lists', () => {
  it.each([['identity', (p: number) => p], ['isotonic', overconfident]] as const)('estimates and refuses as it did (%s)', (kind, warp) => {
    const fit = cbpe.fit(binaryRows(seeded(3), 4_000, { warp }), params)
    const kept = JSON.parse(JSON.stringify(freezeCalibration(fit))) as ReturnType<typeof freezeCalibration>
    expect(kept.calibrator).toBe(kind)
    const counts = cbpe.init(fit)
    for (const row of binaryRows(seeded(4), 1_000, { warp, mean: 0.5 })) cbpe.update(counts, row, fit)
    const { readings, refusals, confusion } = cbpe.read(counts, thawCalibration(kept, fit.scoreEdges), params)
    expect({ readings, refusals, confusion }).toEqual((({ readings, refusals, confusion }) => ({ readings, refusals, confusion }))(cbpe.read(counts, fit, params)))
    expect(readings.recall.value).not.toBeNull()
  })

  it('stays refused where held-out rows could not tell', () => {
    const few = cbpe.fit(binaryRows(seeded(3), 60), params)
    const kept = { ...freezeCalibration(few), positives: 100, negatives: 100, errorAfter: null }
    expect(cbpe.read(cbpe.init(few), thawCalibration(kept, few.scoreEdges), params).refusals[0]).toContain('cannot be judged on held-out reference rows')
  })
})
