import { logistic } from '../../src/core/learners/logistic.ts'
import { normal, seeded, uniform } from '../../src/core/random.ts'
import { resolveParams } from '../../src/core/unit.ts'
import { whenStarted, type Task } from './per-record.ts'

const records = 2_000
const params = resolveParams(logistic)

function rows(features: number): { x: Float64Array; y: 0 | 1 }[] {
  const random = seeded(features)
  return Array.from({ length: records }, () => {
    const x = Float64Array.from({ length: features }, () => normal(random))
    return { x, y: uniform(random) < 1 / (1 + Math.exp(-x[0])) ? 1 : 0 }
  })
}

function task(features: number): Task {
  const data = rows(features)
  const state = logistic.init(params)
  return {
    name: `logistic, ${features} features: predict, note and learn`, records, unit: 'logistic',
    run() {
      for (const { x, y } of data) {
        logistic.note(state, logistic.predict(state, x), y)
        logistic.learn(state, x, y, params)
      }
    },
  }
}

export const tasks: readonly Task[] = [task(8), task(12), task(50)]

await whenStarted(import.meta.url, tasks)
