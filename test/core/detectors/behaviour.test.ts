import { describe, expect, it } from 'vitest'
import type { Detector } from '../../../src/core/detectors/detector.ts'
import { detectionScore, noteAlarm, startEvaluation } from '../../../src/core/detectors/evaluate.ts'
import { detectors, type DetectorName } from '../../../src/core/detectors/table.ts'
import { seeded, uniform } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { faultsOf } from '../plain-data.ts'

const [length, change, runs] = [4000, 2000, 60]

/** Alarms in 10,000 values without change that a detector's published defaults are known for, where it is more than one. */
const restless: Partial<Record<DetectorName, number>> = { eddm: 40, rddm: 4, stepd: 4 }

/** Streams of 60 whose change a detector may miss, where it is more than one: 30 values against 30 seldom tell .2 from .5 at KSWIN's level. */
const missable: Partial<Record<DetectorName, number>> = { kswin: 30 }


/** Each choice of each parameter, the others as given. */
const choicesOf = (detector: Detector) =>
  Object.entries(detector.params).flatMap(([name, param]) => (param.type === 'choice' ? param.choices.map((choice) => ({ [name]: choice })) : []))

/** Runs over 0/1 errors whose rate moves at `change`. */
function scores(name: DetectorName, from: number, to: number) {
  const detector: Detector = detectors[name]
  const params = resolveParams(detector)
  return Array.from({ length: runs }, (_, seed) => {
    const random = seeded(seed)
    const state = detector.init(params)
    const evaluation = startEvaluation([change])
    for (let i = 0; i < length; i++) {
      detector.update(state, uniform(random) < (i < change ? from : to) ? 1 : 0, params)
      if (state.alarmed) noteAlarm(evaluation, i)
    }
    return detectionScore(evaluation, length)
  })
}

describe('every detector, at its defaults', () => {
  for (const name of Object.keys(detectors) as DetectorName[]) {
    it(`${name} finds an error rate that goes from .2 to .5, soon and in all but ${missable[name] ?? 1} of ${runs} streams`, () => {
      const found = scores(name, 0.2, 0.5)
      expect(found.filter((score) => score.missed === 1).length).toBeLessThanOrEqual(missable[name] ?? 1)
      const delays = found.flatMap((score) => score.delay ?? []).sort((a, b) => a - b)
      expect(delays[Math.floor(delays.length / 2)]).toBeLessThan(300)
    })

    it(`${name} alarms at most ${restless[name] ?? 1} times in 10,000 values where the rate stays at .2`, () => {
      const alarms = scores(name, 0.2, 0.2).reduce((sum, score) => sum + score.falseAlarms + (score.missed === 0 ? 1 : 0), 0)
      expect(alarms / (runs * length)).toBeLessThan((restless[name] ?? 1) / 10_000)
    })

    it(`${name} reads finite numbers whatever finite numbers it is given, at every choice of its parameters`, () => {
      const detector: Detector = detectors[name]
      const extremes = [Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1e200, -1e154, 1e-200, 0, -0, 1]
      for (const set of [{}, ...choicesOf(detector)]) {
        const params = resolveParams(detector, set)
        const random = seeded(3)
        const state = detector.init(params)
        for (let i = 0; i < 2000; i++) {
          detector.update(state, extremes[Math.floor(uniform(random) * extremes.length)], params)
          if (i % 50 === 0) expect([...faultsOf(state), ...faultsOf(detector.read(state, params))], JSON.stringify(set)).toEqual([])
        }
      }
    })
  }
})
