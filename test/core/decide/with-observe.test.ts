/** Observe and decide together, as the engine joins them: what one writes the other must be able to read. */
import { describe, expect, it } from 'vitest'
import type { PaneEstimates } from '../../../src/core/decide/performance/pane-estimates.ts'
import { createDecide } from '../../../src/core/decide.ts'
import { Observe } from '../../../src/core/observe.ts'
import { createParts } from '../../../src/core/parts.ts'
import type { PanesRecord } from '../../../src/core/panes/summary.ts'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import type { DecideEvent, FeatureShape, Profile } from '../../../src/core/records.ts'
import { candidateOf, DAY, evaluationOf, HOUR, MINUTE, policyOf, sha256 } from './build.ts'

const policy = policyOf({
  time: { paneMs: HOUR, windows: [1, 6, 24], cohortMs: 6 * HOUR, labelHorizonMs: 2 * DAY, watchEveryMs: MINUTE },
  profile: { referencePanes: 6, layoutRowsMin: 200 },
  drift: { all: [{ unit: 'psi', params: {} }, { unit: 'ks', params: {} }, { unit: 'missing', params: {} }], score: [{ unit: 'psi', params: {} }] },
  performance: { metrics: ['precision', 'recall', 'roc-auc'], errorDetectors: [{ unit: 'adwin', params: {} }] },
  triggers: [{ trigger: 'drift', minImportanceShare: 0.3, minPanes: 3, score: true }, { trigger: 'performance', metric: 'recall', minDrop: null, floor: 0.7, minLabels: 300 }],
  rollback: { watch: { performance: { metric: 'recall', maxDrop: 0.1, minLabels: 100 } } },
})
const shape: FeatureShape = { numeric: ['amount', 'age'], categorical: ['channel'] }

/** Six days of a model with 120 predictions an hour over two tasks; on day three `amount` moves and the threshold of v1 no longer fits. */
function simulate(seed: number) {
  const draws = seeded(seed)
  const environment = { hash: sha256, defaultPolicy: (model: string) => ({ ...policy, model }) }
  const decide = createDecide({ ...environment, nextCron: (_e, _t, after) => after + DAY, upstreamTasks: 2 })
  const parts = createParts()
  const events: DecideEvent[] = []
  const emit = (_role: string, _key: string, event: DecideEvent) => {
    events.push(event)
    if (event.kind === 'profile') published.push(event)
  }
  const published: Profile[] = []
  let nowMs = 0
  const deliver = (record: PanesRecord) => {
    if (record.kind === 'pane') decide.pane(parts, structuredClone(record), nowMs, emit)
    else if (record.kind === 'watch') decide.watch(parts, structuredClone(record), nowMs, emit)
    else decide.broadcast(parts, record, nowMs, emit)
  }
  const deadLetters: string[] = []
  const observers = [0, 1].map((task) => new Observe({
    ...environment, task, emit: { summary: deliver, broadcast: deliver, deadLetter: (code, message) => void deadLetters.push(`${code}: ${message}`) },
  }, createParts(), []))
  const served = () => (events.filter(({ kind }) => kind === 'serving-config').at(-1) as { champion: string; sequence: number } | undefined) ?? null
  const waiting: { at: number; task: number; inferenceId: string; actual: boolean; observedAt: number }[] = []
  for (let i = 0; i < 6 * 24 * 120; i++) {
    nowMs = i * 30_000
    for (const profile of published.splice(0)) for (const observer of observers) observer.applyProfile(profile, profile.effectiveFrom!)
    while (waiting.length > 0 && waiting[0].at <= nowMs) {
      const { task, inferenceId, actual, observedAt } = waiting.shift()!
      observers[task].label({ kind: 'label', inferenceId, model: 'fraud', observedAt, value: actual, weight: 1 }, nowMs)
    }
    const [task, inferenceId] = [i % 2, `i${i}`]
    const isLate = nowMs >= 3 * DAY
    const amount = normal(draws) + (isLate ? 2 : 0)
    const actual = uniform(draws) < 1 / (1 + Math.exp(-2 * (isLate ? amount - 2 : amount)))
    const vector = { shape, numeric: Float64Array.of(amount, uniform(draws)), categorical: [uniform(draws) < 0.3 ? 'app' : 'web'] }
    observers[task].features({ kind: 'features', inferenceId, model: 'fraud', observedAt: nowMs, vector }, nowMs)
    const champion = served()?.champion ?? 'v1'
    const scores: Record<string, number> = { v1: 1 / (1 + Math.exp(-2 * amount)), v2: 1 / (1 + Math.exp(2 * amount + 2)) }
    for (const version of served() === null ? ['v1'] : ['v1', 'v2']) {
      observers[task].prediction({
        kind: 'prediction', inferenceId, model: 'fraud', version, predictedAt: nowMs, score: scores[version], decision: null, acted: version === champion, outcome: 'ok',
        errorCode: null, entityId: null, configSequence: served()?.sequence ?? null, latencyMs: 10, cost: NaN, segments: null, features: null,
      }, nowMs)
    }
    waiting.push({ at: nowMs + HOUR, task, inferenceId, actual, observedAt: nowMs + HOUR })
    if (nowMs === 4 * DAY) {
      const leaked = evaluationOf({ metrics: { recall: 0.99 } })
      decide.candidate(parts, candidateOf({ evaluation: leaked, baseline: evaluationOf({ metrics: { recall: 0.5 } }) }), nowMs, emit)
    }
  }
  for (const observer of observers) observer.finish(nowMs)
  decide.end(parts, nowMs, emit)
  return { events, deadLetters, view: decide.view(parts, 'fraud') as Record<string, unknown>, cohorts: decide.cohorts(parts, 'fraud') }
}

