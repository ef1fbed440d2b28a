import { describe, expect, it } from 'vitest'
import type { MulticlassOutcomes } from '../../../src/core/metrics/class-outcomes.ts'
import { codeAt } from '../../../src/core/panes/merge.ts'
import type { ModelPolicy } from '../../../src/core/policy.ts'
import type { ClassScores, ObserveRecord, Prediction } from '../../../src/core/records.ts'
import { bench, label, prediction, totals } from '../observe-bench.ts'
import { testPolicy } from '../policy-fixture.ts'

const policyOf = (multiclass: ModelPolicy['multiclass'] = { classes: null, classesMax: 5 }) => testPolicy('m', { task: 'multiclass', multiclass, segments: ['region'] })

const shapes = new Map<string, readonly string[]>()
/** One object per set of names, as the decoder gives. */
function scoresOf(given: Record<string, number>): ClassScores {
  const names = Object.keys(given).sort()
  if (!shapes.has(names.join())) shapes.set(names.join(), names)
  return { classes: shapes.get(names.join())!, scores: Float64Array.from(names, (name) => given[name]) }
}
const classed = (id: string, at: number, given: Record<string, number> | null, over: Partial<Prediction> = {}) =>
  prediction(id, at, { score: NaN, classScores: given === null ? null : scoresOf(given), ...over })

/** truth > prediction: outcomes, for every cell that holds any. */
function cells(outcomes: unknown): Record<string, number> {
  const { counts, classes, classesMax } = outcomes as MulticlassOutcomes
  const nameOf = (code: number) => (code < classesMax ? classes[code] : code === classesMax ? 'other' : 'another other')
  return Object.fromEntries(Array.from(counts, (count, i) => [`${nameOf(Math.floor(i / (classesMax + 2)))} > ${nameOf(i % (classesMax + 2))}`, count] as const).filter(([, count]) => count !== 0))
}

const dogs = { cat: 0.2, dog: 0.7, eel: 0.1 }

