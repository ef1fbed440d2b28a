import { describe, expect, test } from 'vitest'
import type { Column, LoadedTable } from '../../../src/cli/table/load.ts'
import { decisionAt, positiveOf, taskOf } from '../../../src/cli/table/outcome.ts'
import { rolesOf, timeAt, type Role } from '../../../src/cli/table/roles.ts'

const numeric = (...values: number[]): Column => ({ type: 'numeric', values: Float64Array.from(values) })
const text = (...values: (string | null)[]): Column => ({ type: 'text', values })
const table = (columns: Record<string, Column>): LoadedTable => ({ path: 't.csv', rows: Object.values(columns)[0].values.length, names: Object.keys(columns), columns })
const all: Role[] = ['id', 'time', 'version', 'label', 'score', 'decision']

const housing = table({
  id: numeric(0, 1, 2), MedInc: numeric(9, 8, 7), timestamp: text('2020-10-01 00:00:00', '2020-10-01 01:00:00', '2020-10-01 02:00:00'),
  clf_target: numeric(1, 0, 1), y_pred_proba: numeric(0.9, 0.2, 0.7), y_pred: numeric(1, 0, 0),
})

describe('rolesOf', () => {
  test('guesses the columns of a common table, says so, and leaves the rest as features', () => {
    const { roles, guesses } = rolesOf(housing, {}, all)
    expect(roles).toEqual({ id: 'id', time: 'timestamp', version: null, label: 'clf_target', score: 'y_pred_proba', decision: 'y_pred', segments: [], features: ['MedInc'] })
    expect(guesses).toContainEqual({ role: 'score', text: "column 'y_pred_proba'" })
    expect(guesses).toContainEqual({ role: 'version', text: 'no column fits: none' })
  })

  test('takes what it is told, and does not guess that', () => {
    const { roles, guesses } = rolesOf(housing, { score: 'MedInc', exclude: ['y_pred_proba'] }, all)
    expect(roles.score).toBe('MedInc')
    expect(roles.features).toEqual([])
    expect(guesses.map(({ role }) => role)).not.toContain('score')
  })

  test('guesses only the roles it is asked for', () => {
    expect(rolesOf(housing, {}, ['id']).roles).toMatchObject({ id: 'id', label: null, score: null })
  })

  test('does not take a name at its word when the values do not fit', () => {
    const { roles } = rolesOf(table({ id: numeric(1, 1, 2), time: text('soon', 'later', 'never'), score: text('high', 'low', 'low') }), {}, all)
    expect(roles).toMatchObject({ id: null, time: null, score: null })
  })

  test('refuses a column that is not there, and one named for two things', () => {
    expect(() => rolesOf(housing, { time: 'timestmp' }, [])).toThrow("did you mean 'timestamp'?")
    expect(() => rolesOf(housing, { id: 'id', segment: ['id'] }, [])).toThrow("'id' is named for two things")
  })
})

describe('a time', () => {
  test.each([
    [text('2020-10-01 00:00:00'), 1_601_510_400_000], [text('2020-10-01'), 1_601_510_400_000], [text('2020-10-01T02:00:00+02:00'), 1_601_510_400_000], [text('2020-10-01T00:00Z'), 1_601_510_400_000],
    [numeric(1_601_510_400), 1_601_510_400_000], [numeric(1_601_510_400_000), 1_601_510_400_000], [text('1601510400000'), 1_601_510_400_000],
  ])('is understood, without a zone as UTC: %j', (column, ms) => {
    expect(timeAt(column, 0)).toBe(ms)
  })

  test.each([[numeric(5)], [numeric(NaN)], [text('12/31/2020')], [text(null)], [text('')]])('is not guessed from %j', (column) => {
    expect(timeAt(column, 0)).toBeNaN()
  })
})

describe('labels', () => {
  test('of two values make a binary task, more numbers a regression', () => {
    expect(taskOf(numeric(0, 1, 1, NaN))).toBe('binary')
    expect(taskOf(numeric(0.5, 1, 7))).toBe('regression')
    expect(() => taskOf(text('a', 'b', 'c'))).toThrow(/labels are two values, or numbers, or classes.*--scores names the columns/)
    expect(taskOf(text('a', 'b', 'c'), { decision: 'd' })).toBe('multiclass')
    expect(taskOf(numeric(0, 1), { classScores: { 0: 'p_0', 1: 'p_1' }, decision: null })).toBe('multiclass')
  })

  test('say which value is positive, or one must be told', () => {
    expect(positiveOf(numeric(0, 1), null)).toBe(1)
    expect(positiveOf(text('false', 'true'), null)).toBe(true)
    expect(positiveOf(text('no', 'yes'), null)).toBe('yes')
    expect(positiveOf(text('red', 'blue'), 'red')).toBe('red')
    expect(() => positiveOf(text('red', 'blue'), null)).toThrow(/--positive names it, one of: red, blue/)
    expect(() => positiveOf(text('red', 'blue'), 'green')).toThrow(/not among the labels/)
  })

  test('meet decisions in whatever form those are', () => {
    const of = (decision: Column, score: Column, positive: number | boolean | string) => {
      const t = table({ d: decision, s: score })
      const { roles } = rolesOf(t, { decision: 'd', score: 's' }, [])
      return Array.from({ length: t.rows }, (_, row) => decisionAt(t, roles, row, positive, 0.5))
    }
    expect(of(numeric(1, 0, NaN, NaN), numeric(0.1, 0.9, 0.9, NaN), 1)).toEqual([1, 0, 1, null])
    expect(of(text('true', 'false'), numeric(0, 0), 1)).toEqual([1, 0])
    expect(of(text('yes', 'no'), numeric(0, 0), 'yes')).toEqual([1, 0])
  })
})
