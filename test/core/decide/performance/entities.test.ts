import { describe, expect, it } from 'vitest'
import type { PaneReadings } from '../../../../src/core/decide/readings.ts'
import { panePart, readingsPart } from '../../../../src/core/decide/state.ts'
import { addMulticlass, createMulticlassOutcomes, type MulticlassOutcomes } from '../../../../src/core/metrics/class-outcomes.ts'
import { addClassEntity, addNumberEntity } from '../../../../src/core/metrics/entity-sums.ts'
import { addEntity, addRegression, createRegressionOutcomes, type BinaryOutcomes, type RegressionOutcomes } from '../../../../src/core/metrics/outcomes.ts'
import type { PaneCorrection, PaneSummary } from '../../../../src/core/panes/summary.ts'
import { candidateOf, decideTask, MINUTE, paneOf, policyOf, type Cells } from '../build.ts'

const cellNames = ['tp', 'fp', 'fn', 'tn'] as const

/** Names entities in a pane, each with `each` outcomes of one cell. */
function named(pane: PaneSummary, version: string, cells: Cells, each: number): PaneSummary {
  let entity = 0
  for (const [cell, name] of cellNames.entries()) {
    for (let i = 0; i < (cells[name] ?? 0); i++) addEntity(pane.versions[version].outcomes as BinaryOutcomes, (1 - (cell % 2)) as 0 | 1, cell < 2 ? 1 : 0, Math.floor((entity += 1) / each) % 256)
  }
  return pane
}

const readingsOf = (task: ReturnType<typeof decideTask>) => task.parts.get<PaneReadings>(readingsPart('fraud'))!.performance
const width = ([low, high]: readonly [number, number]) => high - low

describe('live metrics of outcomes that resemble each other by entity', () => {
  const cells = { tp: 400, fp: 100, fn: 100, tn: 400 }
  const metrics = ['accuracy', 'precision', 'recall', 'balanced-accuracy', 'mcc', 'kappa', 'business-value', 'roc-auc', 'brier']
  const run = (each: number | null) => {
    const pane = (nth: number) => paneOf(nth, { versions: { v1: cells } })
    return decideTask(policyOf({ performance: { metrics } })).send(...[0, 1].map((nth) => each === null ? pane(nth) : named(pane(nth), 'v1', cells, each)))
  }

  it('have wider intervals, in every window, and say by how much', () => {
    const [alone, clustered] = [readingsOf(run(null)), readingsOf(run(10))]
    for (const [i, { readings }] of clustered.entries()) {
      for (const metric of metrics) {
        expect(readings[metric].detail!.designEffect, `${metric} over window ${i}`).toBeGreaterThan(5)
        const widened = width(readings[metric].interval!) / width(alone[i].readings[metric].interval!)
        expect(widened, metric).toBeGreaterThan(1.2) // the error of bins, which n does not touch, is in some of them
        expect(widened, metric).toBeLessThan(1.1 * Math.sqrt(readings[metric].detail!.designEffect as number))
        expect(readings[metric].value).toBe(alone[i].readings[metric].value)
      }
    }
    expect(alone[0].readings.precision.detail).toBeUndefined()
  })

  it('are not held to roll back where so few entities prove nothing', () => {
    const policy = policyOf({ rollback: { watch: { performance: { metric: 'recall', maxDrop: 0.05, minLabels: 200 } } } })
    const [good, bad] = [{ tp: 160, fn: 40, tn: 50 }, { tp: 130, fn: 70, tn: 50 }]
    const rollbacks = (each: number | null) => {
      const task = decideTask(policy).send(paneOf(0, { versions: { v1: { acted: 500 } } }))
      task.candidate(candidateOf(), 11 * MINUTE)
      const pane = paneOf(6, { versions: { v1: { acted: 0, ...good }, v2: { acted: 500, ...bad } } })
      if (each !== null) for (const [version, given] of [['v1', good], ['v2', bad]] as const) named(pane, version, given, each)
      return task.send(pane).events('rollback').length
    }
    expect([rollbacks(null), rollbacks(20)]).toEqual([1, 0])
  })

  it('lose what a correction takes back', () => {
    const cell = { tp: 2 }
    const task = decideTask(policyOf({ performance: { metrics: ['recall'] } })).send(named(paneOf(0, { versions: { v1: cell } }), 'v1', cell, 1))
    const correction = { paneStart: 0, version: 'v1', cohort: 0, segments: [], score: 0.9, decision: 1, before: 1, after: 0 }
    task.send(paneOf(1, { versions: { v1: {} }, corrections: [{ ...correction, bucket: 2 }, correction] }))
    const { confusion, byEntity } = task.parts.get<PaneSummary>(panePart('fraud', 0))!.versions.v1.outcomes as BinaryOutcomes
    expect(Array.from(confusion)).toEqual([0, 2, 0, 0])
    expect([Array.from(byEntity!.subarray(4, 8)), Array.from(byEntity!.subarray(8, 12))]).toEqual([[1, 0, 0, 0], [0, 1, 0, 0]])
  })

  it('of several classes, or of numbers, lose it too', () => {
    const at = { paneStart: 0, version: 'v1', cohort: 0, segments: [], score: 3, decision: 0, before: 1, after: 5, bucket: 2 }
    const corrected = (outcomes: MulticlassOutcomes | RegressionOutcomes, more: Partial<PaneCorrection>) => {
      const pane = paneOf(0, { versions: { v1: {} } })
      Object.assign(pane.versions.v1, { outcomes, cohorts: {} })
      const task = decideTask(policyOf({ task: outcomes.kind })).send(pane, paneOf(1, { corrections: [{ ...at, ...more }] }))
      return Array.from(task.parts.get<PaneSummary>(panePart('fraud', 0))!.versions.v1.outcomes.byEntity!)
    }
    const numbers = createRegressionOutcomes()
    addRegression(numbers, 1, 3)
    addNumberEntity(numbers, 2, 2)
    expect(corrected(numbers, {}).slice(8, 12)).toEqual([1, -2, 2, 4])
    const classed = createMulticlassOutcomes(3, ['cat', 'dog'])
    addMulticlass(classed, { truth: 0, prediction: 0, truthScore: -1, scores: new Float64Array(3), scoresAt: 0 })
    addClassEntity(classed, true, 2)
    const classes = { decision: 'cat', before: { name: 'cat', isRight: true, score: -1 }, after: { name: 'dog', isRight: false, score: -1 }, names: [], scores: new Float64Array(0) }
    expect(corrected(classed, { before: NaN, after: NaN, classes }).slice(4, 6)).toEqual([1, 0])
  })
})
