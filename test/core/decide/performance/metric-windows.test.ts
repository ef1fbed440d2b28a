import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../../src/codec/state.ts'
import type { PaneReadings } from '../../../../src/core/decide/readings.ts'
import { readingsPart } from '../../../../src/core/decide/state.ts'
import type { PaneSummary } from '../../../../src/core/panes/summary.ts'
import type { ModelPolicy, WindowedMetric } from '../../../../src/core/policy.ts'
import { addToDigest, createDigest } from '../../../../src/core/sketches/digest.ts'
import { candidateOf, decideTask, HOUR, MINUTE, outcomesOf, paneOf, policyOf, spread, type Cells } from '../build.ts'

const windowed = (...uses: WindowedMetric[]) => policyOf({ performance: { metrics: [], windowed: uses, errorDetectors: [] } as ModelPolicy['performance'] })
const named = (metrics: string[], params = {}) => policyOf({ performance: { metrics, params, errorDetectors: [] } as ModelPolicy['performance'] })
const readingsOf = (task: ReturnType<typeof decideTask>) => task.parts.get<PaneReadings>(readingsPart('fraud'))!
const run = (policy: ModelPolicy, ...panes: PaneSummary[]) => readingsOf(decideTask(policy).send(...panes))
const pane = (nth: number, cells: Cells) => paneOf(nth, { versions: { v1: cells } })

/** Latencies and costs of a version, and how late its labels came. */
function served(one: PaneSummary, { latencies = [], costs = [], delays = [] }: { latencies?: readonly number[]; costs?: readonly number[]; delays?: readonly number[] }): PaneSummary {
  const { v1 } = one.versions
  for (const latency of latencies) addToDigest(v1.latency, latency)
  for (const cost of costs) Object.assign(v1, { costSum: v1.costSum + cost, costCount: v1.costCount + 1, costSquareSum: (v1.costSquareSum ?? 0) + cost * cost })
  for (const delay of delays) addToDigest((one.labelDelay.positive ??= createDigest()), delay)
  return one
}

