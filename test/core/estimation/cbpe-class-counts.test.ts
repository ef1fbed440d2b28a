import { describe, expect, it } from 'vitest'
import { expectedClasses, fitClassOutcomes } from '../../../src/core/estimation/cbpe-class-counts.ts'
import { cbpeMulticlass, type LabelledClassRow } from '../../../src/core/estimation/cbpe-multiclass.ts'
import { addClassScored, createClassScoreCounts, meanScores, mergeClassScoreCounts, type ClassScoreCounts } from '../../../src/core/estimation/class-score-counts.ts'
import type { Estimates } from '../../../src/core/estimation/estimator.ts'
import { addMulticlass, codeOf, createMulticlassOutcomes, type MulticlassOutcomes } from '../../../src/core/metrics/class-outcomes.ts'
import { readMetric } from '../../../src/core/metrics/metric.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { seeded } from '../../../src/core/random.ts'
import { resolveParams } from '../../../src/core/unit.ts'
import { classes, rows, type World } from './class-world.ts'
import { holds, share } from './worlds.ts'

const names = ['accuracy', 'macro-precision', 'macro-recall', 'macro-f1'] as const
const params = resolveParams(cbpeMulticlass)

const likeliest = ({ scores, decision }: LabelledClassRow): string => decision ?? Object.keys(scores).reduce((a, b) => (scores[b] > scores[a] ? b : a))

function outcomesOf(given: readonly LabelledClassRow[]): MulticlassOutcomes {
  const outcomes = createMulticlassOutcomes(5, classes)
  for (const row of given) {
    addMulticlass(outcomes, {
      truth: codeOf(outcomes, row.y), prediction: codeOf(outcomes, likeliest(row)), truthScore: row.scores[row.y], scores: Float64Array.from(classes, (name) => row.scores[name]), scoresAt: 0,
    })
  }
  return outcomes
}
const cohorts = (given: readonly LabelledClassRow[]) => Array.from({ length: 10 }, (_, i) => outcomesOf(given.filter((__, at) => at % 10 === i)))
const realised = (given: readonly LabelledClassRow[]) => Object.fromEntries(names.map((name) => [name, readMetric(metrics[name], outcomesOf(given)).value!]))

function countsOf(given: readonly LabelledClassRow[], classesMax = 5, kept: readonly string[] = classes): ClassScoreCounts {
  const counts = createClassScoreCounts(classesMax)
  const placeOf = (name: string) => (kept.includes(name) ? kept.indexOf(name) : classesMax)
  for (const row of given) {
    const sent = Object.entries(row.scores).filter(([, score]) => score !== 0)
    addClassScored(counts, { count: sent.length, places: sent.map(([name]) => placeOf(name)), scores: sent.map(([, score]) => score), decision: placeOf(likeliest(row)) }, kept)
  }
  return counts
}

function estimated(reference: readonly LabelledClassRow[], counts: ClassScoreCounts): Estimates {
  const fit = fitClassOutcomes(cohorts(reference), counts.classes, (name) => meanScores(counts, name), params)
  const expected = expectedClasses(counts, fit, params)
  return cbpeMulticlass.read(expected.counts, expected.fit, params)
}

function coverage(runs: number, before: World, after: World): Record<string, number> {
  const held = Object.fromEntries(names.map((name) => [name, 0]))
  share(runs, (random) => {
    const current = rows(random, after.n ?? 1_500, after)
    const { readings } = estimated(rows(random, before.n ?? 2_500, before), countsOf(current))
    const truth = realised(current)
    for (const name of names) if (holds(readings[name], truth[name])) held[name] += 1 / runs
    return true
  })
  return held
}

const offline = (reference: readonly LabelledClassRow[], current: readonly LabelledClassRow[]): Estimates => {
  const fit = cbpeMulticlass.fit(reference, params)
  const state = cbpeMulticlass.init(fit)
  for (const row of current) cbpeMulticlass.update(state, row, fit)
  return cbpeMulticlass.read(state, fit, params)
}

