import { describe, expect, test } from 'vitest'
import { parsePolicy } from '../../../src/config/policy.ts'
import { checkUnitInTables } from '../../../src/config/units.ts'
import type { CaptureRecord } from '../../../src/cli/services.ts'
import { classDecisionAt, classScoresAt } from '../../../src/cli/table/class-scores.ts'
import type { Column, LoadedTable } from '../../../src/cli/table/load.ts'
import { taskOf } from '../../../src/cli/table/outcome.ts'
import { buildProfile } from '../../../src/cli/table/profile.ts'
import { replayTable } from '../../../src/cli/table/replay.ts'
import { rolesOf } from '../../../src/cli/table/roles.ts'
import { createDecoder } from '../../../src/codec/decoder.ts'

const t0 = Date.parse('2026-01-01T00:00Z')
const hour = 3_600_000
const numeric = (...values: number[]): Column => ({ type: 'numeric', values: Float64Array.from(values) })
const text = (...values: (string | null)[]): Column => ({ type: 'text', values })
const table = (columns: Record<string, Column>): LoadedTable => ({ path: 't.csv', rows: Object.values(columns)[0].values.length, names: Object.keys(columns), columns })
const all = ['id', 'time', 'version', 'label', 'score', 'decision'] as const

const pets = table({
  id: text('a', 'b', 'c', 'd'), time: numeric(t0, t0 + hour, t0 + 2 * hour, t0 + 3 * hour), label: text('cat', 'dog', 'eel', 'cat'),
  p_cat: numeric(0.7, 0.2, 0.2, NaN), p_dog: numeric(0.2, 0.5, 0.6, NaN), p_eel: numeric(0.1, 0.3, 0.2, NaN), p_load: numeric(5, 6, 7, 8), weight: numeric(4, 20, 1, 5),
})

describe('columns of class scores', () => {
  test('are guessed where they are named after labels in words, and said', () => {
    const { roles, guesses } = rolesOf(pets, {}, all)
    expect(roles).toMatchObject({ classScores: { cat: 'p_cat', dog: 'p_dog', eel: 'p_eel' }, score: null, label: 'label', features: ['p_load', 'weight'] })
    expect(guesses.find(({ role }) => role === 'scores')!.text).toBe("cat in 'p_cat', dog in 'p_dog', eel in 'p_eel'")
    expect(taskOf(pets.columns.label, roles)).toBe('multiclass')
  })

  test('are not guessed of labels that are numbers, nor of columns that hold no probabilities, nor of two', () => {
    expect(rolesOf(table({ label: numeric(1, 2, 3), x1: numeric(0, 0, 1), x2: numeric(0, 1, 1), x3: numeric(1, 0, 1) }), {}, all).roles).not.toHaveProperty('classScores')
    expect(rolesOf(table({ label: text('a', 'b', 'c'), na: numeric(0, 3, 1), nb: numeric(0, 1, 9), nc: numeric(7, 0, 1) }), {}, all).roles).not.toHaveProperty('classScores')
    expect(rolesOf(table({ label: text('a', 'b'), na: numeric(0, 1), nb: numeric(0, 1) }), {}, all).roles).not.toHaveProperty('classScores')
  })

  test('are those that are told by prefix, but for what has another role', () => {
    expect(rolesOf(pets, { scores: 'p_*', exclude: ['p_load'] }, []).roles.classScores).toEqual({ cat: 'p_cat', dog: 'p_dog', eel: 'p_eel' })
  })

  test('named one by one, or wrongly', () => {
    expect(rolesOf(pets, { scores: 'cat=p_cat,fox=p_dog' }, []).roles.classScores).toEqual({ cat: 'p_cat', fox: 'p_dog' })
    expect(() => rolesOf(pets, { scores: 'p_cat,p_dog' }, [])).toThrow("neither a prefix with a star, p_*, nor a list of class=column")
    expect(() => rolesOf(pets, { scores: 'q_*' }, [])).toThrow("gives no column: at least two are needed")
    expect(() => rolesOf(pets, { scores: 'cat=p_cat,dog=label' }, [])).toThrow("'label' holds text")
    expect(() => rolesOf(pets, { scores: 'cat=p_cat,dog=p_dgo' }, [])).toThrow("did you mean 'p_dog'?")
    expect(() => rolesOf(pets, { scores: 'cat=p_cat,dog=p_dog', score: 'p_cat' }, [])).toThrow("'p_cat' is named for two things")
  })

  test('tell what was decided, where no column does', () => {
    const { roles } = rolesOf(pets, {}, all)
    expect([0, 1, 2, 3].map((row) => classDecisionAt(pets, roles, row))).toEqual(['cat', 'dog', 'dog', null])
    expect([classScoresAt(pets, roles, 0), classScoresAt(pets, roles, 3)]).toEqual([{ cat: 0.7, dog: 0.2, eel: 0.1 }, null])
    const decided = table({ ...pets.columns, decision: text('eel', null, 'eel', 'eel') })
    expect([0, 1, 3].map((row) => classDecisionAt(decided, rolesOf(decided, {}, all).roles, row))).toEqual(['eel', 'dog', 'eel'])
  })
})

