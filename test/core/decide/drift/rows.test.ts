/** Rows from the records to the request: what no measure of one feature sees. */
import { describe, expect, it } from 'vitest'
import { stateCodec } from '../../../../src/codec/state.ts'
import { createDecide } from '../../../../src/core/decide.ts'
import { gatherRows, rowReference } from '../../../../src/core/decide/drift/row-reference.ts'
import type { Turn } from '../../../../src/core/decide/turn.ts'
import { Observe } from '../../../../src/core/observe.ts'
import { addColumns, addRow, compactRowSample, createRowSample, type RowSample } from '../../../../src/core/panes/row-sample.ts'
import { createParts, type PartStore } from '../../../../src/core/parts.ts'
import type { PaneSummary, PanesRecord } from '../../../../src/core/panes/summary.ts'
import type { ModelPolicy } from '../../../../src/core/policy.ts'
import { normal, seeded, type Random } from '../../../../src/core/random.ts'
import type { Reading } from '../../../../src/core/reading.ts'
import type { DecideEvent, FeatureShape } from '../../../../src/core/records.ts'
import { DAY, MINUTE, paneOf, policyOf, profileOf, sha256 } from '../build.ts'

const paneMs = 10 * MINUTE
const rowsAPane = 240
const shape: FeatureShape = { numeric: ['age', 'amount', 'rate'], categorical: ['channel'] }
const policy = policyOf({
  time: { paneMs, windows: [1, 6], watchEveryMs: 5 * MINUTE, labelHorizonMs: DAY },
  profile: { referencePanes: 24 },
  drift: {
    all: ['psi', 'ks', 'wasserstein', 'missing'].map((unit) => ({ unit, params: {} })), falseAlarmEveryMs: 3_652.5 * DAY,
    rows: [{ unit: 'reconstruction', params: {} }, { unit: 'domain-classifier', params: { epochs: 2 } }],
  },
  triggers: [{ trigger: 'drift', minImportanceShare: 0.05, minPanes: 3, score: true }],
})
const draws = seeded(99)
const sample = () => Array.from({ length: 2_000 }, () => normal(draws))
const profile = profileOf({ age: sample(), amount: sample(), rate: sample() }, { categories: { channel: ['web', 'app'] } })

/** Age and amount are each standard normal; together their correlation is `sign` · .8, and 0 for none. */
function drawn(random: Random, sign: number): number[] {
  const age = normal(random)
  return [age, sign * 0.8 * age + Math.sqrt(1 - (0.8 * sign) ** 2) * normal(random), normal(random)]
}

interface Given {
  panes: number
  /** pane from which the correlation has the other sign */
  flipAt?: number
  policy?: ModelPolicy
  seed?: number
  /** takes the state of every task through its bytes after each pane */
  restarts?: boolean
}

