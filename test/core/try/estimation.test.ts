import { describe, expect, it } from 'vitest'
import { normal, seeded, uniform } from '../../../src/core/random.ts'
import { listUnits, tryUnit, type TrialOptions } from '../../../src/core/try.ts'
import { UnitError } from '../../../src/core/unit.ts'
import { binaryRows } from '../estimation/worlds.ts'

function run(name: string, line: unknown, params: Record<string, unknown> = {}, options: TrialOptions = {}): Record<string, unknown> {
  const trial = tryUnit('estimation', name, params, options)
  const lines = [...trial.line(line), ...trial.end()]
  expect(lines).toHaveLength(1)
  return lines[0] as Record<string, unknown>
}

describe('trying cbpe', () => {
  const reference = binaryRows(seeded(1), 1_000).map(({ score, y }) => ({ score, y }))
  const current = binaryRows(seeded(2), 200).map(({ score }) => ({ score }))

  it('prints every estimated metric as a reading, the expected counts and the quality of the calibration', () => {
    const line = run('cbpe', { reference, current })
    expect(line).toMatchObject({ n: 200, refusals: [], confusion: { 1: { 1: expect.any(Number), 0: expect.any(Number) }, 0: { 1: expect.any(Number), 0: expect.any(Number) } } })
    for (const name of ['accuracy', 'precision', 'recall', 'f1', 'specificity', 'roc-auc']) {
      expect(line[name]).toMatchObject({ value: expect.any(Number), n: expect.any(Number), nReference: 1_000, interval: [expect.any(Number), expect.any(Number)], verdict: 'ok' })
    }
    expect(line['roc-auc']).toMatchObject({ bound: expect.any(Number) })
    expect(line.quality).toMatchObject({ score: { calibrator: 'identity', eceBefore: { n: 1_000, noiseFloor: expect.any(Number) }, eceAfter: { value: expect.any(Number) } } })
  })

  it('decides at the threshold of the line, else of the option, else at one half, where a row brings no decision', () => {
    const positives = (line: unknown, options?: TrialOptions) => {
      const { confusion } = run('cbpe', line, {}, options) as { confusion: Record<string, Record<string, number>> }
      return confusion[1][1] + confusion[1][0]
    }
    const above = (threshold: number) => current.filter(({ score }) => score >= threshold).length
    expect(positives({ reference, current })).toBeCloseTo(above(0.5), 9)
    expect(positives({ reference, current }, { threshold: 0.3 })).toBeCloseTo(above(0.3), 9)
    expect(positives({ reference, current, threshold: 0.2 }, { threshold: 0.3 })).toBeCloseTo(above(0.2), 9)
    expect(positives({ reference, current: current.map((row, i) => ({ ...row, decision: i < 20 })) })).toBeCloseTo(20, 9)
  })

  it('says why nothing is estimated', () => {
    const line = run('cbpe', { reference: reference.slice(0, 30), current })
    expect(line).toMatchObject({ accuracy: { value: null, verdict: 'insufficient' }, confusion: null })
    expect((line.refusals as string[])[0]).toMatch(/^the reference of the score holds \d+ positives and \d+ negatives, .* give a longer reference$/)
    expect(run('cbpe', { reference, current: [] }).refusals).toEqual(['no prediction with a probability for a score was seen'])
    expect(run('cbpe', { reference: reference.slice(0, 60), current }, { nMinReference: 5, outsideShareMax: 1 })).toMatchObject({ accuracy: { verdict: 'ok' } })
  })

  it.each([
    [[], 'an object like {"reference":[{"score":0.8,"y":1}]'],
    [{ current }, '"reference" to be a list of rows'],
    [{ reference, current: {} }, '"current" to be a list of rows'],
    [{ reference: [{ score: 0.5 }], current }, '"y" to be 0 or 1'],
    [{ reference: [{ score: 1.5, y: 1 }], current }, '"score" to be a probability from 0 to 1'],
    [{ reference, current: [{ score: NaN }] }, '"score" to be a probability from 0 to 1'],
    [{ reference, current: [{ score: 0.5, decision: 'yes' }] }, '"decision" to be 0 or 1'],
    [{ reference, current, threshold: '0.5' }, '"threshold" to be a finite number'],
  ])('refuses %j with what it wants', (line, message) => {
    const trial = tryUnit('estimation', 'cbpe')
    expect(() => trial.line(line)).toThrow(UnitError)
    expect(() => trial.line(line)).toThrow(message)
  })
})