describe('a table of several classes', () => {
  const { roles } = rolesOf(pets, { exclude: ['p_load'] }, all)
  const given = { model: 'm', version: 'v1', positive: null, threshold: 0.5, labelDelayMs: 0, paneMs: hour, labels: null, predictions: pets, roles }

  test('is replayed as a fleet would have sent it, under a policy that is valid', async () => {
    const { records, policy, guesses } = replayTable({ ...given, referenceUntilMs: null })
    const sent: CaptureRecord[] = []
    for await (const record of records) sent.push(record)
    const of = (topic: string) => sent.filter((record) => record.topic === topic).map(({ value }) => value)
    expect(of('predictions')[0]).toMatchObject({ inferenceId: 'a', score: null, classScores: { cat: 0.7, dog: 0.2, eel: 0.1 }, outcome: 'ok' })
    expect(of('predictions')[3]).toMatchObject({ inferenceId: 'd', score: null, outcome: 'error' })
    expect(of('labels')).toMatchObject([{ value: 'cat' }, { value: 'dog' }, { value: 'eel' }, { value: 'cat' }])
    expect(of('features')[0]).toMatchObject({ numeric: { weight: 4 } })
    expect(parsePolicy('m', policy, checkUnitInTables)).toMatchObject({ task: 'multiclass', multiclass: { classesMax: 50 } })
    expect(guesses).toContainEqual({ role: 'task', text: 'multiclass' })
  })

  test('with decisions alone is one too', async () => {
    const decided = table({ id: pets.columns.id, time: pets.columns.time, label: pets.columns.label, decision: text('cat', 'eel', 'eel', 'dog') })
    const { records } = replayTable({ ...given, predictions: decided, roles: rolesOf(decided, {}, all).roles, referenceUntilMs: null })
    for await (const { topic, value } of records) if (topic === 'predictions') expect(value).toMatchObject({ outcome: 'ok', decision: expect.stringMatching(/cat|dog|eel/) as string })
  })

  test('gives a profile with the greatest probability as score, decisions by class and the metrics of classes, which a task takes', () => {
    const { profile } = replayTable({ ...given, referenceUntilMs: t0 + 3 * hour })
    expect(profile).toMatchObject({
      n: 3, score: { n: 3, missing: 0 }, decisions: { n: 3, positive: 0, classes: { cat: 1, dog: 2 } }, scoreEdges: null, calibration: null,
      metrics: { accuracy: 2 / 3, 'micro-f1': 2 / 3, 'log-loss': expect.closeTo(-(Math.log(0.7) + Math.log(0.5) + Math.log(0.2)) / 3, 9) as number },
    })
    expect(profile!.metrics).toHaveProperty('macro-f1')
    expect(profile!.metrics).not.toHaveProperty('rmse')
    const { kind: _kind, ...record } = profile!
    expect(createDecoder().decodeOutput('profiles', Buffer.from(JSON.stringify(record)))).toMatchObject({ ok: true, record: { decisions: { classes: { dog: 2 } } } })
  })

  test('by segment too', () => {
    const split = table({ ...pets.columns, kind: text('wild', 'tame', 'wild', 'tame') })
    const own = rolesOf(split, { segment: ['kind'] }, all).roles
    const { subgroups } = buildProfile(split, own, {
      model: 'm', version: 'v1', effectiveFromMs: null, task: 'multiclass', positive: true, threshold: 0.5, bins: 10, scoreBins: 200, importances: null, rows: null,
      labelAt: (row) => (split.columns.label as { values: string[] }).values[row],
    })
    expect(subgroups).toMatchObject({ 'kind=wild': { accuracy: 0.5 }, 'kind=tame': { accuracy: 1 } })
  })
})