describe('a multiclass model', () => {
  it('decides for the likeliest class, of equal ones the first by name, unless the fleet says what it did', () => {
    const panes = bench(policyOf()).feed([
      [0, classed('a', 0, dogs)], [0, classed('b', 0, { eel: 0.5, dog: 0.5 })], [0, classed('c', 0, dogs, { decision: 'cat' })], [0, classed('d', 0, null, { decision: 7 })],
      [9, label('a', 9, 'dog')], [9, label('b', 9, 'eel')], [9, label('c', 9, 'cat')], [9, label('d', 9, '7')],
    ]).finish(9).panes()
    expect(cells(panes[0].versions.v1.outcomes)).toEqual({ 'dog > dog': 1, 'eel > dog': 1, 'cat > cat': 1, '7 > 7': 1 })
    expect(panes[0].versions.v1.outcomes).toMatchObject({ n: 4, scored: 3, logLossSum: -Math.log(0.7) - Math.log(0.5) - Math.log(0.2) })
    expect(cells(panes[0].versions.v1.segments['region=eu'].outcomes)).toEqual(cells(panes[0].versions.v1.outcomes))
    expect(panes[0].versions.v1).toMatchObject({ positiveDecisions: 0, predictions: 4 })
    expect(panes[0].versions.v1).not.toHaveProperty('cbpe')
    expect(panes[0].versions.v1.score.n).toBe(4)
  })

  it('counts decisions and scores by class as predictions come, labels or not', () => {
    const [pane] = bench(policyOf({ classes: ['cat', 'dog'], classesMax: 2 })).feed([
      [0, classed('a', 0, dogs)], [0, classed('b', 0, { dog: 1 }, { acted: false })], [0, classed('c', 0, dogs, { decision: 'eel' })], [0, classed('d', 0, null, { decision: 'cat' })],
      [0, classed('e', 0, dogs, { outcome: 'error' })], [0, classed('f', 0, { dog: 1.5 })],
    ]).finish(9).panes()
    const { decided, decidedClasses, classCbpe } = pane.versions.v1
    expect(decided).toBe(4)
    expect(decidedClasses).toEqual({ names: ['cat', 'dog'], counts: Float64Array.of(1, 2) })
    expect(classCbpe).toMatchObject({ n: 3, unusable: 2, classes: ['cat', 'dog'], otherDecided: 1, decidedSums: [0, 1.7] })
    expect(classCbpe!.otherSum).toBeCloseTo(0.2, 12)
    expect(classCbpe!.scoreSums.map((sums) => sums.reduce((a, b) => a + b))).toEqual([0.4, 2.4])
    expect(Array.from(classCbpe!.all[1]).flatMap((count, bin) => (count > 0 ? [[bin, count]] : []))).toEqual([[140, 2], [199, 1]])
  })

  it('counts by class in bins, a class that was left out at 0', () => {
    const [pane] = bench(policyOf()).feed([[0, classed('a', 0, { dog: 0.7 })], [0, classed('b', 0, dogs)], [9, label('a', 9, 'cat')], [9, label('b', 9, 'dog')]]).finish(9).panes()
    const { classes, positives, negatives } = pane.versions.v1.outcomes as MulticlassOutcomes
    const [dog, cat] = [classes.indexOf('dog'), classes.indexOf('cat')]
    expect([positives[cat][0], negatives[cat][40], positives[dog][140], negatives[dog][140]]).toEqual([1, 1, 1, 1])
  })

  it('feeds error detectors with wrong decisions, and keeps label delay by class', () => {
    const [pane] = bench(policyOf()).feed([[0, classed('a', 0, dogs)], [0, classed('b', 0, dogs)], [9, label('a', 9, 'dog')], [30, label('b', 30, 'cat')]]).finish(30).panes()
    const { errorSequence } = pane.versions.v1
    expect([errorSequence.n, codeAt(errorSequence, 0), codeAt(errorSequence, 1)]).toEqual([2, 0, 1])
    expect(Object.keys(pane.labelDelay).sort()).toEqual(['cat', 'dog'])
  })

  it('pairs versions by who was right', () => {
    const [pane] = bench(policyOf()).feed([[0, classed('a', 0, dogs)], [1, classed('a', 1, { cat: 1 }, { version: 'v2', acted: false })], [5, label('a', 5, 'cat')]]).finish(5).panes()
    expect(Array.from(pane.pairs[0].sums).filter((sum) => sum !== 0)).toEqual([1, -1, 1])
  })

  it('moves an outcome in its pane when the label is corrected, and takes it back when it is withdrawn', () => {
    const records: [number, ObserveRecord][] = [[0, classed('a', 0, dogs)], [2, label('a', 2, 'dog')], [3, label('a', 3, 'cat')]]
    const [moved] = bench(policyOf()).feed(records).finish(3).panes()
    expect(cells(moved.versions.v1.outcomes)).toEqual({ 'cat > dog': 1 })
    expect((moved.versions.v1.outcomes as MulticlassOutcomes).logLossSum).toBeCloseTo(-Math.log(0.2), 12)
    const [withdrawn] = bench(policyOf()).feed([...records, [4, label('a', 4, null)]]).finish(4).panes()
    expect(withdrawn.versions.v1.outcomes).toMatchObject({ n: 0, scored: 0 })
    expect(cells(withdrawn.versions.v1.outcomes)).toEqual({})
  })

  it('addresses a correction to a closed pane by the names of classes', () => {
    const panes = bench(policyOf()).feed([[0, classed('a', 0, dogs)], [2, label('a', 2, 'dog')], [1500, label('a', 1500, 'fox')]]).finish(1500).panes()
    expect(panes[1].corrections).toEqual([{
      paneStart: 0, version: 'v1', cohort: 0, segments: ['region=eu'], score: NaN, decision: 0, before: NaN, after: NaN,
      classes: {
        decision: 'dog', before: { name: 'dog', isRight: true, score: 0.7 }, after: { name: 'fox', isRight: false, score: 0 },
        names: ['cat', 'dog', 'eel'], scores: Float64Array.of(0.2, 0.7, 0.1),
      },
    }])
    expect(cells(panes[1].versions.v1.cohorts['0'])).toEqual({ 'dog > dog': -1, 'fox > dog': 1 })
  })

  it('counts classes beyond the limit together, and still tells whether the decision was right', () => {
    const panes = bench(policyOf({ classes: null, classesMax: 2 })).feed([
      [0, classed('a', 0, { cat: 0.6, dog: 0.4 })], [0, classed('b', 0, { cat: 0.1, dog: 0.2, eel: 0.7 })], [0, classed('c', 0, null, { decision: 'fox' })],
      [9, label('a', 9, 'gnu')], [9, label('b', 9, 'eel')], [9, label('c', 9, 'gnu')],
    ]).finish(9).panes()
    expect(cells(panes[0].versions.v1.outcomes)).toEqual({ 'other > cat': 1, 'other > other': 1, 'other > another other': 1 })
    expect((panes[0].versions.v1.outcomes as MulticlassOutcomes).logLossSum).toBeCloseTo(-Math.log(1e-15) - Math.log(0.7), 9)
    expect(Object.keys(panes[0].labelDelay)).toEqual(['other'])
  })

  it('keeps the classes that a policy lists in its order, and counts any other together', () => {
    const panes = bench(policyOf({ classes: ['eel', 'dog'], classesMax: 2 })).feed([[0, classed('a', 0, dogs)], [9, label('a', 9, 'cat')]]).finish(9).panes()
    expect((panes[0].versions.v1.outcomes as MulticlassOutcomes).classes).toEqual(['eel', 'dog'])
    expect(cells(panes[0].versions.v1.outcomes)).toEqual({ 'other > dog': 1 })
  })

  it('sets aside what names no class, a probability that is not finite, and a prediction with nothing to decide by', () => {
    const run = bench(policyOf()).feed([
      [0, label('a', 0, 'toString')], [0, label('b', 0, '')], [0, classed('c', 0, { cat: Infinity, dog: 0.1 })], [0, classed('d', 0, null)], [0, prediction('e', 0)],
    ]).finish(0)
    expect(run.dead).toEqual(['WRONG_TYPE', 'WRONG_TYPE', 'NON_FINITE_SCORE', 'MISSING_FIELD', 'MISSING_FIELD'])
    expect(run.panes()[0].versions.v1).toMatchObject({ predictions: 3, nonFiniteScores: 1 })
  })

  it('comes to the same after a restart anywhere, and after labels that were parked', () => {
    const names = ['cat', 'dog', 'eel', 'fox'] // the last has no place
    const records = Array.from({ length: 400 }, (_, i): [number, ObserveRecord] => {
      const [id, at] = [`i${Math.floor(i / 2)}`, i * 20]
      const isLabel = (i % 2 === 0) === (Math.floor(i / 2) % 3 === 0)
      return [at, isLabel ? label(id, at, names[(i * 7) % 4]) : classed(id, at, { [names[i % 3]]: 0.5 + (i % 50) / 100, [names[(i + 1) % 4]]: 0.1 })]
    })
    const corrections = records.filter(([, { kind }]) => kind === 'label').slice(0, 30).map(([, record], i): [number, ObserveRecord] => [8000 + i, { ...record, value: 'fox', observedAt: 8000 } as ObserveRecord])
    const all = [...records, ...corrections]
    const whole = bench(policyOf({ classes: null, classesMax: 3 })).feed(all).finish(8100)
    const broken = bench(policyOf({ classes: null, classesMax: 3 }))
    all.forEach((record, i) => {
      broken.feed([record])
      if (i % 17 === 0) broken.commit().restart()
    })
    broken.finish(8100)
    expect(broken.panes()).toEqual(whole.panes())
    expect(totals(whole.panes())).toMatchObject({ joinedLabels: 200, earlyLabels: expect.any(Number) as number })
    expect(totals(whole.panes()).earlyLabels).toBeGreaterThan(20)
    expect(totals(whole.panes()).correctedLabels).toBeGreaterThan(10)
  })
})

describe('a change of task', () => {
  it('leaves out what was pending under the other task, and stops nothing', () => {
    const binary = testPolicy('m', { segments: ['region'] })
    const run = bench(binary).feed([[0, prediction('a', 0)], [0, label('early', 0, true)]]).applyPolicy(policyOf(), 1000)
    run.feed([
      [1500, classed('b', 1500, dogs)], [1501, label('a', 1501, 'dog')], [1502, classed('early', 1502, dogs)], [1503, label('b', 1503, 'dog')], [1504, label('early', 1504, 'dog')],
    ]).applyPolicy(binary, 2000)
    run.feed([[2500, label('b', 2500, true)], [2501, prediction('c', 2501)], [2502, label('c', 2502, true)]]).finish(2600)
    const [, second, third] = run.panes()
    expect(cells(second.versions.v1.outcomes)).toEqual({ 'dog > dog': 2 }) // `b`, and `early` once its label is a class
    expect(third.versions.v1.outcomes).toMatchObject({ kind: 'binary', n: 1 })
  })
})
