/** Every detector of the program and its rivals, each with the one parameter that trades delay for false alarms. */
import type { Detector } from '../../src/core/detectors/detector.ts'
import { detectors, type DetectorName } from '../../src/core/detectors/table.ts'
import { eDetector, ratioCusum } from './rivals.ts'

/** How sensitivity is set: `loud` alarms most often. Steps are even in the logarithm, or in the value where it is so said. */
export interface Dial {
  param: string
  loud: number
  quiet: number
  even?: 'value'
  whole?: true
}

export interface Contender {
  name: string
  detector: Detector
  dial: Dial
  isRival: boolean
  /** parameters beside the dial; a rival that is told rates gets them here */
  given(before: number, after: number): Record<string, number>
  about: string
}

const dials: Readonly<Record<DetectorName, Dial>> = {
  'adwin': { param: 'delta', loud: 1, quiet: 1e-12 },
  'page-hinkley': { param: 'threshold', loud: 1, quiet: 1_000 },
  'cusum': { param: 'threshold', loud: 1, quiet: 1_000 },
  'ddm': { param: 'driftThreshold', loud: 1, quiet: 12 },
  'eddm': { param: 'beta', loud: 0.99, quiet: 0.2, even: 'value' },
  'rddm': { param: 'driftLevel', loud: 1, quiet: 12 },
  'hddm-a': { param: 'driftConfidence', loud: 0.5, quiet: 1e-15 },
  'hddm-w': { param: 'driftConfidence', loud: 0.5, quiet: 1e-15 },
  'fhddm': { param: 'confidenceLevel', loud: 0.5, quiet: 1e-30 },
  'kswin': { param: 'alpha', loud: 1, quiet: 1e-12 },
  'stepd': { param: 'alphaDrift', loud: 0.5, quiet: 1e-12 },
  'ewma': { param: 'averageRunLength', loud: 100, quiet: 1_000_000, whole: true },
}

const ours: readonly Contender[] = (Object.keys(dials) as DetectorName[]).map((name) => ({
  name, detector: detectors[name] as Detector, dial: dials[name], isRival: false, given: () => ({}), about: (detectors[name] as Detector).summary,
}))

/** labels that a rival learns the rate before from */
export const learntFrom = 1_000

const cusumDial: Dial = { param: 'threshold', loud: 0.5, quiet: 40 }
const eDial: Dial = { param: 'runLength', loud: 20, quiet: 1e8 }

const rivals: readonly Contender[] = [
  {
    name: 'CUSUM, told both rates', detector: ratioCusum as Detector, dial: cusumDial, isRival: true, given: (before, after) => ({ before, rise: after - before }),
    about: 'the optimum: nothing that does not know both rates can be expected to match it',
  },
  {
    name: 'CUSUM', detector: ratioCusum as Detector, dial: cusumDial, isRival: true, given: () => ({ learn: learntFrom, rise: 0.1 }),
    about: `learns the rate from ${learntFrom} labels, tuned for a rise of 10 points`,
  },
  {
    name: 'e-detector, told the rate', detector: eDetector as Detector, dial: eDial, isRival: true, given: (before) => ({ before }),
    about: 'Shiryaev–Roberts over four sizes of rise, told the rate before',
  },
  {
    name: 'e-detector', detector: eDetector as Detector, dial: eDial, isRival: true, given: () => ({ learn: learntFrom }),
    about: `the same, learns the rate from ${learntFrom} labels`,
  },
]

export const contenders: readonly Contender[] = [...ours, ...rivals]