describe('trying cbpe over several classes', () => {
  const random = seeded(3)
  const rows = Array.from({ length: 600 }, () => {
    const p = uniform(random)
    return { scores: { cat: p, dog: 1 - p }, y: uniform(random) < p ? 'cat' : 'dog' }
  })

  it('prints the expected confusion matrix and averages, and the quality by class', () => {
    const line = run('cbpe-multiclass', { reference: rows, current: rows.slice(0, 200).map(({ scores }) => ({ scores })) })
    expect(line).toMatchObject({ n: 200, refusals: [], 'macro-f1': { verdict: 'ok' }, accuracy: { verdict: 'ok' }, quality: { cat: { eceAfter: { n: 600 } }, dog: {} } })
    expect(Object.keys(line.confusion as object)).toEqual(['cat', 'dog'])
  })

  it('takes the decision of a row before the likeliest class', () => {
    const line = run('cbpe-multiclass', { reference: rows, current: rows.map(({ scores }) => ({ scores, decision: 'dog' })) }) as { confusion: Record<string, Record<string, number>> }
    expect(line.confusion.cat.cat + line.confusion.cat.dog).toBe(0)
  })

  it('refuses rows that it cannot read, with what it wants', () => {
    const trial = tryUnit('estimation', 'cbpe-multiclass')
    expect(() => trial.line({ reference: [{ scores: { cat: 2 }, y: 'cat' }], current: [] })).toThrow('"scores" to be a probability from 0 to 1')
    expect(() => trial.line({ reference: [{ scores: 0.5, y: 'cat' }], current: [] })).toThrow('"scores" to hold a probability by class')
    expect(() => trial.line({ reference: [{ scores: { cat: 1 }, y: 1 }], current: [] })).toThrow('"y" to be a class, as text')
  })
})

describe('trying dle', () => {
  const random = seeded(4)
  const rows = Array.from({ length: 800 }, () => {
    const a = normal(random)
    return { x: { a, rush: a > 1, gap: null }, prediction: 2 * a, y: 2 * a + normal(random) * (0.2 + Math.abs(a)) }
  })

  it('prints MAE and RMSE with what the regressor of the loss explains', () => {
    const line = run('dle', { reference: rows, current: rows.slice(0, 300).map(({ x, prediction }) => ({ x, prediction })) }, { trees: 30 })
    expect(line).toMatchObject({ n: 300, confusion: null, mae: { value: expect.any(Number), nReference: 800, verdict: 'ok' }, quality: { mae: { r2: { n: 800 }, gap: { noiseFloor: expect.any(Number) } } } })
  })

  it('refuses rows that it cannot read, with what it wants', () => {
    const trial = tryUnit('estimation', 'dle')
    expect(() => trial.line({ reference: [{ x: { a: 'red' }, prediction: 1, y: 1 }], current: [] })).toThrow('feature "a" to be a finite number, true, false or null')
    expect(() => trial.line({ reference: [{ x: {}, y: 1 }], current: [] })).toThrow('"prediction" to be a finite number')
    expect(() => trial.line({ reference: [{ x: {}, prediction: 1, y: null }], current: [] })).toThrow('"y" to be a finite number')
  })
})

describe('the family of estimators', () => {
  it('is listed with parameters', () => {
    expect(listUnits('estimation').map(({ name }) => name)).toEqual(['cbpe', 'cbpe-multiclass', 'dle'])
    expect(listUnits('estimation')[2].params.map(({ name }) => name)).toContain('learningRate')
  })

  it('refuses unknown units, parameters and options before it reads a line', () => {
    expect(() => tryUnit('estimation', 'cpbe')).toThrow("no estimator named 'cpbe'; did you mean 'cbpe'?")
    expect(() => tryUnit('estimation', 'cbpe', { bin: 5 })).toThrow("cbpe has no parameter 'bin'; did you mean 'bins'?")
    expect(() => tryUnit('estimation', 'cbpe', { folds: 1 })).toThrow("parameter 'folds' must be at least 2")
    expect(() => tryUnit('estimation', 'dle', {}, { threshold: 0.5 })).toThrow("'threshold' means nothing to estimation")
    expect(() => tryUnit('estimation', 'cbpe', {}, { every: 5 })).toThrow("'every' means nothing to estimation")
  })
})
