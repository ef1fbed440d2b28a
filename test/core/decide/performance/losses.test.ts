/** The expected loss of a regression, from panes of rows to status, evidence and request. */
import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../../src/codec/state.ts'
import type { PaneEstimates } from '../../../../src/core/decide/performance/pane-estimates.ts'
import type { LossReference } from '../../../../src/core/decide/performance/loss-reference.ts'
import { createDecide } from '../../../../src/core/decide.ts'
import { Observe } from '../../../../src/core/observe.ts'
import { createParts, type PartStore } from '../../../../src/core/parts.ts'
import type { PanesRecord } from '../../../../src/core/panes/summary.ts'
import type { ModelPolicy } from '../../../../src/core/policy.ts'
import { normal, seeded, uniform } from '../../../../src/core/random.ts'
import type { DecideEvent, FeatureShape } from '../../../../src/core/records.ts'
import { commandOf, DAY, HOUR, MINUTE, policyOf, profileOf, sha256, spread } from '../build.ts'

const shape: FeatureShape = { numeric: ['distance', 'hour'], categorical: [] }
const policy = policyOf({
  mode: 'act', task: 'regression', time: { paneMs: HOUR, windows: [1, 6], labelHorizonMs: 12 * HOUR, cohortMs: HOUR, watchEveryMs: 10 * MINUTE },
  profile: { referencePanes: 8 }, drift: { all: [{ unit: 'psi', params: {} }, { unit: 'missing', params: {} }] }, performance: { metrics: ['mae'], estimate: 'dle' },
  triggers: [
    { trigger: 'drift', minImportanceShare: 0.3, minPanes: 2, score: false }, { trigger: 'performance', metric: 'mae', minDrop: 0.3, floor: null, minLabels: 200 },
  ],
  promotion: { metric: 'mae' }, cooldownMs: 100 * DAY, limits: { rowsMax: 100 },
})
const plain: ModelPolicy = { ...policy, performance: { metrics: ['mae'], errorDetectors: [] } }
/** Of a model whose mean absolute error is 1.36 on the whole, and 2.2 of what is farther than .7. */
const profile = profileOf({ distance: spread(2_000), hour: spread(2_000) }, { metrics: { mae: 1.36 }, importances: { distance: 0.8, hour: 0.2 } })
const anHour = 150

interface World {
  hours: number
  policy?: ModelPolicy
  /** hour from which only far ones come */
  farFrom?: number
  /** hour from which errors are so many times as large */
  worseFrom?: number
  /** the error does not depend on anything */
  isEven?: boolean
  /** share of the predictions that bring features */
  withFeatures?: number
  /** takes decide's state through its bytes after every hour */
  restarts?: boolean
  /** hour in which a person takes v2, which acts from then on */
  promoteAt?: number
}