describe('a metric over a window of its own', () => {
  const recall = (window: WindowedMetric['window'], params = {}): WindowedMetric => ({ unit: 'recall', params, window })
  const panes = [pane(0, { tp: 90, fn: 10 }), pane(1, { tp: 60, fn: 40 }), pane(2, { tp: 30, fn: 70 })]

  it('is read to the pane, with an interval on its effective n', () => {
    const { windowed: sights } = run(windowed(
      recall({ form: 'count', count: 150 }), recall({ form: 'time', spanMs: 30 * MINUTE }), recall({ form: 'faded', alpha: 0.01 }), recall({ form: 'faded', halfLifeMs: 10 * MINUTE }),
    ), ...panes)
    expect(sights!.map(({ metric, fromMs, toMs }) => [metric, fromMs, toMs])).toEqual([[10, 30], [0, 30], [0, 30], [0, 30]].map(([from, to]) => ['recall', from * MINUTE, to * MINUTE]))
    expect(sights!.slice(0, 2).map(({ reading }) => [reading.value, reading.n, reading.detail])).toEqual([[0.45, 200, { windowRows: 200 }], [0.6, 300, { windowRows: 300 }]])
    const weights = [0.25, 0.5, 1]
    const halved = sights![3].reading
    expect(halved.value).toBeCloseTo((0.25 * 90 + 0.5 * 60 + 30) / 175, 12)
    expect(halved.n).toBeCloseTo((100 * weights.reduce((a, b) => a + b)) ** 2 / (100 * weights.reduce((a, b) => a + b * b, 0)), 8)
    expect(halved.detail!.fadedRows).toBe(300)
    const width = ({ interval }: typeof halved) => interval![1] - interval![0]
    expect(width(sights![2].reading)).toBeGreaterThan(width(sights![1].reading))
  })

  it('takes its own parameters, and follows corrections', () => {
    const policy = windowed(recall({ form: 'count', count: 1000 }, { confidence: 0.5 }), recall({ form: 'count', count: 1000 }))
    const correction = { paneStart: 0, version: 'v1', cohort: 0, segments: [], score: 0.9, decision: 1, before: 1, after: NaN }
    const { windowed: [narrow, wide] = [] } = run(policy, pane(0, { tp: 50, fn: 50 }), paneOf(1, { versions: { v1: { tp: 1 } }, corrections: [correction] }))
    expect(narrow.reading).toMatchObject({ value: 0.5, n: 100 })
    expect(narrow.reading.interval![0]).toBeGreaterThan(wide.reading.interval![0])
  })

  it('says nothing where labels tell nothing, or where there are none', () => {
    const policy = { ...windowed(recall({ form: 'count', count: 100 })), labels: { exist: 'actedOnly' } as const }
    expect(run(policy, ...panes).windowed![0].reading).toMatchObject({ value: null, verdict: 'insufficient' })
    expect(run(windowed(recall({ form: 'faded', alpha: 0.1 })), paneOf(0, { versions: { v1: { acted: 5 } } })).windowed![0].reading).toMatchObject({ value: null, n: 0, verdict: 'insufficient' })
  })

  it('is of the champion alone and of panes under its own policy', () => {
    const other = paneOf(1, { versions: { v1: { tp: 10, acted: 100 }, v2: { fn: 90, acted: 0 } } })
    const policy = windowed(recall({ form: 'count', count: 1000 }))
    expect(run(policy, other).windowed![0].reading).toMatchObject({ value: 1, n: 10 })
    expect(run(policy, paneOf(0, { versions: { v1: { fn: 50 } }, policyHash: 'former' }), other).windowed![0].reading).toMatchObject({ value: 1, n: 10 })
  })

  it('is nowhere in what is kept while the policy names none, and survives the store where it does', () => {
    expect(Object.keys(run(named(['recall']), ...panes))).not.toContain('windowed')
    const task = decideTask(windowed(recall({ form: 'faded', alpha: 0.01 }))).send(...panes)
    const held = readingsOf(task)
    expect(stateCodec.decode(stateCodec.encode(held))).toEqual(held)
    expect((task.view() as unknown as { readings: PaneReadings }).readings.windowed).toEqual(held.windowed)
  })
})

describe('parameters of a metric in the policy', () => {
  it('hold in every window and in the cohorts', () => {
    const policy = named(['business-value', 'lift'], { 'business-value': { tp: 40, fp: -2, fn: -40, tn: 0 }, lift: { share: 0.5 } })
    const task = decideTask(policy).send(pane(0, { tp: 30, fp: 10, fn: 10, tn: 50 }))
    for (const { readings } of readingsOf(task).performance) {
      expect(readings['business-value'].value).toBeCloseTo((30 * 40 - 10 * 2 - 10 * 40) / 100, 12)
      expect(readings.lift.interval![1]).toBeLessThanOrEqual(2)
    }
    expect(task.decide.cohorts(task.parts, 'fraud')[0].completed['business-value']).toBeCloseTo(7.8, 12)
  })

  it('hold for a trigger and for the watch over a new champion', () => {
    const params = { 'business-value': { tp: 40, fp: -2, fn: -40, tn: 0 } }
    const cells = { tp: 100, fn: 100, tn: 200, fp: 0 } // worth 0 by the policy, .25 by default
    const trigger = { trigger: 'performance', metric: 'business-value', minDrop: null, floor: 0.2, minLabels: 100 } as const
    const asked = (given: object) => decideTask({ ...named(['business-value'], given), triggers: [trigger], cooldownMs: 0 }).send(pane(0, { ...cells, fn: 140 })).events('retrain-requested').length
    expect([asked(params), asked({})]).toEqual([1, 0])
    const rolledBack = (given: object) => {
      const watch = { performance: { metric: 'business-value', maxDrop: 0.6, minLabels: 200 } }
      const task = decideTask({ ...named([], given), rollback: policyOf({ rollback: { watch } }).rollback }).send(paneOf(0, { versions: { v1: { acted: 500 } } }))
      task.candidate(candidateOf(), 11 * MINUTE)
      return task.send(paneOf(6, { versions: { v1: { acted: 0, tp: 200, tn: 200 }, v2: { acted: 500, ...cells } } })).events('rollback').length
    }
    expect([rolledBack(params), rolledBack({})]).toEqual([1, 0])
  })
})