describe('cbpe over several classes, from counts by score bin', () => {
  it.each([
    ['as in the reference', {}, {}, 0.93], ['under covariate shift', {}, { mean: 0.8 }, 0.93],
    ['after repairing overconfident scores', { sharpness: 2.5 }, { sharpness: 2.5, mean: 0.5 }, 0.88], ['after repairing timid ones', { sharpness: 0.5 }, { sharpness: 0.5, mean: 0.5 }, 0.88],
    ['where traffic is much more than the reference', { sharpness: 2.5, n: 1_000 }, { sharpness: 2.5, n: 6_000 }, 0.88],
  ])('holds what the labels say %s', (_name, before, after, least) => {
    for (const [name, held] of Object.entries(coverage(25, before, after))) expect(held, name).toBeGreaterThanOrEqual(least)
  })

  it('says nearly what is said row by row', () => {
    for (const world of [{}, { mean: 0.8 }]) {
      const [reference, current] = [rows(seeded(1), 20_000), rows(seeded(2), 20_000, world)]
      const [ours, rowByRow] = [estimated(reference, countsOf(current)), offline(reference, current)]
      expect(ours.refusals).toEqual([])
      for (const name of names) expect(Math.abs(ours.readings[name].value! - rowByRow.readings[name].value!), name).toBeLessThan(0.005)
    }
  })

  it('puts every prediction into the row of its decision, and as many truths as predictions', () => {
    const current = rows(seeded(2), 400).map((row, i) => (i % 4 === 0 ? { ...row, decision: 'dog' } : row))
    const { confusion } = estimated(rows(seeded(1), 3_000, { sharpness: 2 }), countsOf(current))
    const sums = classes.map((name) => Object.values(confusion![name]).reduce((a, b) => a + b, 0))
    classes.forEach((name, k) => expect(sums[k], name).toBeCloseTo(current.filter((row) => likeliest(row) === name).length, 6))
  })

  it('is blind to concept drift', () => {
    const current = rows(seeded(7), 2_000, { turned: true })
    const { readings } = estimated(rows(seeded(6), 3_000), countsOf(current))
    for (const name of names) expect(holds(readings[name], realised(current)[name]), name).toBe(false)
  })

  it('refuses what the reference does not know: too little of it, classes that it lacks, scores that are none', () => {
    const current = countsOf(rows(seeded(3), 500))
    expect(estimated(rows(seeded(1), 40), current).refusals.join()).toContain('50 in and outside of a class are needed')
    const foxes = rows(seeded(3), 500).map(({ scores: { bird, cat, dog } }, i) => ({ y: 'cat', scores: i % 4 === 0 ? { fox: 1 } : { bird, cat, dog } }) as LabelledClassRow)
    expect(estimated(rows(seeded(1), 3_000), countsOf(foxes, 5, [...classes, 'fox'])).refusals.join()).toMatch(/that the reference does not have.*of classes with under 50 reference rows/)
    expect(estimated(rows(seeded(1), 3_000), countsOf(foxes)).refusals.join()).toMatch(/25 % of the predictions.*25 % of the truths/)
    const none = countsOf(rows(seeded(3), 500))
    for (let i = 0; i < 100; i++) addClassScored(none, { count: -1, places: [], scores: [], decision: 0 }, classes)
    addClassScored(none, { count: 1, places: [0], scores: [1.5], decision: 0 }, classes)
    expect(none.unusable).toBe(101)
    expect(estimated(rows(seeded(1), 3_000), none).refusals.join()).toContain('17 % of the predictions')
    expect(estimated(rows(seeded(1), 3_000), createClassScoreCounts(5)).refusals.join()).toContain('no prediction with class scores')
  })
})

describe('class scores', () => {
  const [first, second] = [rows(seeded(1), 200), rows(seeded(2), 300)]

  it('add up from parts, whatever order the classes came in', () => {
    const merged = countsOf(first)
    mergeClassScoreCounts(merged, countsOf(second, 5, ['dog', 'bird', 'cat']))
    const whole = countsOf([...first, ...second])
    expect(merged).toMatchObject({ n: 500, classes, all: whole.all, decided: whole.decided })
    merged.scoreSums.forEach((sums, k) => sums.forEach((sum, bin) => expect(sum).toBeCloseTo(whole.scoreSums[k][bin], 9)))
    expect(() => mergeClassScoreCounts(merged, createClassScoreCounts(3))).toThrow(/numbers of classes/)
  })

  it('of classes that find no place go with the others', () => {
    const merged = countsOf(first, 3, ['fox', 'eel', 'bird'])
    mergeClassScoreCounts(merged, countsOf(second, 3, classes))
    expect(merged.classes).toEqual(['fox', 'eel', 'bird'])
    const [birds] = [[...first, ...second].filter((row) => likeliest(row) === 'bird').length]
    expect(merged.otherDecided).toBe(500 - birds)
    expect(merged.otherSum).toBeCloseTo([...first, ...second].reduce((sum, { scores: { cat, dog } }) => sum + cat + dog, 0), 9)
  })

  it('have a mean in each bin: its middle where there are none, 0 for a class without any', () => {
    const counts = createClassScoreCounts(3)
    addClassScored(counts, { count: 1, places: [0], scores: [0.012], decision: 0 }, ['cat', 'dog'])
    addClassScored(counts, { count: 1, places: [1], scores: [1], decision: 1 }, ['cat', 'dog'])
    expect(Array.from(meanScores(counts, 'cat').slice(0, 4))).toEqual([0, 0.0075, 0.012, 0.0175])
    expect(meanScores(counts, 'eel')[0]).toBe(0)
  })
})
