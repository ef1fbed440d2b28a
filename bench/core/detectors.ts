import { adwin } from '../../src/core/detectors/adwin.ts'
import type { Detector } from '../../src/core/detectors/detector.ts'
import { detectors, type DetectorName } from '../../src/core/detectors/table.ts'
import { seeded, uniform } from '../../src/core/random.ts'
import { resolveParams } from '../../src/core/unit.ts'
import { whenStarted, type Task } from './per-record.ts'

const records = 10_000
const random = seeded(1)
const errors = (rate: number) => Float64Array.from({ length: records }, () => Number(uniform(random) < rate))
const [steady, changed] = [errors(0.2), errors(0.5)]

function adwinTask(name: string, streams: readonly Float64Array[]): Task {
  const params = resolveParams(adwin)
  const state = adwin.init(params)
  let turn = 0
  return {
    name, records, unit: 'adwin',
    run() {
      const stream = streams[turn++ % streams.length]
      for (let i = 0; i < records; i++) adwin.update(state, stream[i], params)
    },
  }
}

/** Its defaults, on errors at a steady rate. */
function defaultTask(name: DetectorName): Task {
  const detector: Detector = detectors[name]
  const params = resolveParams(detector)
  const state = detector.init(params)
  return {
    name: `${name}, 0/1`, records, unit: name,
    run() {
      for (let i = 0; i < records; i++) detector.update(state, steady[i], params)
    },
  }
}

const others = (Object.keys(detectors) as DetectorName[]).filter((name) => name !== 'adwin')

export const tasks: readonly Task[] = [
  adwinTask('adwin, 0/1, one ever longer window', [steady]),
  adwinTask('adwin, 0/1, a change every 10,000', [steady, changed]),
  ...others.map((name) => defaultTask(name)),
]

await whenStarted(import.meta.url, tasks)
