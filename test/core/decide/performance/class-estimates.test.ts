import { describe, expect, it } from 'vitest'
import type { PaneEstimates } from '../../../../src/core/decide/performance/pane-estimates.ts'
import { addClassScored, createClassScoreCounts } from '../../../../src/core/estimation/class-score-counts.ts'
import { addMulticlass, createMulticlassOutcomes, mergeMulticlass, type MulticlassOutcomes } from '../../../../src/core/metrics/class-outcomes.ts'
import { readMetric } from '../../../../src/core/metrics/metric.ts'
import { metrics } from '../../../../src/core/metrics/table.ts'
import { emptied } from '../../../../src/core/panes/merge.ts'
import type { PaneSummary } from '../../../../src/core/panes/summary.ts'
import { normal, seeded, uniform } from '../../../../src/core/random.ts'
import { holds } from '../../estimation/worlds.ts'
import { decideTask, HOUR, paneOf, policyOf, profileOf, spread } from '../build.ts'

const classes = ['bird', 'cat', 'dog']
const base = { amount: spread(500) }
const profile = profileOf(base, { metrics: { 'macro-f1': 0.66 } })
const policy = policyOf({
  task: 'multiclass', multiclass: { classes: null, classesMax: 5 }, performance: { metrics: ['macro-f1', 'accuracy'] },
  time: { paneMs: HOUR, cohortMs: HOUR, windows: [1, 6], labelHorizonMs: 3 * HOUR, correctionHorizonMs: 0 },
  triggers: [{ trigger: 'drift', minImportanceShare: 0.5, minPanes: 2, score: false }, { trigger: 'performance', metric: 'macro-f1', minDrop: 0.05, floor: null, minLabels: 200 }],
  drift: { all: [{ unit: 'psi', params: {} }] },
} as never)

interface HourGiven { mean?: number; turned?: boolean; n?: number; features?: typeof base; countsDecided?: boolean }

const softmax = (z: readonly number[]): number[] => {
  const weights = z.map(Math.exp)
  const sum = weights.reduce((a, b) => a + b, 0)
  return weights.map((weight) => weight / sum)
}

/** An hour of predictions of v1 with their labels, which come in the hour itself. */
function hour(nth: number, { mean = 0, turned = false, n = 500, features = base, countsDecided = true }: HourGiven = {}): { pane: PaneSummary; outcomes: MulticlassOutcomes } {
  const random = seeded(nth + 100)
  const pane = paneOf(6 * nth, { profile, features, versions: { v1: { predictions: n } } })
  const [counts, outcomes] = [createClassScoreCounts(5), createMulticlassOutcomes(5, classes, countsDecided)]
  for (let i = 0; i < n; i++) {
    const x = mean + normal(random)
    const scores = softmax([1.5 * x, 1.5 * normal(random) - 1, -x])
    let [draw, truth] = [uniform(random), 0]
    while (truth < 2 && draw >= scores[truth]) draw -= scores[truth++]
    if (turned && i % 3 === 0) truth = (truth + 1) % 3
    const decision = scores.indexOf(Math.max(...scores))
    addClassScored(counts, { count: 3, places: [0, 1, 2], scores, decision }, classes)
    addMulticlass(outcomes, { truth, prediction: decision, truthScore: scores[truth], scores: Float64Array.from(scores), scoresAt: 0 })
  }
  Object.assign(pane.versions.v1, { classCbpe: counts, outcomes, cohorts: { [nth * HOUR]: outcomes } })
  return { pane: { ...pane, endMs: pane.startMs + HOUR }, outcomes }
}
const times = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i))
const task = (more = policy) => {
  const made = decideTask(more)
  made.profile(profile)
  return made
}
const estimatesOf = (made: ReturnType<typeof decideTask>) => (made.view() as unknown as { estimates: PaneEstimates }).estimates

describe('performance of several classes without labels', () => {
  it('is not told before labels of the champion are mature, and says so', () => {
    const { reference, windows } = estimatesOf(task().send(...times(4, (i) => hour(i).pane)))
    expect(reference).toBeNull()
    expect(windows[0].readings.accuracy).toMatchObject({ value: null, verdict: 'insufficient', detail: { why: 'nothing tells yet what the class scores of v1 mean: wait until its own labels are mature' } })
  })

  it.each([['as before', {}], ['where inputs moved', { mean: 0.8 }]])('is what the labels will say over every window, %s', (_name, world) => {
    const later = times(6, (i) => hour(20 + i, world))
    const { champion, reference, windows } = estimatesOf(task().send(...times(20, (i) => hour(i).pane), ...later.map(({ pane }) => pane)))
    expect([champion, reference!.from, reference!.n]).toEqual(['v1', 'labels', 10_000])
    expect(Object.keys(reference!.quality)).toEqual(classes)
    expect(windows.map(({ panes, predictions }) => [panes, predictions])).toEqual([[1, 500], [6, 3_000]])
    const truth = createMulticlassOutcomes(5)
    for (const { outcomes } of later) mergeMulticlass(truth, outcomes)
    for (const name of ['accuracy', 'macro-precision', 'macro-recall', 'macro-f1'] as const) {
      const reading = windows[1].readings[name]
      expect(holds(reading, readMetric(metrics[name], truth).value!), name).toBe(true)
      expect(reading.interval![1] - reading.interval![0]).toBeLessThan(0.08)
    }
  })

  it('leaves out panes that an older program summarised, or under another policy', () => {
    const [older, other] = [hour(21).pane, { ...hour(22).pane, policyHash: 'p0' }]
    delete older.versions.v1.classCbpe
    expect(estimatesOf(task().send(...times(21, (i) => hour(i).pane), older, other, hour(23).pane)).windows[1].predictions).toBe(4 * 500)
  })
})

describe('labels that say less than was estimated on the same predictions', () => {
  const asked = (world: HourGiven, more: HourGiven = {}) => {
    const made = task().send(...times(20, (i) => hour(i, more).pane), ...times(12, (i) => hour(20 + i, { ...world, ...more }).pane))
    return made.events('retrain-requested')[0]
  }
  const outcomeOf = (request: ReturnType<typeof asked>, name: string) => request.considered.find((row) => row.name === name)!

  it('are concept drift', () => {
    const request = asked({ turned: true })
    expect(request.explanation).toMatch(/on mature labels is 0\.\d+ where 0\.\d+ was estimated without them/)
    expect(outcomeOf(request, 'concept drift').text).not.toContain('CBPE cannot be read')
  })

  it('are not told apart where the labels were counted by an older program', () => {
    const request = asked({ turned: true, features: { amount: spread(500, 0.5, 1.5) } }, { countsDecided: false })
    expect(request.considered.map(({ text }) => text).join()).toContain('scores of these labels were not counted by the class decided')
  })
})

describe('outcomes by the class decided', () => {
  const half = (countsDecided: boolean) => hour(1, { n: 100, countsDecided }).outcomes

  it('add up, and are not known of a whole of which a part did not count them', () => {
    const sum = emptied(half(true)) as MulticlassOutcomes
    expect(sum.decidedBins).toEqual([])
    mergeMulticlass(sum, half(true))
    mergeMulticlass(sum, emptied(half(false)) as MulticlassOutcomes)
    expect(sum.decidedBins!.reduce((total, bins) => total + bins.reduce((a, b) => a + b), 0)).toBe(100)
    mergeMulticlass(sum, half(false))
    expect(sum.decidedBins).toBeUndefined()
  })
})