describe('observe and decide together', () => {
  const { events, deadLetters, view, cohorts } = simulate(7)
  const of = <K extends DecideEvent['kind']>(kind: K) => events.filter((event) => event.kind === kind) as Extract<DecideEvent, { kind: K }>[]

  it('lay bins, count a provisional reference, and leave no summary out for its bins', () => {
    expect(deadLetters).toEqual([])
    expect(of('profile').filter(({ version }) => version === 'v1').map(({ n, provisional }) => [n > 0, provisional])).toEqual([[false, true], [true, true]])
    expect((view.panes as { leftOut: { parts: number } }).leftOut.parts).toBe(0)
  })

  it('ask for nothing while nothing changes, and for a retrain soon after amount has moved, naming it', () => {
    const [first] = of('retrain-requested')
    expect(first.at).toBeGreaterThan(3 * DAY)
    expect(first.at).toBeLessThanOrEqual(3 * DAY + 6 * HOUR)
    expect(first.reasons.some(({ subject }) => subject === 'amount')).toBe(true)
    expect(first.reasons.some(({ subject }) => subject === 'age' || subject === 'channel')).toBe(false)
  })

  it('promote a candidate whose claim was leaked, and take it out by its live recall', () => {
    expect(of('promote')).toMatchObject([{ version: 'v2', at: 4 * DAY }])
    const [rollback] = of('rollback')
    expect(rollback).toMatchObject({ version: 'v1', previous: 'v2', issuer: 'steward' })
    expect(rollback.at).toBeLessThan(4 * DAY + 12 * HOUR)
    expect(of('serving-config').map(({ sequence, champion }) => [sequence, champion])).toEqual([[1, 'v2'], [2, 'v1']])
  })

  it('complete cohorts, every inference and label in one of them', () => {
    const mine = cohorts.filter(({ version }) => version === 'v1')
    expect(mine.reduce((sum, { predictions }) => sum + predictions, 0)).toBe(6 * 24 * 120)
    expect(mine.reduce((sum, { labels }) => sum + labels, 0)).toBe(6 * 24 * 120 - 120)
    expect(mine.some(({ isComplete, live }) => isComplete && live !== null)).toBe(true)
  })

  it('estimate the champion without labels from every prediction of both tasks, by what its own labels said before', () => {
    const { champion, reference, windows } = view.estimates as PaneEstimates
    expect([champion, reference!.from]).toEqual(['v1', 'labels'])
    expect(windows.map(({ predictions }) => predictions)).toEqual([120, 720, 2_880])
    for (const { readings } of windows) expect(readings.recall.interval![0]).toBeGreaterThan(0.9)
  })

  it('say the same again from the same records', () => {
    expect(simulate(7).events).toEqual(events)
  })
})