function simulate({ panes, flipAt = Infinity, policy: given = policy, seed = 5, restarts = false }: Given) {
  const random = seeded(seed)
  const environment = { hash: sha256, defaultPolicy: () => given }
  const decide = createDecide({ ...environment, nextCron: (_expression, _timezone, after) => after + DAY, upstreamTasks: 2 })
  const events: DecideEvent[] = []
  const summaries: PaneSummary[] = []
  let parts: PartStore = createParts()
  let nowMs = 0
  const emit = (_role: string, _key: string, event: DecideEvent) => void events.push(structuredClone(event))
  const deliver = (record: PanesRecord) => {
    const sent = stateCodec.decode(stateCodec.encode(record)) as PanesRecord
    if (sent.kind === 'pane') {
      summaries.push(structuredClone(sent))
      decide.pane(parts, sent, nowMs, emit)
    } else if (sent.kind === 'watch') decide.watch(parts, sent, nowMs, emit)
    else decide.broadcast(parts, sent, nowMs, emit)
  }
  const opened = (task: number, state: PartStore, chunks: readonly Uint8Array[]) =>
    new Observe({ ...environment, task, emit: { summary: deliver, broadcast: deliver, deadLetter: (_code, message) => { throw new Error(message) } } }, state, chunks)
  let states = [createParts(), createParts()]
  let observers = states.map((state, task) => opened(task, state, []))
  const chunks: Uint8Array[][] = [[], []]
  decide.applyProfile(parts, profile, 0, 0)
  for (const observer of observers) observer.applyProfile(profile, 0)
  for (let pane = 0; pane < panes; pane++) {
    for (let i = 0; i < rowsAPane; i++) {
      nowMs = pane * paneMs + Math.floor((i * paneMs) / rowsAPane)
      const [task, inferenceId] = [i % 2, `${seed}-${pane}-${i}`]
      const vector = { shape, numeric: Float64Array.from(drawn(random, pane >= flipAt ? -1 : 1)), categorical: [i % 3 === 0 ? 'app' : 'web'] }
      observers[task].prediction({
        kind: 'prediction', inferenceId, model: 'fraud', version: 'v1', predictedAt: nowMs, score: 0.4, decision: null, acted: true, outcome: 'ok',
        errorCode: null, entityId: null, configSequence: null, latencyMs: 10, cost: NaN, segments: null, features: vector,
      }, nowMs)
      if (restarts && i === rowsAPane >> 1) {
        for (const [each, observer] of observers.entries()) {
          const { chunk } = observer.flush()
          if (chunk !== null) chunks[each].push(chunk)
        }
        states = states.map(reloaded)
        observers = states.map((state, each) => opened(each, state, chunks[each]))
        parts = reloaded(parts)
      }
    }
  }
  for (const observer of observers) observer.finish(panes * paneMs)
  return { events, summaries, parts, view: decide.view(parts, 'fraud') as { readings: { drift: { panes: number; features: unknown[]; rows?: { measure: string; reading: Reading }[] }[] } } }
}

const reloaded = (parts: PartStore): PartStore =>
  createParts(new Map(parts.names('').map((name) => [name, stateCodec.decode(stateCodec.encode(parts.get(name)))])))

const requests = (events: readonly DecideEvent[]) => events.filter((event) => event.kind === 'retrain-requested')

describe('drift of features together', () => {
  const flipped = simulate({ panes: 40, flipAt: 30 })

  it('sees a correlation that turns while every feature stays as it was, and asks for a retrain that names what moved', () => {
    const [request] = requests(flipped.events)
    expect(request.at).toBeLessThanOrEqual(36 * paneMs)
    expect(request.at).toBeGreaterThan(32 * paneMs)
    expect(request.reasons.length).toBeGreaterThan(0)
    expect(request.reasons.every(({ rule, subject }) => rule === 'drift' && subject === 'rows')).toBe(true)
    expect(request.reasons[0].text).toMatch(/^reconstruction of rows is .* over 1 panes?, \d+ rows; noise reaches .*; most apart by .*(age|amount)/)
    expect(simulate({ panes: 40, flipAt: 30, policy: { ...policy, drift: { ...policy.drift, rows: [] } } }).events.filter(({ kind }) => kind === 'retrain-requested')).toEqual([])
  })

  it('is read by both measures, at the level of all readings of the model, with the terms that tell most', () => {
    const { readings } = simulate({ panes: 36, flipAt: 30 }).view
    expect(readings.drift.map(({ panes, rows }) => [panes, rows!.map(({ measure }) => measure)])).toEqual([[1, ['reconstruction']], [6, ['reconstruction', 'domain-classifier']]])
    // three numbers of four measures, one category of two, two windows, and three readings of rows
    const chance = paneMs / (3_652.5 * DAY * (2 * (3 * 4 + 2) + 3))
    for (const { rows } of readings.drift) {
      for (const { reading } of rows!) expect(reading).toMatchObject({ verdict: 'alarm', detail: { chance: expect.closeTo(chance, 14), leftOut: 1 } })
    }
    expect(readings.drift[1].rows![1].reading.detail!.strongest).toMatch(/^−age·amount/)
  })

  it('says nothing until the panes of the reference are gathered', () => {
    const { view, events } = simulate({ panes: 24, flipAt: 10 })
    expect(view.readings.drift[0].rows).toMatchObject([{ reading: { verdict: 'insufficient', value: null, detail: { panesGathered: 23, panesWanted: 24 } } }])
    expect(requests(events)).toEqual([])
  })

  it('asks for nothing over many panes in which nothing changes', () => {
    for (const seed of [11, 12]) {
      const { events, view } = simulate({ panes: 70, seed })
      expect(requests(events)).toEqual([])
      expect(view.readings.drift.flatMap(({ rows }) => rows!.map(({ reading }) => reading.verdict))).toEqual(['ok', 'ok', 'ok'])
    }
  })

  it('says the same from tasks that were restarted in the middle of every pane', () => {
    const once = simulate({ panes: 33, flipAt: 30 })
    const restarted = simulate({ panes: 33, flipAt: 30, restarts: true })
    expect(restarted.summaries.map(({ rows }) => rows)).toEqual(once.summaries.map(({ rows }) => rows))
    expect(restarted.view.readings.drift.map(({ rows }) => rows)).toEqual(once.view.readings.drift.map(({ rows }) => rows))
  })

  it('costs nothing where the policy does not ask: no sample is sent, none is kept', () => {
    const { summaries, parts, view } = simulate({ panes: 5, policy: { ...policy, drift: { ...policy.drift, rows: [] } } })
    expect(summaries.every((summary) => !('rows' in summary))).toBe(true)
    expect(parts.names('rows/')).toEqual([])
    expect(view.readings.drift.every((sight) => !('rows' in sight))).toBe(true)
  })

  it('keeps at most the rows that the policy allows, of both tasks together', () => {
    const { summaries, parts } = simulate({ panes: 5, policy: { ...policy, limits: { ...policy.limits, rowsMax: 50 } } })
    expect(summaries.every(({ rows }) => rows!.n === 50)).toBe(true)
    expect(parts.names('rows/fraud/').map((name) => parts.get<{ n: number }>(name)!.n)).toEqual([50, 50, 50, 50, 50])
  })
})

