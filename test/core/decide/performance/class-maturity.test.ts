import { describe, expect, it } from 'vitest'
import { arrivedByClass, completedClasses, curvesOfClasses } from '../../../../src/core/decide/performance/class-maturity.ts'
import type { CohortRow } from '../../../../src/core/decide/performance/cohorts.ts'
import type { MaturityView } from '../../../../src/core/decide/performance/maturity.ts'
import { cohortPart } from '../../../../src/core/decide/state.ts'
import type { Cohort } from '../../../../src/core/decide/performance/cohort.ts'
import { ageEdges, createArrivals, type Arrivals } from '../../../../src/core/maturity/arrivals.ts'
import { addMulticlass, createMulticlassOutcomes, type MulticlassOutcomes } from '../../../../src/core/metrics/class-outcomes.ts'
import { readMetric } from '../../../../src/core/metrics/metric.ts'
import { metrics } from '../../../../src/core/metrics/table.ts'
import { seeded, uniform } from '../../../../src/core/random.ts'
import { holds } from '../../estimation/worlds.ts'
import { decideTask, HOUR, paneOf, policyOf } from '../build.ts'

const classes = ['cat', 'dog', 'eel']
const policy = policyOf({
  task: 'multiclass', multiclass: { classes: null, classesMax: 5 }, performance: { metrics: ['macro-f1', 'accuracy', 'log-loss'] },
  time: { paneMs: HOUR, cohortMs: HOUR, windows: [1, 6], labelHorizonMs: 10 * HOUR, correctionHorizonMs: 0 },
} as never)

interface Labelled { hour: number; at: number; truth: number; decision: number; scores: Float64Array }

/** Hourly predictions; labels come in the hour itself, but those of dogs three to eight hours later. Dogs are decided badly. `tied`: sure ones come first. */
function labelled(hours: number, tied = false): Labelled[] {
  const random = seeded(3)
  return Array.from({ length: hours * 200 }, (_, i) => {
    const hour = Math.floor(i / 200)
    const truth = Math.floor(uniform(random) * 3)
    const decision = uniform(random) < (truth === 1 ? 0.5 : 0.9) ? truth : (truth + 1) % 3
    const sure = uniform(random)
    const scores = new Float64Array(5).fill(0, 0, 3)
    scores[decision] = 0.6 + 0.4 * sure
    scores[(decision + 1) % 3] = 0.4 - 0.4 * sure
    return { hour, truth, decision, scores, at: hour + (truth !== 1 ? 0 : 3 + Math.floor((tied ? 1 - scores[1] : uniform(random)) * 5.99)) }
  })
}

const add = (outcomes: MulticlassOutcomes, { truth, decision, scores }: Labelled) =>
  addMulticlass(outcomes, { truth, prediction: decision, truthScore: scores[truth], scores, scoresAt: 0 })

function run(hours: number, tied = false, older: readonly number[] = []) {
  const rows = labelled(hours, tied)
  const task = decideTask(policy)
  for (let hour = 0; hour < hours; hour++) {
    const pane = paneOf(6 * hour, { versions: { v1: { predictions: 200 } } })
    const [all, cohorts] = [createMulticlassOutcomes(5, classes), {} as Record<string, MulticlassOutcomes>]
    for (const row of rows.filter(({ at }) => at === hour)) {
      add(all, row)
      add(cohorts[row.hour * HOUR] ??= createMulticlassOutcomes(5, classes), row)
    }
    Object.assign(pane.versions.v1, { outcomes: all, cohorts })
    task.send({ ...pane, endMs: pane.startMs + HOUR })
    if (older.includes(hour)) asOlder(task, hour)
  }
  return { rows, ...(task.view() as unknown as { maturity: MaturityView; cohorts: CohortRow[] }) }
}

/** What came of the cohort so far was counted without classes. */
function asOlder(task: ReturnType<typeof decideTask>, hour: number): void {
  const cohort = task.parts.get<Cohort>(cohortPart('fraud', hour * HOUR))!
  const arrivals = cohort.versions.v1.arrivals!
  const [first] = Object.values(arrivals.classes)
  arrivals.classes = { value: first }
  task.parts.touch(cohortPart('fraud', hour * HOUR))
}

