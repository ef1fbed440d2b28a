import { describe, expect, it } from 'vitest'
import type { MaturityView } from '../../../../src/core/decide/performance/maturity.ts'
import type { RetrainRequested } from '../../../../src/core/records.ts'
import { addBinary, createBinaryOutcomes, scoreEdges } from '../../../../src/core/metrics/outcomes.ts'
import { commandOf, DAY, decideTask, HOUR, outcomesOf, paneOf, policyOf, profileOf, spread, type Cells, type PaneGiven } from '../build.ts'

const base = { amount: spread(500), age: spread(500) }
const profile = profileOf(base, { importances: { amount: 0.7, age: 0.3 }, metrics: { recall: 0.8, 'roc-auc': 0.82 } })

/** Hourly panes and cohorts, windows of six, labels due within six hours. */
const policy = policyOf({
  triggers: [
    { trigger: 'drift', minImportanceShare: 0.5, minPanes: 2, score: false }, { trigger: 'performance', metric: 'recall', minDrop: 0.05, floor: null, minLabels: 200 },
  ],
  drift: { all: [{ unit: 'psi', params: {} }, { unit: 'missing', params: {} }] }, performance: { metrics: ['precision', 'recall'], errorDetectors: [{ unit: 'adwin', params: {} }] },
  time: { paneMs: HOUR, cohortMs: HOUR, windows: [1, 6], labelHorizonMs: 6 * HOUR, correctionHorizonMs: 0 }, cooldownMs: 100 * DAY,
})

/** 400 predictions an hour of which 100 are positive, of recall and specificity .8. */
const well: Cells = { tp: 80, fn: 20, fp: 60, tn: 240 }

/** The pane of an hour; labels of all of its predictions come in the same hour unless `cohorts` says otherwise. */
function hour(nth: number, cells: Cells, given: PaneGiven & { predictions?: number; errors?: (0 | 1)[] } = {}) {
  const { predictions = 400, errors = errorsOf(cells), ...rest } = given
  const pane = paneOf(6 * nth, { profile, features: base, ...rest, versions: { v1: { predictions, errors, ...cells, ...rest.versions?.v1 } } })
  return { ...pane, endMs: pane.startMs + HOUR }
}

/** Errors spread evenly. */
const errorsOf = ({ tp = 0, fn = 0, fp = 0, tn = 0 }: Cells): (0 | 1)[] => {
  const [n, wrong] = [tp + fn + fp + tn, fn + fp]
  return Array.from({ length: n }, (_, i) => (Math.floor(((i + 1) * wrong) / n) > Math.floor((i * wrong) / n) ? 1 : 0))
}

/** Predictions whose decision has nothing to do with their score. */
const unruly = (nth: number, cells: Cells, features: PaneGiven['features'] = base) => {
  const pane = hour(nth, cells, { features })
  const outcomes = createBinaryOutcomes(scoreEdges(20))
  const { tp = 0, fn = 0, fp = 0, tn = 0 } = cells
  for (const [count, actual, decision] of [[tp, 1, 1], [fn, 1, 0], [fp, 0, 1], [tn, 0, 0]] as const) for (const x of spread(count)) addBinary(outcomes, actual, x, decision)
  pane.versions.v1.cohorts[nth * HOUR] = outcomes
  return pane
}

/** Outcomes of these cells whose scores lie evenly on their side of .5. */
function spreadOutcomes({ tp = 0, fn = 0, fp = 0, tn = 0 }: Cells) {
  const outcomes = createBinaryOutcomes(scoreEdges(20))
  for (const [count, actual, decision] of [[tp, 1, 1], [fn, 1, 0], [fp, 0, 1], [tn, 0, 0]] as const) {
    for (const x of spread(count)) addBinary(outcomes, actual, (x + decision) / 2, decision)
  }
  return outcomes
}

const moved = { ...base, amount: base.amount.map((x) => x + 0.5) }
const times = <T>(n: number, of: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => of(i))
const watched = (more = policy) => {
  const task = decideTask(more)
  task.profile(profile)
  return task
}
const rowOf = ({ considered }: RetrainRequested, name: string) => considered.find((row) => row.name === name)