describe('the rows of a reference', () => {
  const pane = (nth: number, layout = 'l') => ({ ...paneOf(nth), rows: sampleOf(nth), features: [{ layout, features: {}, heavy: {}, ignored: 0 }] })
  const gathered = (...steps: [nth: number, version: string, layout: string | null][]) => {
    const parts = createParts()
    for (const [nth, version, layout] of steps) gatherRows({ parts, model: 'fraud', policy: { ...policy, profile: { ...policy.profile, referencePanes: 2 } } } as unknown as Turn, pane(nth), version, layout)
    return parts
  }

  it('are those of its first panes, and no others once they are enough', () => {
    const parts = gathered([0, 'v1', 'l'], [1, 'v1', 'l'], [2, 'v1', 'l'])
    expect(parts.get('rows/fraud')).toMatchObject({ starts: [0, paneMs], panesWanted: 2 })
    expect(parts.names('rows/fraud/')).toEqual([`rows/fraud/${0}`, `rows/fraud/${paneMs}`])
  })

  it('are given up when the policy asks for no rows any more', () => {
    const parts = gathered([0, 'v1', 'l'], [1, 'v1', 'l'])
    gatherRows({ parts, model: 'fraud', policy: { ...policy, drift: { ...policy.drift, rows: [] } } } as unknown as Turn, pane(2), 'v1', 'l')
    expect(parts.get('rows/fraud')).toBeUndefined()
    expect(parts.names('rows/fraud/')).toEqual([])
  })

  it('begin anew with another version or other bins, and wait while there are none', () => {
    const parts = gathered([0, 'v1', null], [1, 'v1', 'other'], [2, 'v1', 'l'], [3, 'v2', 'l'])
    expect(rowReference(parts, 'fraud', 'v1', 'l')).toBe(null)
    expect(rowReference(parts, 'fraud', 'v2', 'l')).toMatchObject({ starts: [3 * paneMs] })
    expect(parts.names('rows/fraud/')).toEqual([`rows/fraud/${3 * paneMs}`])
  })
})

function sampleOf(nth: number): RowSample {
  const rows = createRowSample(10, 10)
  addColumns(rows, ['age'])
  addRow(rows, nth, 0, [nth])
  return compactRowSample(rows)
}
