import { cbpe } from '../../src/core/estimation/cbpe.ts'
import { cbpeMulticlass } from '../../src/core/estimation/cbpe-multiclass.ts'
import { dle } from '../../src/core/estimation/dle.ts'
import type { Estimates, Estimator } from '../../src/core/estimation/estimator.ts'
import { normal, seeded, uniform } from '../../src/core/random.ts'
import { resolveParams, type ParamSpecs } from '../../src/core/unit.ts'
import { whenStarted, type Task } from './per-record.ts'

const records = 2_000
const random = seeded(6)
const times = <T>(row: () => T): T[] => Array.from({ length: records }, row)

const binaryRow = () => {
  const score = uniform(random)
  return { score, decision: score >= 0.5 ? 1 : 0, y: uniform(random) < score ? 1 : 0 } as const
}
const classRow = () => {
  const [a, b, c] = [uniform(random), uniform(random), uniform(random)].map((share) => share ** 3)
  const [scores, draw] = [{ a: a / (a + b + c), b: b / (a + b + c), c: c / (a + b + c) }, uniform(random)]
  return { scores, y: draw < scores.a ? 'a' : draw < scores.a + scores.b ? 'b' : 'c' }
}
/** Ten features; the spread of the truth grows with the first. */
const lossRow = () => {
  const x = Object.fromEntries(Array.from({ length: 10 }, (_, i) => [`f${i}`, normal(random)]))
  return { x, prediction: x.f1, y: x.f1 + normal(random) * (0.2 + Math.abs(x.f0)) }
}

/** What each estimator says of as many rows as it learnt from; its tasks time how it comes to that. */
export const estimates: Record<string, Estimates> = {}

function tasksOf<Specs extends ParamSpecs, Row, Labelled, Fit, State>(unit: Estimator<Specs, Row, Labelled, Fit, State>, row: () => Row & Labelled): Task[] {
  const [reference, current, params] = [times(row), times(row), resolveParams(unit)]
  const fit = unit.fit(reference, params)
  const state = unit.init(fit)
  for (const each of current) unit.update(state, each, fit)
  estimates[unit.name] = unit.read(state, fit, params)
  const scratch = unit.init(fit)
  return [
    { name: `${unit.name}, fit, a row of the reference`, records, unit: unit.name, run: () => { unit.fit(reference, params) } },
    { name: `${unit.name}, a row`, records, unit: unit.name, run: () => { for (const each of current) unit.update(scratch, each, fit) } },
    { name: `${unit.name}, read`, records: 1, unit: unit.name, run: () => { unit.read(state, fit, params) } },
  ]
}

export const tasks: readonly Task[] = [...tasksOf(cbpe, binaryRow), ...tasksOf(cbpeMulticlass, classRow), ...tasksOf(dle, lossRow)]

await whenStarted(import.meta.url, tasks)
