/** ROC AUC and PR AUC over the newest outcomes one by one: from records over any number of tasks to the reading. */
import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../../src/codec/state.ts'
import type { PaneReadings } from '../../../../src/core/decide/readings.ts'
import { panePart, readingsPart } from '../../../../src/core/decide/state.ts'
import { metricUnits, type MetricRow } from '../../../../src/core/metrics/streaming.ts'
import { Observe } from '../../../../src/core/observe.ts'
import type { PaneSummary } from '../../../../src/core/panes/summary.ts'
import { createParts } from '../../../../src/core/parts.ts'
import type { ModelPolicy, WindowedMetric } from '../../../../src/core/policy.ts'
import { seeded, uniform } from '../../../../src/core/random.ts'
import { resolveParams } from '../../../../src/core/unit.ts'
import { decideTask, MINUTE, policyOf, sha256 } from '../build.ts'

const EVERY = 12_000 // one a sub-slot of ten minutes at most
const PANE = 10 * MINUTE
const exactly = (unit: string, count: number): WindowedMetric => ({ unit, params: {}, window: { form: 'count', count, exact: true } })
const asking = (...windowed: WindowedMetric[]) => policyOf({ performance: { metrics: [], windowed, errorDetectors: [] } as ModelPolicy['performance'] })
const policy = asking(exactly('roc-auc', 70), exactly('pr-auc', 120), { unit: 'roc-auc', params: {}, window: { form: 'count', count: 70 } })

const draws = seeded(11)
const rows: (MetricRow & { score: number; y: 0 | 1; entity: string })[] = Array.from({ length: 150 }, (_, i) => {
  const score = 0.5 + Math.round((uniform(draws) - 0.5) * 100) / 100_000 // all within two of the bins, and many ties
  return { score, y: uniform(draws) < 0.5 + 700 * (score - 0.5) ? 1 : 0, entity: `e${i % 9}`, prediction: score >= 0.5 ? 1 : 0 }
})

/** The summaries of a stream over so many tasks: a prediction and its label every twelve seconds, three panes. */
function observed(tasks: number, used: ModelPolicy, correct: (observer: Observe) => void = () => undefined): PaneSummary[] {
  const panes: PaneSummary[] = []
  const observers = Array.from({ length: tasks }, (_, task) => new Observe({
    task, hash: sha256, defaultPolicy: (model) => ({ ...used, model }),
    emit: { summary: (record) => void (record.kind === 'pane' && panes.push(stateCodec.decode(stateCodec.encode(record)) as PaneSummary)), broadcast: () => undefined, deadLetter: () => undefined },
  }, createParts(), []))
  rows.forEach(({ score, y, entity }, i) => {
    const [at, inferenceId, observer] = [i * EVERY, `i${i}`, observers[(i * 7) % tasks]]
    observer.prediction({
      kind: 'prediction', inferenceId, model: 'fraud', version: 'v1', predictedAt: at, score, decision: null, acted: true, outcome: 'ok', errorCode: null,
      entityId: entity, configSequence: null, latencyMs: NaN, cost: NaN, segments: null, features: null,
    }, at)
    observer.label({ kind: 'label', inferenceId, model: 'fraud', observedAt: at, value: y === 1, weight: 1 }, at)
  })
  for (const observer of observers) {
    correct(observer)
    observer.finish(3 * PANE)
  }
  return panes
}

const decided = (tasks: number, panes: readonly PaneSummary[], used = policy) => {
  const task = decideTask(used, tasks)
  const starts = [...new Set(panes.map(({ startMs }) => startMs))].sort((a, b) => a - b)
  for (const start of starts) {
    for (const pane of panes.filter(({ startMs }) => startMs === start)) task.decide.pane(task.parts, pane, pane.endMs, task.emit)
    for (let each = 0; each < tasks; each++) task.pass(start + PANE, each)
  }
  return task
}
const windowedOf = (task: ReturnType<typeof decideTask>) => task.parts.get<PaneReadings>(readingsPart('fraud'))!.windowed!

function tried(unit: 'roc-auc' | 'pr-auc', windowCount: number) {
  const metric = metricUnits[unit]
  const params = resolveParams(metric, { window: 'count', windowCount })
  const state = metric.init(params)
  for (const row of rows) metric.update(state, row, params)
  return metric.read(state, params)
}

describe('an exact metric of a policy', () => {
  it.each([[1], [3]])('reads over %i tasks what `steward try` reads of the same rows, with the same interval', (tasks) => {
    const [roc, pr, binned] = windowedOf(decided(tasks, observed(tasks, policy)))
    expect(roc.reading).toEqual(tried('roc-auc', 70))
    expect(pr.reading).toEqual(tried('pr-auc', 120))
    expect([roc.reading.detail!.bound, roc.reading.n, roc.fromMs]).toEqual([0, 70, PANE])
    expect(roc.reading.detail!.designEffect).toBeGreaterThanOrEqual(1)
    expect([binned.reading.n, binned.reading.detail!.bound]).not.toEqual([70, 0])
    expect(binned.reading.value).not.toBeCloseTo(roc.reading.value!, 2) // what it is for
  })

  it('does not heed the order in which tasks send', () => {
    const panes = observed(3, policy)
    expect(windowedOf(decided(3, [...panes].reverse()))).toEqual(windowedOf(decided(3, panes)))
  })

  it('is not rewound by a correction of a closed pane, nor by one in the open pane', () => {
    const corrected = observed(1, policy, (observer) => {
      for (const i of [20, 145]) observer.label({ kind: 'label', inferenceId: `i${i}`, model: 'fraud', observedAt: 3 * PANE - 1, value: rows[i].y === 0, weight: 1 }, 3 * PANE - 1)
    })
    expect(corrected.at(-1)!.join.correctedLabels).toBe(2)
    expect(windowedOf(decided(1, corrected)).slice(0, 2).map(({ reading }) => reading)).toEqual([tried('roc-auc', 70), tried('pr-auc', 120)])
  })

  it('lets scores go that newer panes pushed out of every window, and keeps those it still reads', () => {
    const used = asking(exactly('roc-auc', 70))
    const task = decided(1, observed(1, used), used)
    expect([0, 1, 2].map((nth) => task.parts.get<PaneSummary>(panePart('fraud', nth * PANE))!.versions.v1.newestScores?.n)).toEqual([undefined, 50, 50])
  })

  it('says how few there are, and nothing at all without outcomes of both classes', () => {
    const used = asking(exactly('roc-auc', 5000))
    expect(windowedOf(decided(1, observed(1, used), used))[0].reading).toMatchObject({ n: 150, detail: { windowRows: 150 } })
    const empty = decided(1, observed(1, asking()), used)
    expect(windowedOf(empty)[0].reading).toMatchObject({ value: null, verdict: 'insufficient', detail: { windowRows: 0 } })
  })

  it('leaves not a byte in summaries and readings of a policy that does not ask', () => {
    const [plain] = observed(1, asking())
    expect(Object.keys(plain.versions.v1)).not.toContain('newestScores')
    const [asked] = observed(1, policy)
    delete asked.versions.v1.newestScores
    expect(stateCodec.encode(asked)).toEqual(stateCodec.encode(plain))
  })
})