/** Labels come two hours after their predictions. */
function simulate({ hours, policy: given = policy, farFrom = Infinity, worseFrom = Infinity, isEven = false, withFeatures = 1, restarts = false, promoteAt = Infinity }: World) {
  const random = seeded(8)
  const environment = { hash: sha256, defaultPolicy: () => given }
  const decide = createDecide({ ...environment, nextCron: (_expression, _timezone, after) => after + DAY, upstreamTasks: 1 })
  const events: DecideEvent[] = []
  let parts: PartStore = createParts()
  let nowMs = 0
  const emit = (_role: string, _key: string, event: DecideEvent) => void events.push(structuredClone(event))
  const deliver = (record: PanesRecord) => {
    const sent = stateCodec.decode(stateCodec.encode(record)) as PanesRecord
    if (sent.kind === 'pane') decide.pane(parts, sent, nowMs, emit)
    else if (sent.kind === 'watch') decide.watch(parts, sent, nowMs, emit)
    else decide.broadcast(parts, sent, nowMs, emit)
  }
  const observe = new Observe({ ...environment, task: 0, emit: { summary: deliver, broadcast: deliver, deadLetter: (_code, message) => { throw new Error(message) } } }, createParts(), [])
  decide.applyProfile(parts, profile, 0, 0)
  observe.applyProfile(profile, 0)
  const labels: { at: number; inferenceId: string; value: number }[] = []
  for (let i = 0; i < hours * anHour; i++) {
    const hour = Math.floor(i / anHour)
    nowMs = hour * HOUR + Math.floor(((i % anHour) * HOUR) / anHour)
    while (labels.length > 0 && labels[0].at <= nowMs) {
      const { at, inferenceId, value } = labels.shift()!
      observe.label({ kind: 'label', inferenceId, model: 'fraud', observedAt: at, value, weight: 1 }, nowMs)
    }
    const distance = hour >= farFrom ? 0.7 + 0.3 * uniform(random) : uniform(random)
    const [score, inferenceId] = [10 + 5 * distance, `i${i}`]
    const error = normal(random) * (isEven ? 1.5 : 0.2 + 3 * distance) * (hour >= worseFrom ? 2 : 1)
    const features = uniform(random) < withFeatures ? { shape, numeric: Float64Array.of(distance, uniform(random)), categorical: [] } : null
    const version = hour >= promoteAt ? 'v2' : 'v1'
    if (hour === promoteAt && i % anHour === 0) decide.command(parts, commandOf('promote', { version: 'v2', issuedAt: nowMs }), nowMs, emit)
    observe.prediction({
      kind: 'prediction', inferenceId, model: 'fraud', version, predictedAt: nowMs, score, decision: null, acted: true, outcome: 'ok', errorCode: null, entityId: null,
      configSequence: null, latencyMs: 10, cost: NaN, segments: null, features,
    }, nowMs)
    labels.push({ at: nowMs + 2 * HOUR, inferenceId, value: score + error })
    if (restarts && i % anHour === 0) parts = reloaded(parts)
  }
  nowMs = hours * HOUR
  observe.finish(nowMs)
  const view = decide.view(parts, 'fraud') as { estimates: PaneEstimates | null }
  return { events, parts, view, estimates: view.estimates!, requests: events.filter((event) => event.kind === 'retrain-requested'), held: parts.get<LossReference>('losses/fraud') }
}

const reloaded = (parts: PartStore): PartStore =>
  createParts(new Map(parts.names('').map((name) => [name, stateCodec.decode(stateCodec.encode(parts.get(name)))])))
const whyOf = ({ windows }: PaneEstimates, metric = 'mae') => windows.map(({ readings }) => readings[metric].detail?.why)

describe('what a loss depends on', () => {
  it('is learnt once, from the first panes with labels, whose rows then go', () => {
    const [gathering, learnt, later] = [9, 10, 20].map((hours) => simulate({ hours }))
    expect(gathering.held).toMatchObject({ version: 'v1', panes: 7, panesWanted: 8, rows: 700, fit: null })
    expect(gathering.parts.names('losses/fraud/')).toHaveLength(7)
    expect(whyOf(gathering.estimates)[0]).toContain('7 of 8 panes with labels and 700 of at least 200 labelled rows are gathered')
    expect(learnt.held).toMatchObject({ panes: 8, rows: 800, starts: [], fit: { n: 800 } })
    expect(learnt.parts.names('losses/fraud/')).toEqual([])
    expect(later.held).toEqual(learnt.held)
  })

  it('is learnt anew for another champion, and forgotten where the policy asks no more', () => {
    const promoted = simulate({ hours: 16, promoteAt: 12 })
    expect(promoted.held).toMatchObject({ version: 'v2', panes: 2, fit: null })
    const { parts } = simulate({ hours: 9 })
    const decide = createDecide({ hash: sha256, defaultPolicy: () => plain, nextCron: (_expression, _timezone, after) => after + DAY, upstreamTasks: 1 })
    const pane = { ...parts.get<object>(`pane/fraud/${8 * HOUR}`)!, startMs: 9 * HOUR, endMs: 10 * HOUR, task: 0 }
    decide.reopen(parts, 0)
    decide.pane(parts, pane as never, 10 * HOUR, () => undefined)
    decide.broadcast(parts, { kind: 'broadcast', task: 0, streamTimeMs: 10 * HOUR, atLogEnd: true, final: false }, 10 * HOUR, () => undefined)
    expect(parts.names('losses/')).toEqual([])
    expect(parts.get('estimates/fraud')).toBeUndefined()
  })

  it('says the same when its state goes through bytes every hour', () => {
    const [whole, restarted] = [simulate({ hours: 16, farFrom: 12 }), simulate({ hours: 16, farFrom: 12, restarts: true })]
    expect(restarted.estimates).toEqual(whole.estimates)
    expect(restarted.events).toEqual(whole.events)
  })
})