describe('labels of several classes that come at different times', () => {
  it('have an arrival curve a class', () => {
    const { maturity } = run(30)
    expect(maturity.refusal).toBeNull()
    expect(Object.keys(maturity.arrival)).toEqual(classes)
    expect(maturity.arrival.cat.ninetyMs).toBeLessThanOrEqual(HOUR)
    expect(maturity.arrival.dog.medianMs).toBeGreaterThan(5 * HOUR)
    expect(maturity.labelledShare).toBe(1)
  })

  it('weigh what came of cohorts that wait: nearer to what it comes to than what came so far', () => {
    const { maturity: { waiting }, cohorts, rows } = run(30)
    const whole = createMulticlassOutcomes(5, classes)
    for (const row of rows) add(whole, row)
    const truth = readMetric(metrics.accuracy, whole).value!
    expect(waiting!.soFar.accuracy.value! - truth).toBeGreaterThan(0.03) // dogs are decided badly, and come last
    expect(Math.abs(waiting!.expected.accuracy.value! - truth)).toBeLessThan(waiting!.soFar.accuracy.value! - truth)
    expect(holds(waiting!.expected.accuracy, truth)).toBe(true)
    expect(holds(waiting!.expected['macro-f1'], readMetric(metrics['macro-f1'], whole).value!)).toBe(true)
    expect(waiting!.tooYoung).toBeGreaterThan(0)
    const young = cohorts.find(({ startMs }) => startMs === 23 * HOUR)!
    expect(Object.keys(young.expected!)).toEqual(['macro-f1', 'accuracy']) // log-loss is of no matrix
    expect(Math.abs(young.expected!.accuracy! - truth)).toBeLessThan(Math.abs(young.completed.accuracy! - truth))
  })

  it('are not weighted where delay depends on the score', () => {
    const { maturity, cohorts } = run(30, true)
    expect(maturity.refusal).toMatch(/^Among labels of class 'dog' delay depends on the score/)
    expect(maturity.waiting).toBeNull()
    expect(cohorts.find(({ startMs }) => startMs === 23 * HOUR)!.expected).toBeNull()
  })

  it('say nothing before a cohort is past the horizon, nor of what an older program counted without classes', () => {
    expect(run(5).maturity.refusal).toBe('No cohort is past the label horizon yet: when labels come is not known.')
    const hours = Array.from({ length: 14 }, (_, i) => i)
    expect(run(14, false, hours).maturity.refusal).toBe('No label of a cohort past the label horizon was counted by class yet: when they come is not known.')
    const { maturity } = run(30, false, hours)
    expect([maturity.refusal, maturity.arrival.cat.n]).toEqual([null, expect.any(Number)])
    expect(maturity.arrival.cat.n).toBeLessThan(30 * 67 - 14 * 50)
  })
})

describe('curves of classes', () => {
  const edges = ageEdges(HOUR, 10 * HOUR)
  /** so many scored labels of each class in the first hours */
  const arrivalsOf = (given: Record<string, number>): Arrivals => {
    const arrivals = createArrivals(edges)
    for (const [name, n] of Object.entries(given)) {
      const counts = new Float64Array(edges.length)
      counts.fill(n / 4, 0, 4)
      arrivals.classes[name] = { counts, scored: counts.slice(), scoreSums: counts.map((count) => count / 2), scoreSquareSum: n / 3 }
    }
    return arrivals
  }

  it('are one for all classes that are too rare for their own', () => {
    const { curves, refusal } = curvesOfClasses(edges, [arrivalsOf({ '=cat': 400, '=dog': 400, '=eel': 30, other: 10 })])
    expect(refusal).toBeNull()
    expect(Object.keys(curves!.own)).toEqual(['cat', 'dog'])
    expect(curves!.rest.n).toBe(840)
    expect(curvesOfClasses(edges, [arrivalsOf({ '=cat': 400, '=dog': 400, '=eel': 60, other: 10 })]).curves!.rest.n).toBe(70)
  })

  it('are refused where such classes are much of all', () => {
    expect(curvesOfClasses(edges, [arrivalsOf({ '=cat': 400, '=dog': 90 })]).refusal).toMatch(/^18\.37% of the labels are of classes with too few of them/)
  })

  it('leave an age out where a label would stand for more than ten', () => {
    const outcomes = createMulticlassOutcomes(3, ['cat', 'dog'])
    for (let i = 0; i < 100; i++) addMulticlass(outcomes, { truth: i % 2, prediction: i % 2, truthScore: 1, scores: Float64Array.of(1 - (i % 2), i % 2, 0), scoresAt: 0 })
    const { curves } = curvesOfClasses(edges, [arrivalsOf({ '=cat': 400, '=dog': 400 })])
    expect(completedClasses(outcomes, curves!, 0.3 * HOUR)).toBeNull()
    expect(completedClasses(outcomes, curves!, 2 * HOUR)).toMatchObject({ sum: 200, squareSum: 400, outcomes: { n: 200 } })
  })

  it('take scores at the middle of their bin, and what has no place together', () => {
    const outcomes = createMulticlassOutcomes(2, ['cat'])
    addMulticlass(outcomes, { truth: 0, prediction: 0, truthScore: 0.5, scores: Float64Array.of(0.5, 0), scoresAt: 0 })
    addMulticlass(outcomes, { truth: 2, prediction: 0, truthScore: 0, scores: Float64Array.of(0.5, 0), scoresAt: 0 })
    expect(arrivedByClass(outcomes)).toEqual([['=cat', { count: 1, scored: 1, scoreSum: 0.5025, scoreSquareSum: 0.5025 ** 2 }], ['other', { count: 1, scored: 0, scoreSum: 0, scoreSquareSum: 0 }]])
  })
})