describe('a request', () => {
  it('for errors that rose while nothing moved is named concept drift, with the evidence in words', () => {
    const task = watched().send(...times(12, (i) => hour(i, well)), ...times(6, (i) => hour(12 + i, { tp: 40, fn: 60, fp: 60, tn: 240 })))
    const request = task.events('retrain-requested')[0]
    expect(request).toMatchObject({ diagnosis: 'concept drift', advice: 'full', features: [] })
    expect(request.explanation).toContain('Recall on mature labels is 0.4 where 0.7')
    expect(request.explanation).toContain('was estimated without them.')
    expect(task.decisions('retrain-requested')[0].text).toContain('(concept drift, advice full)')
    expect(task.state().request).toMatchObject({ diagnosis: 'concept drift', advice: 'full' })
  })

  it('for drift alone names the features, most blamed first, and what was not measured', () => {
    const both = { amount: base.amount.map((x) => x + 0.4), age: base.age.map((x) => x + 0.5) }
    const task = watched().send(...times(8, (i) => hour(i, well)), ...times(3, (i) => hour(8 + i, well, { features: both })))
    const [request] = task.events('retrain-requested')
    expect(request).toMatchObject({ diagnosis: 'undetermined', advice: 'review', features: [{ feature: 'amount', measure: 'psi', importanceShare: 0.7 }, { feature: 'age' }] })
    expect(request.features[0].excess).toBeGreaterThan(1)
    expect(request.explanation).toContain('Most blamed: amount (psi')
    expect(rowOf(request, 'harmless covariate drift')!.outcome).toBe('open')
    expect(rowOf(request, 'harmless covariate drift')!.text).toContain('Recall as estimated without labels is 0.8')
    expect(rowOf(request, 'pipeline fault')).toMatchObject({ outcome: 'ruled-out' })
  })

  it('says why nothing could be estimated without labels', () => {
    const task = watched().send(...times(12, (i) => unruly(i, well)), ...times(3, (i) => unruly(12 + i, well, moved)))
    expect(rowOf(task.events('retrain-requested')[0], 'harmful covariate drift')!.text).toContain('(CBPE): decisions do not follow a threshold of the score')
  })

  it('for errors where nothing moved and nothing could be estimated is concept drift too: the claim stands in', () => {
    const task = watched().send(...times(12, (i) => unruly(i, well)), ...times(6, (i) => unruly(12 + i, { tp: 40, fn: 60, fp: 60, tn: 240 })))
    expect(task.events('retrain-requested')[0]).toMatchObject({ diagnosis: 'concept drift', explanation: expect.stringContaining('So an estimate without labels would still be the claim.') as string })
  })

  it('counts a feature up whose drift went along with the loss of the same hours', () => {
    const slide = (nth: number) => ({ ...base, amount: base.amount.map((x) => x + nth * 0.08) })
    const task = watched().send(...times(10, (i) => hour(i, { tp: 80 - 4 * i, fn: 20 + 4 * i, fp: 60, tn: 240 }, { features: slide(i) })))
    const request = task.events('retrain-requested')[0]
    expect(request.features[0].correlation === null || request.features[0].correlation > 0.9).toBe(true)
    task.candidate({ ...candidate }, 10 * HOUR + 1)
    const later = task.send(...times(3, (i) => hour(10 + i, { tp: 40 - 4 * i, fn: 60 + 4 * i, fp: 60, tn: 240 }, { features: slide(10 + i) })))
    later.command(commandOf('retrain'), 13 * HOUR + 1)
    expect(later.events('retrain-requested').at(-1)!.features[0]).toMatchObject({ feature: 'amount', correlation: expect.closeTo(1, 1) as number })
  })

  it('for values that went missing at one instant is a pipeline fault, and says when it jumped', () => {
    const holes = { ...base, amount: base.amount.map((x, i) => (i % 2 === 0 ? NaN : x)) }
    const task = watched().send(...times(5, (i) => hour(i, well)), ...times(2, (i) => hour(5 + i, well, { features: holes })))
    expect(task.events('retrain-requested')[0]).toMatchObject({
      diagnosis: 'pipeline fault', advice: 'fix-data', explanation: 'missing of amount went from 0% to 50%, at one instant.',
    })
  })

  it.each([
    ['though the policy does not read that', policy],
    ['though it reads no fault of the data at all', { ...policy, drift: { ...policy.drift, all: [{ unit: 'psi', params: {} }] } }],
  ])('for values that left their range at one instant, most of them, is a pipeline fault, %s', (_, given) => {
    const ranged = (nth: number, scale: number) => hour(nth, well, { features: { ...base, amount: base.amount.map((x) => x * scale) } })
    const task = watched(given).send(...times(5, (i) => ranged(i, 1)), ...times(3, (i) => ranged(5 + i, 100)))
    expect(task.events('retrain-requested')[0]).toMatchObject({
      diagnosis: 'pipeline fault', advice: 'fix-data', explanation: expect.stringMatching(/^out-of-range of amount went from 0% to (99|98\.\d+)%, at one instant\./) as string,
    })
  })

  it('for values of which few left their range, or that left it step by step, is none', () => {
    const few = times(3, (i) => hour(5 + i, well, { features: { ...base, amount: base.amount.map((x) => x + 0.4) } }))
    const slow = times(8, (i) => hour(5 + i, well, { features: { ...base, amount: base.amount.map((x) => x + 0.15 * i) } }))
    for (const later of [few, slow]) {
      const task = watched().send(...times(5, (i) => hour(i, well)), ...later)
      task.command(commandOf('retrain'), 14 * HOUR)
      for (const { diagnosis } of task.events('retrain-requested')) expect(diagnosis).not.toBe('pipeline fault')
      expect(task.events('retrain-requested').length).toBeGreaterThan(0)
    }
  })

  it('for one feature that left its range while most others moved within theirs is none: other inputs came', () => {
    const region = { ...base, height: spread(500) }
    const elsewhere = { amount: region.amount.map((x) => x + 1.5), age: region.age.map((x) => x * 0.5), height: region.height.map((x) => x * 0.5) }
    const task = decideTask(policy)
    task.profile(profileOf(region, { importances: { amount: 0.4, age: 0.3, height: 0.3 }, metrics: { recall: 0.8, 'roc-auc': 0.82 } }))
    const from = (nth: number, features: PaneGiven['features']) => hour(nth, well, { features, profile: profileOf(region) })
    task.send(...times(5, (i) => from(i, region)), ...times(3, (i) => from(5 + i, elsewhere)))
    const [request] = task.events('retrain-requested')
    expect(request.features.map(({ feature }) => feature).sort()).toEqual(['age', 'amount', 'height'])
    expect(rowOf(request, 'pipeline fault')).toMatchObject({ outcome: 'ruled-out' })
    expect(rowOf(request, 'pipeline fault')!.text).toMatch(/^out-of-range of amount went from 0% to 100% at one instant, but age, height changed at that instant within their ranges: other inputs came/)
    expect(['pipeline fault', 'concept drift']).not.toContain(request.diagnosis)
  })

  it('for few values out of range, read by the policy, is none where they lie near and one where they are torn off', () => {
    const read = { ...policy, drift: { ...policy.drift, all: [{ unit: 'psi', params: {} }, { unit: 'out-of-range', params: {} }] } }
    const diagnosed = (amount: number[]) => {
      const task = watched(read).send(...times(5, (i) => hour(i, well)), ...times(3, (i) => hour(5 + i, well, { features: { ...base, amount } })))
      return task.events('retrain-requested')[0]
    }
    const [near, torn] = [diagnosed(base.amount.map((x) => x + 0.3)), diagnosed(base.amount.map((x, i) => (i % 3 === 0 ? x * 100 + 3 : x)))]
    expect(rowOf(near, 'pipeline fault')).toMatchObject({ outcome: 'ruled-out', text: expect.stringContaining('not far out, as drift leaves a range') as string })
    expect(torn).toMatchObject({ diagnosis: 'pipeline fault', explanation: expect.stringMatching(/^out-of-range of amount went from 0% to 33/) as string })
  })

  it('while traffic fell to a third at one instant is a pipeline fault', () => {
    const third = { tp: 26, fn: 7, fp: 20, tn: 80 }
    const task = watched().send(...times(4, (i) => hour(i, well)), ...times(3, (i) => hour(4 + i, third, { predictions: 133, features: moved })))
    expect(task.events('retrain-requested')[0]).toMatchObject({
      diagnosis: 'pipeline fault', explanation: expect.stringContaining('Traffic went from 400 to 133 inferences a pane at one instant.') as string,
    })
  })

  it('while labels come later than they did says to wait', () => {
    const late = (nth: number) => hour(nth, {}, { features: moved, versions: { v1: { predictions: 400, cohorts: {} } } })
    const task = watched().send(...times(12, (i) => hour(i, well)), ...times(3, (i) => late(12 + i)))
    const [request] = task.events('retrain-requested')
    expect(request).toMatchObject({ diagnosis: 'label delay', advice: 'wait' })
    expect(request.explanation).toContain('have come where')
  })

  it('for more positives whose scores say so is prior shift', () => {
    const many = { tp: 240, fn: 60, fp: 20, tn: 80 }
    const scored = (nth: number, cells: Cells, features: PaneGiven['features']) => {
      const pane = hour(nth, cells, { features })
      pane.versions.v1.cohorts[nth * HOUR] = spreadOutcomes(cells)
      return pane
    }
    const task = watched().send(...times(12, (i) => scored(i, well, base)), ...times(6, (i) => scored(12 + i, many, i < 4 ? base : moved)))
    const [request] = task.events('retrain-requested')
    expect(request).toMatchObject({ diagnosis: 'prior shift', advice: 'recalibrate' })
    expect(request.explanation).toContain('The label rate is 75% where it was 25%.')
    expect(request.explanation).toContain('EM puts prevalence at 7')
  })

  it('by the calendar alone is a refresh, whatever little is known', () => {
    const task = decideTask({ ...policy, triggers: [{ trigger: 'calendar', everyMs: 3 * HOUR, cron: null, timezone: 'UTC', maxModelAgeMs: null }] })
    task.send(...times(4, (i) => hour(i, well)))
    expect(task.events('retrain-requested')[0]).toMatchObject({ diagnosis: 'refresh', advice: 'full' })
  })
})

