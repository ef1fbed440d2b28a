import { describe, expect, it } from 'vitest'
import { detectionRates, detectionScore, errorDivergence, lordenBound, noteAlarm, startEvaluation } from '../../../src/core/detectors/evaluate.ts'
import { seeded, uniform } from '../../../src/core/random.ts'

const score = (alarms: number[], changes: number[], n = 1000) => {
  const evaluation = startEvaluation(changes)
  for (const alarm of alarms) noteAlarm(evaluation, alarm)
  return detectionScore(evaluation, n)
}

describe('alarms held against known change points', () => {
  it('count the first after each change as its detection and the others as false', () => {
    expect(score([50, 110, 130, 320], [100, 200, 300])).toEqual({ changes: 3, delays: [10, null, 20], delay: 15, missed: 1, falseAlarms: 2 })
  })

  it('have delay 0 when the first changed value alarms', () => expect(score([100], [100])).toMatchObject({ delay: 0, missed: 0, falseAlarms: 0 }))

  it('have no delay when everything was missed', () => expect(score([], [100])).toMatchObject({ delay: null, missed: 1, falseAlarms: 0 }))

  it('are all false when nothing changed', () => expect(score([1, 2], [])).toEqual({ changes: 0, delays: [], delay: null, missed: 0, falseAlarms: 2 }))

  it('need change points that ascend, and lie within the stream', () => {
    expect(() => startEvaluation([5, 5])).toThrow('change point 2 is 5')
    expect(() => startEvaluation([1.5])).toThrow('ascending')
    expect(() => score([], [1000])).toThrow('change point 1000 lies beyond the 1000 values given')
  })
})

describe('the rates of a score', () => {
  it('are the missed share, the values a false alarm, and their quotient by the delay', () => {
    const rates = detectionRates(score([50, 110, 130, 320], [100, 200, 300]), 1000)
    expect(rates).toEqual({ missedRate: 1 / 3, runLength: 500, meanTimeRatio: expect.closeTo((500 / 15) * (2 / 3), 12) })
  })

  it('are unknown where nothing changed, nothing was found, nothing was false, or nothing was delayed', () => {
    expect(detectionRates(score([1, 2], []), 1000)).toEqual({ missedRate: null, runLength: 500, meanTimeRatio: null })
    expect(detectionRates(score([50], [100]), 1000)).toEqual({ missedRate: 1, runLength: 1000, meanTimeRatio: null })
    expect(detectionRates(score([110], [100]), 1000)).toEqual({ missedRate: 0, runLength: null, meanTimeRatio: null })
    expect(detectionRates(score([50, 100], [100]), 1000).meanTimeRatio).toBeNull()
  })
})

describe("Lorden's bound", () => {
  it('is the log of the run length over the divergence of the errors', () => {
    expect(errorDivergence(0.1, 0.3)).toBeCloseTo(0.3 * Math.log(3) + 0.7 * Math.log(7 / 9), 12)
    expect(errorDivergence(0.2, 0.2)).toBe(0)
    expect(lordenBound(1000, errorDivergence(0.1, 0.3))).toBeCloseTo(44.92, 1)
  })

  it('is what a CUSUM that knows both rates needs, within a factor of 1.5', () => {
    const [before, after, threshold, runs] = [0.1, 0.3, Math.log(1000), 400]
    const random = seeded(1)
    const timeAt = (rate: number) => {
      let [sum, n] = [0, 0]
      while (sum < threshold) {
        sum = Math.max(0, sum + (uniform(random) < rate ? Math.log(after / before) : Math.log((1 - after) / (1 - before))))
        n += 1
      }
      return n
    }
    const mean = (rate: number) => Array.from({ length: runs }, () => timeAt(rate)).reduce((a, b) => a + b, 0) / runs
    const ratio = mean(after) / lordenBound(mean(before), errorDivergence(before, after))
    expect(ratio).toBeGreaterThan(1 / 1.5)
    expect(ratio).toBeLessThan(1.5)
  })
})
