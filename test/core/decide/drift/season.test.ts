import { describe, expect, it } from 'vitest'
import type { ReferenceRead } from '../../../../src/core/decide/drift/reference.ts'
import { withoutSeason } from '../../../../src/core/decide/drift/seasonal.ts'
import { readingsPart } from '../../../../src/core/decide/state.ts'
import { layoutHash } from '../../../../src/core/panes/layout-hash.ts'
import type { PaneSummary } from '../../../../src/core/panes/summary.ts'
import { createParts, type Parts } from '../../../../src/core/parts.ts'
import type { ModelPolicy } from '../../../../src/core/policy.ts'
import { seeded, type Random } from '../../../../src/core/random.ts'
import type { DriftSight } from '../../../../src/core/triggers/trigger.ts'
import { multinomial } from '../../../../bench/truth/draw.ts'
import { deciles, numericOf, sharesOf } from '../../../../bench/truth/worlds.ts'
import { throughBytes } from '../../plain-data.ts'
import { DAY, decideTask, HOUR, paneOf, policyOf, profileOf, sha256, spread } from '../build.ts'

const rows = 500
const laid = profileOf({ amount: spread(100) })
const profile: typeof laid = {
  ...laid, n: 20_000, features: {
    amount: { ...laid.features.amount, kind: 'numeric', edges: [...deciles], counts: sharesOf(0, 1).map((share) => share * 20_000), atoms: [], atomCounts: [], digest: [], n: 20_000, missing: 0, nonFinite: 0 },
  },
}
const layout = layoutHash(profile, sha256)
const policy = (given: Partial<ModelPolicy['profile']> = {}, paneMs = HOUR): ModelPolicy => policyOf({
  time: { paneMs, windows: [1, 6, 24] }, profile: { reference: 'seasonal', referencePanes: 60, ...given },
  triggers: [{ trigger: 'drift', minImportanceShare: 0.5, minPanes: 3, score: true }],
  drift: { all: [{ unit: 'ks', params: {} }, { unit: 'psi', params: {} }, { unit: 'missing', params: {} }], falseAlarmEveryMs: 3_652.5 * DAY },
})
/** A day's swing of half a sigma, and a weekend three tenths lower. */
const swing = (atMs: number): number => 0.5 * Math.sin((2 * Math.PI * atMs) / DAY) - (Math.floor(atMs / DAY) % 7 >= 5 ? 0.3 : 0)

function pane(random: Random, nth: number, by = 0, paneMs = HOUR, missing = 0): PaneSummary {
  const startMs = nth * paneMs
  const [lost, ...counts] = multinomial(random, rows, [missing, ...sharesOf(swing(startMs) + by, 1).map((share) => share * (1 - missing))])
  const features = [{ layout, features: { amount: numericOf(Float64Array.from(counts), lost) }, heavy: {}, ignored: 0 }]
  return { ...paneOf(0, { versions: { v1: { acted: rows } } }), startMs, endMs: startMs + paneMs, featureRecords: rows, features }
}

function runner(given = policy()) {
  const task = decideTask(given)
  task.profile(profile)
  return {
    task,
    send(parts: Parts, ...panes: PaneSummary[]) {
      for (const each of panes) {
        task.decide.pane(parts, each, each.endMs, task.emit)
        task.decide.broadcast(parts, { kind: 'broadcast', task: 0, streamTimeMs: each.endMs, atLogEnd: true, final: false }, each.endMs, task.emit)
      }
      return parts.get<{ reference: ReferenceRead; drift: DriftSight[] }>(readingsPart('fraud'))!
    },
  }
}
const of = ({ drift }: { drift: DriftSight[] }, window: number, measure: string) => drift[window].features[0].readings.find((held) => held.measure === measure)!.reading
const copyOf = (parts: Parts) => createParts(new Map(parts.names('').map((name) => [name, structuredClone(parts.get(name))])))

/** Three weeks and what was read at the end of them, made once. */
const learned = (() => {
  const { task, send } = runner()
  const random = seeded(21)
  const early = send(task.parts, ...Array.from({ length: 100 }, (_, nth) => pane(random, nth)))
  const late = send(task.parts, ...Array.from({ length: 404 }, (_, i) => pane(random, 100 + i)))
  return { early, late, parts: copyOf(task.parts), requests: task.events('retrain-requested').length }
})()

