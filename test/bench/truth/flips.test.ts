import { describe, expect, it } from 'vitest'
import { ratioCusum } from '../../../bench/choosing/rivals.ts'
import { runLength, runLengthOf } from '../../../bench/choosing/run-length.ts'
import { flipTable } from '../../../bench/truth/flips-report.ts'
import { cusumThreshold } from '../../../bench/truth/flips-run-length.ts'
import { flipJobs, runFlips } from '../../../bench/truth/flips.ts'

describe('the threshold of a CUSUM', () => {
  it('gives the run length that it was asked for, as simulation finds it where it can', () => {
    const threshold = cusumThreshold(0.1, 0.26, 5_000)
    const found = runLengthOf(runLength(ratioCusum as never, { before: 0.1, rise: 0.16, threshold }, 0.1, 1_000_000, 3))
    expect(found / 5_000).toBeGreaterThan(0.8)
    expect(found / 5_000).toBeLessThan(1.3)
    expect(cusumThreshold(0.1, 0.26, 5e9) - threshold).toBeCloseTo(Math.log(1e6), 9)
  })
})

describe('a fifth of the labels flipped', () => {
  const results = flipJobs(8, 1, [0.1]).map(runFlips)
  const own = (isLate: boolean, isStationary: boolean, form?: string) =>
    results.filter(({ job: { flip } }) => flip.isLate === isLate && flip.isStationary === isStationary && flip.form === form).flatMap(({ tallies }) => tallies)

  it('is found within a thousand labels by the detector of the default policy, at its share of ten years, without a false alarm', () => {
    const { labels, hours, falseAlarms, calmLabels } = own(false, false).find(({ name }) => name === 'adwin by class, confirmed')!
    expect(labels).toHaveLength(8)
    labels.forEach((count, i) => {
      expect(count).toBeLessThanOrEqual(1_000)
      expect(hours[i]! * 120).toBeCloseTo(count!, 6)
    })
    expect([falseAlarms, calmLabels]).toEqual([0, 80_000])
  })

  it('takes longer where labels come late, and is not seen where there is none', () => {
    const median = (isLate: boolean): number => own(isLate, false)[0].labels.map(Number).sort((a, b) => a - b)[4]
    expect(median(true)).toBeGreaterThan(2 * median(false))
    for (const { name, labels, falseAlarms, calmLabels } of own(false, true)) {
      expect(labels).toEqual([])
      expect(calmLabels).toBe(3 * 18_000)
      if (!name.startsWith('e-detector') && name !== 'CUSUM') expect(falseAlarms).toBe(0)
    }
  })

  it('is found as soon by class as in one stream where half are positive, and where hardly any are', () => {
    const medianOf = (labels: readonly (number | null)[]): number => labels.map(Number).sort((a, b) => a - b)[4]
    for (const form of ['rare', 'even']) {
      const [byClass, pooled] = own(false, false, form)
      expect([byClass.name, pooled.name]).toEqual(['adwin by class, confirmed', 'adwin pooled, confirmed'])
      expect(medianOf(byClass.labels)).toBeLessThanOrEqual(1.25 * medianOf(pooled.labels))
      expect(own(false, true, form)[0].falseAlarms).toBe(0)
    }
  })

  it('makes a row a rule', () => {
    const table = flipTable(results)
    expect(table.match(/^\| 0\.1 \| 2\d\d \| adwin by class, confirmed \| 100 % \|/m)).not.toBeNull()
    expect(table.match(/^\| split: .* \| 0\.066 \| {2}\| adwin by class, confirmed \|/m)).not.toBeNull()
    expect(table.split('\n').filter((line) => line.startsWith('| '))).toHaveLength(2 + 7 + 2 + 4 * 7)
    expect(flipTable([])).toBe('')
  })
})

describe('classes that err differently and whose labels come late in their own time, with traffic that swings', () => {
  const [job] = flipJobs(48, 1, [0.1]).filter(({ flip }) => flip.form === 'split' && flip.isStationary)
  const { tallies } = runFlips(job)

  it('make one stream of all errors cry wolf, and streams by class not', () => {
    const of = (name: string) => tallies.find((tally) => tally.name === name)!.falseAlarms
    expect(of('adwin pooled, confirmed')).toBeGreaterThan(1)
    expect(of('adwin by class, confirmed')).toBe(0)
  })
})