describe('what answers take and cost and get for labels', () => {
  const policy = named(['latency-quantiles', 'cost-per-thousand', 'label-delay', 'unlabelled-share', 'recall'], { 'latency-quantiles': { quantile: 0.5 } })

  it('is read over every window', () => {
    const slow = served(pane(0, { tp: 1 }), { latencies: spread(400, 100, 200), costs: [0.001], delays: [5000] })
    const fast = served(pane(1, { tp: 1 }), { latencies: spread(200, 0, 100), costs: Array.from({ length: 40 }, (_, i) => (i % 2) * 0.002), delays: [1000, 2000, 3000] })
    const [short, long] = run(policy, slow, fast).performance
    expect(short.readings['latency-quantiles'].value).toBeCloseTo(50, 0)
    expect(short.readings['latency-quantiles'].interval).toHaveLength(2)
    expect(long.readings['latency-quantiles']).toMatchObject({ n: 600, detail: { windowRows: 600 } })
    expect(long.readings['latency-quantiles'].value).toBeCloseTo(125, 0)
    const { value, n, interval } = short.readings['cost-per-thousand']
    expect([Number(value!.toFixed(9)), n]).toEqual([1, 40])
    expect((interval![1] - interval![0]) / 2).toBeCloseTo(1.96 / Math.sqrt(39), 2)
    expect([short, long].map(({ readings }) => [readings['label-delay'].value, readings['label-delay'].n])).toEqual([[2000, 3], [3000, 4]])
    expect(Object.keys(short.readings['label-delay'].detail!)).not.toContain('unlabelled')
  })

  it('counts predictions without a label by whole cohorts within the window', () => {
    const hourly = { ...policy, time: { ...policy.time, windows: [1, 12] } }
    const first = paneOf(0, { versions: { v1: { predictions: 100, tp: 30 } } })
    const later = paneOf(11, { versions: { v1: { predictions: 50, tp: 4, cohorts: { 0: { tp: 3 }, [HOUR]: { tp: 1 } } } } })
    const [short, long] = run(hourly, first, later).performance
    expect(short.readings['unlabelled-share']).toMatchObject({ value: null, verdict: 'insufficient' })
    expect(long.readings['unlabelled-share']).toMatchObject({ value: (150 - 34) / 150, n: 150, detail: { cohorts: 2 } })
  })

  it('is nothing that a drained run compares with completed cohorts', () => {
    const task = decideTask(policy).send(served(pane(0, { tp: 10 }), { latencies: [1] }), pane(6, { tp: 10 }))
    task.decide.end(task.parts, 8 * HOUR, task.emit)
    expect(task.decisions('closed')[0].text).toMatch(/recall as read live/)
    expect(task.decisions('closed')[0].text).not.toMatch(/latency|unlabelled/)
  })

  it('fades costs, and keeps its hands off outcomes on other bins', () => {
    const fading = windowed({ unit: 'cost-per-thousand', params: {}, window: { form: 'faded', halfLifeMs: 10 * MINUTE } })
    const { windowed: [cost] = [] } = run(fading, served(pane(0, { tp: 1 }), { costs: [0.003] }), served(pane(1, { tp: 1 }), { costs: [0] }))
    expect(cost.reading.value).toBeCloseTo(1, 12)
    const old = pane(0, { tp: 5 })
    old.versions.v1.outcomes = outcomesOf({ tp: 5 }, 7)
    const counted = run(windowed({ unit: 'recall', params: {}, window: { form: 'count', count: 100 } }), old, pane(1, { fn: 3 }))
    expect(counted.windowed![0].reading).toMatchObject({ value: 0, n: 3, detail: { windowRows: 3, panesLeftOut: 1 } })
  })
})