describe('drift before the season is known', () => {
  it('is judged over whole days alone, against the profile, and says why', () => {
    for (const readings of [learned.early, learned.late]) {
      expect(of(readings, 0, 'ks')).toMatchObject({ verdict: 'insufficient', detail: { season: 'unknown' } })
      expect(of(readings, 1, 'psi')).toMatchObject({ verdict: 'insufficient', detail: { season: 'unknown', panesWanted: 504 } })
      expect(of(readings, 2, 'ks').detail).not.toHaveProperty('season')
      expect(readings.drift[0].reference).toBe('frozen')
    }
    expect(learned.early.reference).toEqual({ version: 'v1', n: 20_000, isProvisional: false, kind: 'frozen', waitsFor: { kind: 'seasonal', panes: 99, wanted: 504 } })
    expect(of(learned.late, 2, 'ks').detail).toHaveProperty('effectiveN')
    expect(['ok', 'insufficient']).toContain(of(learned.late, 2, 'ks').verdict)
    expect(learned.requests).toBe(0)
  })

  it('leaves the decision rate without a verdict but over whole days, then as later, as no season is learned of it', () => {
    const { time, ...rest } = policy()
    const { send, task } = runner({ ...rest, time, drift: { ...rest.drift, falseAlarmEveryMs: null, decision: [{ unit: 'l-infinity', params: {} }] } })
    task.profile({ ...profile, decisions: { n: 20_000, positive: 6_000 }, effectiveFrom: 1 })
    const random = seeded(23)
    const swung = (nth: number): PaneSummary => {
      const made = pane(random, nth)
      Object.assign(made.versions.v1, { decided: rows, positiveDecisions: Math.round(rows * (0.3 + 0.2 * Math.sin((nth * Math.PI) / 12))) })
      return made
    }
    const { drift } = send(task.parts, ...Array.from({ length: 31 }, (_, nth) => swung(nth)))
    expect(drift.map(({ decision }) => decision!.map(({ reading: { verdict, detail } }) => [verdict, detail?.season]))).toEqual([[['insufficient', 'unknown']], [['insufficient', 'unknown']], [['ok', undefined]]])
    expect(drift[0].decision![0].reading.value).toBeGreaterThan(0.1)
  })

  it('leaves rows of features so too', () => {
    const rowsAlarm: DriftSight['rows'] = [{ measure: 'reconstruction', severe: null, reading: { value: 1, n: 100, verdict: 'alarm' } }]
    const over = (hours: number): DriftSight => ({ panes: hours, fromMs: 0, toMs: hours * HOUR, features: [], score: [], rows: rowsAlarm })
    expect(withoutSeason(over(6)).rows).toEqual([{ measure: 'reconstruction', severe: null, reading: { value: 1, n: 100, verdict: 'insufficient', detail: { season: 'unknown' } } }])
    expect(withoutSeason(over(48))).toEqual(over(48))
  })

  it('opens an incident for missing values all the same, and asks for nothing', () => {
    const { task, send } = runner()
    const random = seeded(22)
    send(task.parts, ...Array.from({ length: 6 }, (_, nth) => pane(random, nth, 0, HOUR, 0.4)))
    expect(task.incidents('pipeline-fault')).toEqual(['opened'])
    expect(task.events('retrain-requested')).toEqual([])
  })
})