const candidate = {
  kind: 'candidate' as const, model: 'fraud', version: 'v2', parentVersion: 'v1', trainingMode: 'full' as const, trainedBy: 't', retrainRequestId: null,
  evaluation: { testSetId: 't', n: 10, metrics: { recall: 0.1 }, standardErrors: null, subgroups: {}, latencyMsP99: null, costPerThousand: null },
  baselineVersion: 'v1', baseline: { testSetId: 't', n: 10, metrics: { recall: 0.5 }, standardErrors: null, subgroups: {}, latencyMsP99: null, costPerThousand: null },
  artifactUri: '', profile: null,
}

describe('where only acted inferences are labelled', () => {
  const acted = { ...policy, labels: { exist: 'actedOnly' as const } }

  it('precision is read and recall is insufficient, which says why', () => {
    const task = watched(acted).send(...times(3, (i) => hour(i, { tp: 80, fp: 60 })))
    const { performance } = (task.view() as unknown as { readings: { performance: { readings: Record<string, { value: number | null; verdict: string; detail?: { why?: string } }> }[] } }).readings
    expect(performance[0].readings.precision.value).toBeCloseTo(80 / 140, 9)
    expect(performance[0].readings.recall).toMatchObject({ value: null, verdict: 'insufficient', detail: { why: expect.stringContaining('without a control slice') as string } })
    expect(task.decide.cohorts(task.parts, 'fraud')[0].completed).toEqual({ precision: 80 / 140, recall: null })
  })

  it('no rule on recall asks, and nothing is diagnosed from a label rate', () => {
    const task = watched(acted).send(...times(12, (i) => hour(i, { tp: 80, fn: 0, fp: 60 })), ...times(3, (i) => hour(12 + i, { tp: 20, fn: 60, fp: 60 }, { features: moved })))
    const [request] = task.events('retrain-requested')
    expect(request.reasons.every(({ rule }) => rule === 'drift')).toBe(true)
    expect(rowOf(request, 'prior shift')).toMatchObject({ outcome: 'open' })
    expect((task.view() as unknown as { maturity: MaturityView }).maturity.refusal).toContain('Labels exist only for inferences that were acted on')
  })
})