describe('the loss that is expected', () => {
  it('says how good what was learnt is, and counts every prediction of its window', () => {
    const { reference, windows } = simulate({ hours: 16 }).estimates
    expect(reference).toMatchObject({ from: 'labels', n: 800, quality: { mae: { r2: { verdict: 'ok' } }, rmse: { gap: { verdict: 'ok' } } } })
    expect(windows.map(({ panes, predictions }) => [panes, predictions])).toEqual([[1, 150], [6, 900]])
    // of panes of a hundred rows each as many as lie evenly
    expect(windows[1].labelled!.rows).toBeGreaterThan(500)
    expect(windows[1].labelled).toMatchObject({ metrics: { mae: { beyond: null }, rmse: { beyond: null } } })
  })

  it('is refused where features explain nothing of the loss, of both metrics', () => {
    const { windows } = simulate({ hours: 14, isEven: true }).estimates
    for (const metric of ['mae', 'rmse']) expect(whyOf({ windows } as PaneEstimates, metric)[1]).toMatch(/^features and prediction explain nothing of the loss on held-out reference rows/)
    expect(windows[1]).not.toHaveProperty('labelled')
  })

  it('is refused where features of too few predictions are known', () => {
    expect(whyOf(simulate({ hours: 16, withFeatures: 0.7 }).estimates)[1]).toMatch(/^features of only (6|7)\d % of the predictions are known$/)
    expect(whyOf(simulate({ hours: 16, withFeatures: 0.95 }).estimates)[1]).toBeUndefined()
  })
})

describe('a diagnosis', () => {
  const far = { hours: 24, farFrom: 18 }

  it('tells of harm that inputs bring before labels of theirs are in, by the estimate', () => {
    const [request] = simulate(far).requests
    expect(request.at).toBe(20 * HOUR)
    expect(request.explanation).toContain('Mae as estimated without labels is 2.077, held against 1.36: it got worse.')
    expect(request.considered).toContainEqual(expect.objectContaining({ name: 'harmless covariate drift', outcome: 'ruled-out' }))
    const [blind] = simulate({ ...far, policy: plain }).requests
    expect(blind.considered).toContainEqual(expect.objectContaining({ name: 'harmless covariate drift', outcome: 'open' }))
  })

  it('does not take a rise that was to be expected of the inputs for another concept', () => {
    const byLabels = (given: ModelPolicy) => simulate({ hours: 34, farFrom: 18, policy: { ...given, triggers: given.triggers.slice(1) } }).requests[0]
    const [told, blind] = [byLabels(policy), byLabels(plain)]
    expect(told.considered.find(({ name }) => name === 'concept drift')).toMatchObject({ outcome: 'ruled-out', text: expect.stringMatching(/: labels are no worse\.$/) as string })
    expect(blind.considered.find(({ name }) => name === 'concept drift')).toMatchObject({ outcome: 'open' })
  })

  it('tells of errors that grow whatever the inputs, since labels leave what was expected of the very same predictions', () => {
    const [request] = simulate({ hours: 30, worseFrom: 16 }).requests
    expect(request).toMatchObject({ diagnosis: 'concept drift' })
    expect(request.explanation).toMatch(/[Mm]ae on mature labels is \d\.\d+ where 1\.\d+ was estimated without them/)
  })

  it('holds no estimate against a bound that nobody set', () => {
    const [request] = simulate({ ...far, policy: { ...policy, triggers: policy.triggers.slice(0, 1) } }).requests
    const texts = request.considered.map(({ text }) => text)
    expect(texts.join(' ')).toContain('(DLE): no performance rule says how much worse, in the unit of the target, is too much')
  })
})
