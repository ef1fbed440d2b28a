import { describe, expect, it } from 'vitest'
import type { PaneEstimates } from '../../../../src/core/decide/performance/pane-estimates.ts'
import { cbpe } from '../../../../src/core/estimation/cbpe.ts'
import { freezeCalibration } from '../../../../src/core/estimation/frozen.ts'
import { addScored, createScoreCounts } from '../../../../src/core/estimation/score-counts.ts'
import { rocAuc } from '../../../../src/core/metrics/roc-auc.ts'
import { recall } from '../../../../src/core/metrics/recall.ts'
import { addBinary, createBinaryOutcomes, scoreEdges, type BinaryOutcomes } from '../../../../src/core/metrics/outcomes.ts'
import type { PaneSummary } from '../../../../src/core/panes/summary.ts'
import { seeded } from '../../../../src/core/random.ts'
import type { Profile } from '../../../../src/core/records.ts'
import { resolveParams } from '../../../../src/core/unit.ts'
import { binaryRows, holds, type BinaryDraw, type BinaryWorld } from '../../estimation/worlds.ts'
import { decideTask, HOUR, paneOf, policyOf, profileOf, spread } from '../build.ts'

const params = resolveParams(cbpe)
const base = { amount: spread(500), age: spread(500) }
const moved = { ...base, amount: base.amount.map((x) => x + 0.5) }
const reference = cbpe.fit(binaryRows(seeded(1), 5_000), params)
const given = { importances: { amount: 0.7, age: 0.3 }, metrics: { recall: 0.53 } }
const profile = profileOf(base, { ...given, scoreEdges: Array.from(reference.scoreEdges), calibration: freezeCalibration(reference) })
/** As frozen before there were calibrations, on the policy's bins. */
const bare = profileOf(base, given)

const time = { paneMs: HOUR, cohortMs: HOUR, windows: [1, 6], labelHorizonMs: 6 * HOUR, correctionHorizonMs: 0 }
const policy = policyOf({ time, triggers: [
  { trigger: 'drift', minImportanceShare: 0.5, minPanes: 2, score: false }, { trigger: 'performance', metric: 'recall', minDrop: 0.05, floor: null, minLabels: 200 },
], drift: { all: [{ unit: 'psi', params: {} }] } })

interface HourGiven extends BinaryWorld {
  features?: typeof base
  edges?: Float64Array
  /** labels come in the same hour */
  labelled?: boolean
  n?: number
}

/** An hour of predictions of v1, and the rows they were drawn from. */
function hour(nth: number, { features = base, edges = reference.scoreEdges, labelled = false, n = 400, ...world }: HourGiven = {}): { pane: PaneSummary; rows: BinaryDraw[] } {
  const rows = binaryRows(seeded(nth + 100), n, world)
  const pane = paneOf(6 * nth, { profile, features, versions: { v1: { predictions: n } } })
  const counts = createScoreCounts(edges)
  for (const { score, decision } of rows) addScored(counts, score, decision)
  pane.versions.v1.cbpe = counts
  if (labelled) pane.versions.v1.cohorts[nth * HOUR] = outcomesOf(rows, edges)
  return { pane: { ...pane, endMs: pane.startMs + HOUR }, rows }
}

function outcomesOf(rows: readonly BinaryDraw[], edges: Float64Array): BinaryOutcomes {
  const outcomes = createBinaryOutcomes(edges)
  for (const { score, decision, y } of rows) addBinary(outcomes, y, score, decision)
  return outcomes
}

const times = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i))
const watched = (used: Profile | null, more = policy) => {
  const task = decideTask(more)
  if (used !== null) task.profile(used)
  return task
}
const estimatesOf = (task: ReturnType<typeof decideTask>) => (task.view() as unknown as { estimates: PaneEstimates | null }).estimates!
const whyOf = (task: ReturnType<typeof decideTask>) => estimatesOf(task).windows.at(-1)!.readings.recall.detail?.why