describe('label maturity', () => {
  /** Each hour's positives come three hours after its negatives. */
  const panes = (hours: number) => times(hours, (i) => {
    const cohorts: Record<string, Cells> = { [i * HOUR]: { fp: 60, tn: 240 } }
    if (i >= 3) cohorts[(i - 3) * HOUR] = { tp: 80, fn: 20 }
    return hour(i, {}, { errors: [], versions: { v1: { predictions: 400, errors: [], cohorts } } })
  })
  const quiet = { ...policy, triggers: [] }
  const maturityOf = (task: ReturnType<typeof decideTask>) => (task.view() as unknown as { maturity: MaturityView }).maturity

  it('is not known before a cohort is past the horizon', () => {
    const task = decideTask(quiet).send(...panes(4))
    expect(maturityOf(task)).toMatchObject({ refusal: 'No cohort is past the label horizon yet: when labels come is not known.', waiting: null })
    expect(task.decide.cohorts(task.parts, 'fraud').every(({ expected, isComplete }) => isComplete || expected === null)).toBe(true)
  })

  it('learns by class when labels come, and tells for each hour what it will come to', () => {
    const task = decideTask(quiet).send(...panes(20))
    const { refusal, arrival, labelledShare } = maturityOf(task)
    expect([refusal, labelledShare]).toEqual([null, 1])
    expect(arrival).toMatchObject({ positive: { medianMs: 4 * HOUR }, negative: { medianMs: HOUR } })
    const rows = task.decide.cohorts(task.parts, 'fraud')
    expect(rows.find(({ startMs }) => startMs === 16 * HOUR)).toMatchObject({ labels: 400, labelsExpected: 400, expected: { precision: 80 / 140 } })
    expect(rows.find(({ startMs }) => startMs === 18 * HOUR)).toMatchObject({ labels: 300, labelsExpected: 400, completed: { precision: 0 }, expected: null })
  })

  it('shows precision so far beside what is expected, where positives come bit by bit', () => {
    const slow = (hours: number) => times(hours, (i) => {
      const cohorts: Record<string, Cells> = { [i * HOUR]: { tp: 20, fn: 5, fp: 60, tn: 240 } }
      for (let age = 1; age <= 3; age++) if (i >= age) cohorts[(i - age) * HOUR] = { tp: 20, fn: 5 }
      return hour(i, {}, { errors: [], versions: { v1: { predictions: 400, errors: [], cohorts } } })
    })
    const task = decideTask(quiet).send(...slow(20))
    const newest = task.decide.cohorts(task.parts, 'fraud').find(({ startMs }) => startMs === 19 * HOUR)!
    expect(newest.completed.precision).toBeCloseTo(20 / 80, 9)
    expect(newest.expected!.precision).toBeCloseTo(80 / 140, 9)
    const { waiting } = maturityOf(task)
    expect(waiting!.expected.precision.value).toBeCloseTo(80 / 140, 9)
    expect(waiting!.soFar.precision.value).toBeLessThan(80 / 140)
    expect(waiting!.expected.recall.value).toBeCloseTo(0.8, 9)
  })

  it('refuses where surer positives come sooner', () => {
    const bySureness = (hours: number) => times(hours, (i) => {
      const pane = hour(i, {}, { errors: [], versions: { v1: { predictions: 400, errors: [], cohorts: {} } } })
      const now = outcomesOf({ fp: 60, tn: 240 })
      for (let k = 0; k < 50; k++) addBinary(now, 1, 0.9, 1)
      pane.versions.v1.cohorts[i * HOUR] = now
      const then = createBinaryOutcomes(scoreEdges(20))
      for (let k = 0; k < 50; k++) addBinary(then, 1, 0.6, 1)
      if (i >= 3) pane.versions.v1.cohorts[(i - 3) * HOUR] = then
      return pane
    })
    const task = decideTask(quiet).send(...bySureness(20))
    expect(maturityOf(task)).toMatchObject({ waiting: null, refusal: expect.stringContaining('Among positive labels delay depends on the score') as string })
  })

  it('survives a stop between panes: what is kept is plain state', () => {
    const whole = decideTask(quiet).send(...panes(20))
    const stopped = decideTask(quiet).send(...panes(12))
    for (const name of stopped.parts.names('')) stopped.parts.put(name, structuredClone(stopped.parts.get(name)))
    expect(stopped.send(...panes(20).slice(12)).view()).toEqual(whole.view())
  })

  it('folds the oldest hours away with everything they hold', () => {
    const task = decideTask({ ...quiet, limits: { ...quiet.limits, cohortsMax: 12 } }).send(...panes(20))
    expect(maturityOf(task).cohorts).toBeGreaterThan(0)
    expect(task.state().cohorts).toHaveLength(12)
    expect(task.parts.names('cohort/')).toHaveLength(13)
  })
})
