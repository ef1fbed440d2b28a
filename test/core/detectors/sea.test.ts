import { describe, expect, it } from 'vitest'
import type { Detector } from '../../../src/core/detectors/detector.ts'
import { detectionRates, detectionScore, errorDivergence, lordenBound, noteAlarm, startEvaluation } from '../../../src/core/detectors/evaluate.ts'
import { detectors, type DetectorName } from '../../../src/core/detectors/table.ts'
import { seeded, uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'

const [conceptLength, noise, seeds] = [12_500, 0.1, 3]
const thresholds = [8, 9, 7, 9.5]
const n = conceptLength * thresholds.length
const changes = thresholds.slice(1).map((_, i) => (i + 1) * conceptLength)
/** Share of errors of a model that holds the concept before to be current: noise, and what lies between the two lines x1 + x2 = θ. */
const errorRates = thresholds.slice(1).map((theta, i) => noise + ((1 - 2 * noise) * Math.abs(theta ** 2 - thresholds[i] ** 2)) / 200)

/** SEA (Street & Kim 2001): x ~ U(0, 10)³, y = x1 + x2 ≤ θ, a tenth of the labels flipped; the model knows its concept and is replaced at each alarm. */
function run(name: DetectorName, seed: number) {
  const detector: Detector = detectors[name]
  const params = resolveParams(detector)
  const state = detector.init(params)
  const random = seeded(seed)
  const evaluation = startEvaluation(changes)
  let model = thresholds[0]
  for (let i = 0; i < n; i++) {
    const theta = thresholds[Math.floor(i / conceptLength)]
    const [x1, x2] = [10 * uniform(random), 10 * uniform(random), 10 * uniform(random)]
    const label = (x1 + x2 <= theta) !== (uniform(random) < noise)
    detector.update(state, (x1 + x2 <= model) === label ? 0 : 1, params)
    if (!state.alarmed) continue
    noteAlarm(evaluation, i)
    model = theta
  }
  return detectionScore(evaluation, n)
}

/** Of 9 changes in 3 streams, how many are found at least and how many alarms are false at most, at the published defaults. */
const expected: Record<DetectorName, { found: number; falseAlarms: number }> = {
  'adwin': { found: 9, falseAlarms: 0 },
  'page-hinkley': { found: 9, falseAlarms: 0 },
  'cusum': { found: 9, falseAlarms: 0 },
  'ddm': { found: 7, falseAlarms: 15 },
  'eddm': { found: 9, falseAlarms: 200 },
  'rddm': { found: 9, falseAlarms: 15 },
  'hddm-a': { found: 9, falseAlarms: 0 },
  'hddm-w': { found: 4, falseAlarms: 0 },
  'fhddm': { found: 9, falseAlarms: 0 },
  // 30 values against 30 need an error rate some .4 higher at its level
  'kswin': { found: 0, falseAlarms: 0 },
  'stepd': { found: 9, falseAlarms: 55 },
  'ewma': { found: 8, falseAlarms: 20 },
}

describe('the change points of SEA', () => {
  it('are expected of every detector there is', () => expect(Object.keys(expected)).toEqual(Object.keys(detectors)))

  for (const [name, { found, falseAlarms }] of Object.entries(expected) as [DetectorName, { found: number; falseAlarms: number }][]) {
    it(`are found at least ${found} times of ${changes.length * seeds} by ${name}, with at most ${falseAlarms} false alarms in ${seeds * n} values`, () => {
      const scores = Array.from({ length: seeds }, (_, seed) => run(name, seed))
      expect(scores.reduce((sum, score) => sum + score.changes - score.missed, 0)).toBeGreaterThanOrEqual(found)
      expect(scores.reduce((sum, score) => sum + score.falseAlarms, 0)).toBeLessThanOrEqual(falseAlarms)
    })
  }

  for (const name of ['adwin', 'page-hinkley'] as const) {
    it(`are found by ${name} within twice Lorden's bound for a false alarm in all that was seen`, () => {
      const scores = Array.from({ length: seeds }, (_, seed) => run(name, seed))
      changes.forEach((_, i) => {
        const delay = scores.reduce((sum, { delays }) => sum + delays[i]!, 0) / seeds
        const bound = lordenBound(seeds * n, errorDivergence(noise, errorRates[i]))
        expect(delay / bound).toBeGreaterThan(0.5)
        expect(delay / bound).toBeLessThan(2)
      })
    })
  }

  it('rank the EWMA chart and EDDM by mean time ratio as their false alarms and delays do', () => {
    const ratio = (name: DetectorName) => detectionRates(run(name, 0), n).meanTimeRatio!
    expect(ratio('ewma')).toBeGreaterThan(10 * ratio('eddm'))
  })
})