describe('drift against a seasonal reference', () => {
  it('is silent over a week that swings as those before did, and judges every window', () => {
    const { task, send } = runner()
    const [parts, random, verdicts] = [copyOf(learned.parts), seeded(23), new Map<string, number>()]
    for (let nth = 504; nth < 672; nth++) {
      const readings = send(parts, pane(random, nth))
      expect(readings.reference).toEqual({ version: 'v1', n: 504 * rows, isProvisional: false, kind: 'seasonal', waitsFor: null })
      for (const window of [0, 1, 2]) {
        const { verdict, detail } = of(readings, window, 'ks')
        verdicts.set(verdict, (verdicts.get(verdict) ?? 0) + 1)
        expect(detail).toHaveProperty('pooledVerdict')
      }
    }
    expect([...verdicts]).toEqual([['ok', 504]])
    expect(task.events('retrain-requested')).toEqual([])
  })

  it('finds three tenths of a sigma within hours, where the profile says nothing for the season that it takes for noise', () => {
    const { task, send } = runner()
    const [parts, random] = [copyOf(learned.parts), seeded(24)]
    send(parts, ...Array.from({ length: 30 }, (_, i) => pane(random, 504 + i)))
    const after = Array.from({ length: 12 }, (_, i) => send(parts, pane(random, 534 + i, 0.3)))
    const spoken = after.findIndex((readings) => [0, 1].some((window) => ['warning', 'alarm'].includes(of(readings, window, 'ks').verdict)))
    expect(spoken).toBeGreaterThanOrEqual(0)
    expect(spoken).toBeLessThan(6)
    expect(of(after[8], 1, 'ks')).toMatchObject({ verdict: 'alarm', detail: { cells: 6 } })
    for (const readings of after) for (const window of [0, 1]) expect(['ok', 'insufficient']).toContain(of(readings, window, 'ks').detail!.pooledVerdict)
    expect(task.events('retrain-requested')).toHaveLength(1)
    expect(task.events('retrain-requested')[0].reasons.some(({ text }) => text.includes('against the seasonal reference'))).toBe(true)
  })

  it('knows what is usual of an hour alone: the same values are drift at another time of the day', () => {
    const { send } = runner()
    const parts = copyOf(learned.parts)
    const noon = 504 + 6
    const readings = send(parts, pane(seeded(25), noon, swing((noon + 12) * HOUR) - swing(noon * HOUR)))
    expect(of(readings, 0, 'ks').verdict).toBe('alarm')
    expect(of(readings, 0, 'ks').nReference).toBeGreaterThan(3 * rows)
  })
})

describe('the state of a season', () => {
  it('is a part an hour while it is gathered, and a part of 168 cells a feature after', () => {
    expect(learned.parts.names('season/fraud/')).toEqual(['season/fraud/cells/features/amount'])
    const { task, send } = runner()
    send(task.parts, ...Array.from({ length: 30 }, (_, nth) => pane(seeded(nth), nth)))
    expect(task.parts.names('season/fraud/')).toHaveLength(30)
  })

  it('goes through bytes between any two panes and comes to the same, also with panes longer than an hour', () => {
    const run = (between: (parts: Parts) => Parts) => {
      const { task, send } = runner(policy({}, 6 * HOUR))
      const random = seeded(26)
      let parts: Parts = task.parts
      for (let nth = 0; nth < 90; nth++) {
        send(parts, pane(random, nth, 0, 6 * HOUR))
        parts = between(parts)
      }
      return { said: task.said, state: new Map(parts.names('').map((name) => [name, parts.get(name)])), readings: parts.get<{ reference: ReferenceRead }>(readingsPart('fraud'))! }
    }
    const stored = run((parts) => createParts(new Map(parts.names('').map((name) => [name, throughBytes(parts.get(name))]))))
    expect(stored).toEqual(run((parts) => parts))
    expect(stored.readings.reference.kind).toBe('seasonal')
  })

  it('does not take a week with few of its hours for a cycle', () => {
    const { task, send } = runner(policy({}, 6 * HOUR))
    const random = seeded(27)
    const week = (from: number, panes: number) => Array.from({ length: panes }, (_, i) => pane(random, from * 28 + i, 0, 6 * HOUR))
    send(task.parts, ...week(0, 28), ...week(1, 10), ...week(2, 28))
    expect(send(task.parts, ...week(3, 1)).reference.kind).toBe('frozen')
    send(task.parts, ...week(3, 28).slice(1))
    expect(send(task.parts, ...week(4, 1)).reference).toMatchObject({ kind: 'seasonal', n: 84 * rows })
  })

  it('goes when the policy asks for it no more', () => {
    const { task, send } = runner()
    const parts = copyOf(learned.parts)
    task.decide.applyPolicy(parts, { ...policy({ reference: 'frozen' }), hash: 'p2' }, 504 * HOUR, 504 * HOUR)
    send(parts, pane(seeded(28), 504))
    expect(parts.names('season/')).toEqual([])
  })
})
