import { adwin } from '../../src/core/detectors/adwin.ts'
import { pageHinkley } from '../../src/core/detectors/page-hinkley.ts'
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
    name, records,
    run() {
      const stream = streams[turn++ % streams.length]
      for (let i = 0; i < records; i++) adwin.update(state, stream[i], params)
    },
  }
}

function pageHinkleyTask(): Task {
  const params = resolveParams(pageHinkley)
  const state = pageHinkley.init(params)
  return {
    name: 'page-hinkley, 0/1', records,
    run() {
      for (let i = 0; i < records; i++) pageHinkley.update(state, steady[i], params)
    },
  }
}

export const tasks: readonly Task[] = [
  adwinTask('adwin, 0/1, one ever longer window', [steady]),
  adwinTask('adwin, 0/1, a change every 10,000', [steady, changed]),
  pageHinkleyTask(),
]

await whenStarted(import.meta.url, tasks)