describe('performance without labels', () => {
  it.each([['as in the reference', {}], ['where fewer are positive', { mean: -0.8 }], ['where more are', { mean: 0.7 }]])('is what the labels will say over every window, %s', (_name, world) => {
    const hours = times(6, (i) => hour(i, world))
    const task = watched(profile).send(...hours.map(({ pane }) => pane))
    const { windows, reference: known, champion } = estimatesOf(task)
    expect([champion, known!.from, known!.n]).toEqual(['v1', 'profile', 5_000])
    expect(windows.map(({ panes, predictions }) => [panes, predictions])).toEqual([[1, 400], [6, 2_400]])
    const truth = outcomesOf(hours.flatMap(({ rows }) => rows), reference.scoreEdges)
    for (const unit of [recall, rocAuc]) {
      const reading = windows[1].readings[unit.name]
      expect(holds(reading, unit.read(truth, resolveParams(unit)).value!)).toBe(true)
      expect(reading.interval![1] - reading.interval![0]).toBeLessThan(0.12)
    }
    expect(Object.keys(windows[0].readings)).toEqual(['accuracy', 'precision', 'recall', 'f1', 'specificity', 'roc-auc'])
  })

  it('is known from the labels of the champion where its profile keeps no calibration, once they are mature', () => {
    const edges = scoreEdges(20)
    const labelled = (i: number) => hour(i, { edges, labelled: true }).pane
    const task = watched(bare).send(...times(6, labelled))
    expect(estimatesOf(task).reference).toBeNull()
    expect(whyOf(task)).toBe('no profile of v1 keeps what its score means: freeze one from labelled rows (steward profile), or wait until its own labels are mature')
    task.send(...times(6, (i) => labelled(6 + i)), ...times(6, (i) => hour(12 + i, { edges, mean: 1 }).pane))
    const { reference: known, windows } = estimatesOf(task)
    expect([known!.from, known!.n]).toEqual(['labels', 4_800])
    const truth = outcomesOf(times(6, (i) => hour(12 + i, { mean: 1 }).rows).flat(), edges)
    expect(holds(windows[1].readings.recall, recall.read(truth, resolveParams(recall)).value!)).toBe(true)
  })

  it('is not told by labels of what was acted on alone', () => {
    const task = watched(null, { ...policy, labels: { exist: 'actedOnly' } }).send(...times(14, (i) => hour(i, { edges: scoreEdges(20), labelled: true }).pane))
    expect(whyOf(task)).toBe('no profile of v1 keeps what its score means: freeze one from labelled rows (steward profile)')
  })

  it('is insufficient, with the reason, where scores leave the reference, are no probabilities, or are on other bins than it', () => {
    const none = hour(0)
    none.pane.versions.v1.cbpe!.unusable = 100
    expect(whyOf(watched(profile).send(none.pane))).toContain('20 % of the scores are no probability or outside of the range of the reference')
    const outside = hour(0, { mean: 2.5 })
    expect(whyOf(watched(profile).send(outside.pane))).toMatch(/\d+ % of the scores are no probability or outside of the range/)
    expect(whyOf(watched(profile).send(hour(0, { edges: scoreEdges(20) }).pane))).toBe('the predictions of v1 are not counted on the score bins of its profile yet')
    const few = estimatesOf(watched(profile).send(hour(0, { n: 12 }).pane)).windows[0].readings
    expect([few.accuracy.verdict, few.recall.verdict, few.recall.detail]).toEqual(['ok', 'insufficient', undefined])
  })

  it('leaves panes on other bins or under another policy out', () => {
    const other = hour(1, { edges: scoreEdges(20) }).pane
    const old = { ...hour(2).pane, policyHash: 'p0' }
    expect(estimatesOf(watched(profile).send(hour(0).pane, other, old, hour(3).pane)).windows.map(({ predictions }) => predictions)).toEqual([400, 800])
  })

  it('is not there for a regression, nor of a pane that an older program summarised', () => {
    expect(estimatesOf(watched(null, { ...policy, task: 'regression', triggers: [] }).send(hour(0).pane))).toBeNull()
    const older = hour(0).pane
    delete older.versions.v1.cbpe
    expect(estimatesOf(watched(null).send(older)).windows[0]).toMatchObject({ predictions: 0, readings: { recall: { verdict: 'insufficient' } } })
  })
})

describe('a request before labels are there', () => {
  const requested = (world: BinaryWorld, given = profile) => {
    const task = watched(given).send(...times(6, (i) => hour(i, { n: 2_000 }).pane), ...times(4, (i) => hour(6 + i, { features: moved, n: 2_000, ...world }).pane))
    return task.events('retrain-requested')[0]
  }
  const outcomeOf = ({ considered }: ReturnType<typeof requested>, name: string) => considered.find((row) => row.name === name)!.outcome

  it('says that scores promise less, and that harmless it is not', () => {
    const request = requested({ mean: -1.5 })
    expect(request.explanation).toMatch(/Recall as estimated without labels is 0\.\d+, held against 0\.53: it fell\./)
    expect([outcomeOf(request, 'harmless covariate drift'), outcomeOf(request, 'harmful covariate drift')]).toEqual(['ruled-out', 'open'])
    expect(request).toMatchObject({ diagnosis: 'undetermined', advice: 'review' })
  })

  it('says that scores promise no less, and that harmful it is not', () => {
    const request = requested({ mean: 1 })
    expect(request.explanation).toMatch(/Recall as estimated without labels is 0\.\d+, held against 0\.53: it holds\./)
    expect([outcomeOf(request, 'harmless covariate drift'), outcomeOf(request, 'harmful covariate drift')]).toEqual(['open', 'ruled-out'])
  })

  it('says why it cannot tell', () => {
    const row = requested({}, bare).considered.find(({ name }) => name === 'harmless covariate drift')!
    expect(row.text).toContain('(CBPE): no profile of v1 keeps what its score means')
    const unclaimed = requested({}, { ...profile, metrics: {} })
    expect(unclaimed.considered.find(({ name }) => name === 'harmless covariate drift')!.text).toContain('there is neither a claim of recall nor earlier labels to hold it against')
  })
})
