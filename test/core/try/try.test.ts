import { describe, expect, it } from 'vitest'
import { detectors } from '../../../src/core/detectors/table.ts'
import { driftUnits } from '../../../src/core/drift/table.ts'
import { learners } from '../../../src/core/learners/table.ts'
import { metrics } from '../../../src/core/metrics/table.ts'
import { listUnits, tryUnit, type TrialOptions } from '../../../src/core/try.ts'
import { UnitError } from '../../../src/core/unit.ts'
import { casesOf } from '../detectors/streams.ts'
import { dataset } from '../learners/datasets.ts'

function run(family: string, name: string, params: Record<string, unknown>, lines: readonly unknown[], options: TrialOptions = {}) {
  const trial = tryUnit(family, name, params, options)
  const out = lines.flatMap((line) => trial.line(line))
  return [...out, ...trial.end()] as Record<string, unknown>[]
}

describe('trying a detector', () => {
  const [, gradual] = casesOf('drift_detectors_more', 'ADWIN')

  it('prints each alarm, then a summary', () => {
    expect(run('detectors', 'adwin', {}, gradual.values)).toEqual([
      { index: 2815, state: 'alarm' }, { index: 4543, state: 'alarm' }, { summary: { n: 6000, alarms: 2 } },
    ])
  })

  it('adds delay, missed and false alarms where the truth is known', () => {
    const out = run('detectors', 'adwin', {}, gradual.values, { truth: [2000, 5500] })
    expect(out.at(-1)).toEqual({ summary: {
      n: 6000, alarms: 2, changes: 2, delays: [815, null], delay: 815, missed: 1, falseAlarms: 1,
      missedRate: 0.5, runLength: 6000, meanTimeRatio: (6000 / 815) * 0.5,
    } })
  })

  it('heeds the parameters', () => {
    expect(run('detectors', 'adwin', { delta: 0.05, clock: 8 }, gradual.values)[0]).toEqual({ index: 2719, state: 'alarm' })
  })

  it('refuses a line that is no finite number, with an example of one', () => {
    const trial = tryUnit('detectors', 'page-hinkley')
    expect(() => trial.line('1')).toThrow(UnitError)
    expect(() => trial.line('1')).toThrow('expected a finite number, such as 1 for an error and 0 for none, or a loss like 0.25, found "1"')
    expect(() => trial.line(null)).toThrow('found null')
    expect(() => trial.line(NaN)).toThrow('found NaN')
    expect(trial.end()).toEqual([{ summary: { n: 0, alarms: 0 } }])
  })
})

describe('trying a metric', () => {
  const lines = [{ y: 1, score: 0.8 }, { y: 0, score: 0.4 }, { y: true, score: 0.35 }, { y: false, score: 0.1 }]

  it('prints one reading at the end', () => {
    expect(run('metrics', 'roc-auc', {}, lines)).toEqual([
      { lines: 4, value: 0.75, n: 4, verdict: 'ok', interval: expect.any(Array), positives: 2, negatives: 2, bound: 0 },
    ])
  })

  it('prints a reading of everything so far every k lines, and of the rest', () => {
    expect(run('metrics', 'accuracy', {}, [...lines, lines[0]], { every: 2 }).map(({ lines: n, value }) => [n, value])).toEqual([[2, 1], [4, 0.75], [5, 0.8]])
    expect(run('metrics', 'accuracy', {}, lines, { every: 2 })).toHaveLength(2)
  })

  it('decides at the threshold where a line brings no prediction, and takes the prediction where it does', () => {
    expect(run('metrics', 'recall', {}, lines)[0].value).toBe(0.5)
    expect(run('metrics', 'recall', {}, lines, { threshold: 0.35 })[0].value).toBe(1)
    expect(run('metrics', 'recall', {}, lines.map((line) => ({ ...line, prediction: 0 })))[0].value).toBe(0)
    expect(run('metrics', 'recall', {}, [{ y: 1, prediction: 1 }, { y: 1, prediction: false }])[0].value).toBe(0.5)
  })

  it('reads regression from predictions', () => {
    expect(run('metrics', 'rmse', {}, [{ y: 3, prediction: 0 }, { y: 0, prediction: 4 }])[0]).toMatchObject({ value: Math.sqrt(12.5), n: 2, verdict: 'ok' })
  })

  it('covers the newest lines only when given a window', () => {
    const newest = lines.slice(-2)
    for (const name of ['accuracy', 'f1', 'brier', 'log-loss']) {
      expect(run('metrics', name, {}, lines, { window: 2 })[0].value).toBeCloseTo(run('metrics', name, {}, newest)[0].value as number, 12)
    }
    expect(() => tryUnit('metrics', 'accuracy', {}, { window: 0 })).toThrow("'window' must be a whole number of lines")
    expect(run('metrics', 'mae', {}, [{ y: 9, prediction: 0 }, { y: 1, prediction: 3 }, { y: 1, prediction: 2 }], { window: 2 })[0]).toMatchObject({ value: 1.5, n: 2, windowRows: 2 })
    expect(() => tryUnit('metrics', 'mae', { window: 'time' }, { window: 5 })).toThrow('give one of them')
  })

  it('gives the exact ROC AUC of a window', () => {
    const close = [{ y: 1, score: 0.5001 }, { y: 0, score: 0.5002 }, { y: 0, score: 0.5 }]
    expect(run('metrics', 'roc-auc', {}, close)[0]).toMatchObject({ value: 0.5, bound: 0.5 })
    expect(run('metrics', 'roc-auc', {}, [{ y: 1, score: 0 }, ...close], { window: 3 })[0]).toMatchObject({ value: 0.5, n: 3, bound: 0, positives: 1, negatives: 2 })
    expect(run('metrics', 'roc-auc', {}, close, { window: 2 })[0]).toMatchObject({ value: null, verdict: 'insufficient' })
  })

  it('takes classes from the first line that names one, with scores or without', () => {
    const scored = [{ y: 'a', scores: { a: 0.7, b: 0.3 } }, { y: 'b', scores: { a: 0.6, b: 0.4 } }]
    expect(run('metrics', 'accuracy', {}, scored)[0]).toMatchObject({ value: 0.5, n: 2, classes: 2, overflow: 0 })
    expect(run('metrics', 'log-loss', {}, scored)[0].value).toBeCloseTo(-(Math.log(0.7) + Math.log(0.4)) / 2, 12)
    expect(run('metrics', 'macro-roc-auc', {}, scored)[0]).toMatchObject({ value: 1, rows: [{ class: 'a', value: 1 }, { class: 'b', value: 1 }] })
    expect(run('metrics', 'macro-recall', {}, [{ y: 'a', prediction: 'a' }, { y: 7, prediction: 'a' }])[0].value).toBe(0.5)
    expect(run('metrics', 'accuracy', { task: 'multiclass' }, [{ y: 0, prediction: 0 }, { y: 2, prediction: 1 }])[0].value).toBe(0.5)
    expect(() => run('metrics', 'accuracy', { task: 'binary' }, scored)).toThrow('expected "y" to be 0 or 1')
  })

  it('reads latency, cost and labels', () => {
    expect(run('metrics', 'latency-quantiles', {}, [{ latencyMs: 5 }, { latencyMs: 9 }])[0]).toMatchObject({ value: 9, p50: 9, n: 2 })
    expect(run('metrics', 'cost-per-thousand', {}, [{ cost: 0.002 }, { cost: 0.004 }])[0].value).toBeCloseTo(3, 12)
    const labels = [{ predictedAt: 0, observedAt: 50 }, { predictedAt: 10 }, { predictedAt: 20, observedAt: null }]
    expect(run('metrics', 'label-delay', {}, labels)[0]).toMatchObject({ value: 50, n: 1, unlabelled: 2 })
    expect(run('metrics', 'unlabelled-share', {}, labels)[0].value).toBeCloseTo(2 / 3, 12)
  })

  it('covers a window of time, or fades', () => {
    const timed = [{ y: 1, score: 0.9, t: 0 }, { y: 0, score: 0.8, t: 90 }, { y: 0, score: 0.2, t: 100 }]
    expect(run('metrics', 'accuracy', { window: 'time', windowMs: 50 }, timed)[0]).toMatchObject({ value: 0.5, n: 2, windowRows: 2 })
    expect(run('metrics', 'accuracy', { window: 'faded', alpha: 0.5 }, timed)[0].value).toBeCloseTo((1 + 0.25) / 1.75, 12)
    expect(() => run('metrics', 'accuracy', { window: 'time' }, [{ y: 1, score: 0.9 }])).toThrow('expected a finite number of milliseconds as "t", since the window is one of time, found nothing')
  })

  it('shows the design effect of entities', () => {
    const repeated = Array.from({ length: 300 }, (_, i) => ({ y: Math.floor(i / 10) % 2, prediction: 1, entity: `e${Math.floor(i / 10)}` }))
    expect(run('metrics', 'accuracy', {}, repeated)[0].designEffect).toBeGreaterThan(5)
    expect(() => run('metrics', 'accuracy', {}, [{ y: 1, prediction: 1, entity: {} }])).toThrow('expected "entity" to be a name')
  })

  it('is insufficient over no lines', () => expect(run('metrics', 'precision', {}, [])).toEqual([{ lines: 0, value: null, n: 0, verdict: 'insufficient' }]))

  it('refuses lines it cannot read, saying what to write', () => {
    const problem = (name: string, line: unknown) => () => tryUnit('metrics', name).line(line)
    expect(problem('log-loss', { y: 1, prediction: 1 })).toThrow('expected an object like {"y":1,"score":0.83}, found {"y":1,"prediction":1}')
    expect(problem('roc-auc', { y: 1, score: 1.5 })).toThrow('expected "score" to be a probability from 0 to 1')
    expect(problem('accuracy', { y: 'yes', score: 0.5 })).toThrow('expected "y" to be 0 or 1')
    expect(problem('accuracy', { y: 1 })).toThrow('or {"y":1,"prediction":0}')
    expect(problem('accuracy', { y: 1, prediction: 0.7 })).toThrow('expected "prediction" to be 0 or 1')
    expect(problem('accuracy', [1, 2])).toThrow('found [1,2]')
    expect(problem('macro-f1', { y: 'a' })).toThrow('or {"y":"a","prediction":"b"}')
    expect(problem('macro-roc-auc', { y: 'a', prediction: 'b' })).toThrow('expected an object like {"y":"a","scores":{"a":0.7,"b":0.3}}')
    expect(problem('macro-f1', { y: 'a', scores: { a: 2 } })).toThrow('expected the score of "a" to be a probability from 0 to 1')
    expect(problem('macro-f1', { y: null, prediction: 'b' })).toThrow('expected "y" to be the name of a class')
    expect(problem('latency-quantiles', { latencyMs: -1 })).toThrow('expected "latencyMs" to be a number of milliseconds from 0 up')
    expect(problem('label-delay', { observedAt: 1 })).toThrow('expected "predictedAt" to be a time in ms')
    expect(problem('mae', { y: 2 })).toThrow('expected "prediction" to be a finite number')
  })
})

describe('trying a drift measure', () => {
  const from = (start: number, n = 100) => Array.from({ length: n }, (_, i) => start + i)

  it('prints one reading a line, with what the measure knows beside it', () => {
    const out = run('drift', 'ks', {}, [{ reference: from(0), current: from(50) }, { reference: from(0), current: from(0) }])
    expect(out).toMatchObject([
      { value: 0.5, n: 100, nReference: 100, noiseFloor: expect.any(Number), verdict: 'alarm', pValue: expect.any(Number), bins: expect.any(Number) },
      { value: 0, n: 100, nReference: 100, verdict: 'ok' },
    ])
    expect(out[0].pValue).toBeLessThan(1e-9)
  })

  it('takes the bins that are given', () => {
    const [p, q] = [[50.5 / 101, 50.5 / 101], [10.5 / 101, 90.5 / 101]]
    const psi = p.reduce((sum, share, i) => sum + (q[i] - share) * Math.log(q[i] / share), 0)
    expect(run('drift', 'psi', {}, [{ reference: from(0), current: from(40), edges: [50] }])[0]).toMatchObject({ value: expect.closeTo(psi, 12), bins: 2, verdict: 'alarm' })
  })

  it('compares names, and what is missing', () => {
    const names = (...counts: [string | null, number][]) => counts.flatMap(([name, n]) => new Array<string | null>(n).fill(name))
    const line = { reference: names(['a', 500], ['b', 500]), current: names(['a', 400], ['b', 400], ['new', 100], [null, 100]) }
    expect(run('drift', 'unseen', {}, [line])[0]).toMatchObject({ value: expect.closeTo(100 / 900, 12), verdict: 'alarm', names: 'new' })
    expect(run('drift', 'missing', {}, [line])[0]).toMatchObject({ value: expect.closeTo(0.1, 12), verdict: 'alarm' })
    const w = Math.sqrt(2 * (0.25 ** 2 / (2 * 0.625) + 0.25 ** 2 / (2 * 0.375)))
    expect(run('drift', 'chi2', {}, [{ ...line, current: names(['a', 750], ['b', 250]) }])[0]).toMatchObject({ value: expect.closeTo(w, 12), verdict: 'alarm' })
  })

  it('is insufficient where a sample is empty', () => {
    expect(run('drift', 'ks', {}, [{ reference: from(0), current: [] }])).toMatchObject([{ value: null, n: 0, verdict: 'insufficient' }])
  })

  it('refuses lines it cannot read, saying what to write', () => {
    const problem = (name: string, line: unknown) => () => tryUnit('drift', name).line(line)
    expect(problem('psi', [1])).toThrow('expected an object like {"reference":[1,2,3],"current":[2,3,4]}')
    expect(problem('psi', { reference: [1] })).toThrow('expected "current" to be a list')
    expect(problem('psi', { reference: [1, true], current: [1] })).toThrow('expected "reference" to hold finite numbers, strings or null, at place 1, found true')
    expect(problem('psi', { reference: [1], current: [1], edges: [2, 1] })).toThrow('edges must be finite and ascend')
    expect(problem('psi', { reference: [1], current: [1], edges: 3 })).toThrow('expected "edges" to be a list')
    expect(problem('ks', { reference: ['a'], current: ['b'] })).toThrow('ks compares numbers, and this reference holds names or nothing: give numbers, or try psi, chi2, missing, unseen')
    expect(problem('unseen', { reference: [1], current: [2] })).toThrow('unseen compares names, and this reference holds numbers: write them as strings, or try psi, ks, chi2, missing, non-finite')
    expect(() => tryUnit('drift', 'psi', {}, { every: 2 })).toThrow("'every' means nothing to drift measures: leave it out")
  })
})

describe('trying a learner', () => {
  const { names, rows } = dataset('phishing')
  const lines = rows.map(({ x, y }) => ({ x: Object.fromEntries(names.map((name, i) => [name, x[i]])), y }))

  it('prints the prequential reading every k lines and at the end, with the weights by name', () => {
    const out = run('learners', 'logistic', {}, lines, { every: 1000 })
    expect(out.map((reading) => reading.lines)).toEqual([1000, 1250])
    expect(out[1]).toMatchObject({ accuracy: 0.8928, scored: 1250, logLoss: expect.closeTo(0.33011204643883085, 12), intercept: expect.closeTo(-0.35406618747171154, 12) })
    expect(Object.keys(out[1].weights as object)).toEqual(names)
    expect((out[1].weights as Record<string, number>).https).toBeCloseTo(-0.8423701615065943, 12)
  })

  it('keeps features apart by name, whatever the order, and lets them be missing or new', () => {
    const plain = run('learners', 'logistic', {}, [{ x: { a: 1, b: 5 }, y: 1 }, { x: { a: 2, b: 3 }, y: 0 }, { x: { a: 1, b: 4 }, y: 1 }])
    const turned = run('learners', 'logistic', {}, [{ x: { b: 5, a: 1 }, y: 1 }, { x: { a: 2, b: 3 }, y: false }, { x: { b: 4, a: true }, y: true }])
    expect((turned[0].weights as Record<string, number>).a).toBeCloseTo((plain[0].weights as Record<string, number>).a, 15)
    const [reading] = run('learners', 'logistic', {}, [{ x: { a: 1, b: null }, y: 1 }, { x: { a: 2, c: 3 }, y: 0 }])
    expect(Object.keys(reading.weights as object)).toEqual(['a', 'b', 'c'])
    expect(reading).toMatchObject({ lines: 2, weights: { b: 0 } })
  })

  it('refuses lines it cannot read, saying what to write', () => {
    const problem = (line: unknown) => () => tryUnit('learners', 'logistic').line(line)
    expect(problem({ x: { colour: 'red' }, y: 1 })).toThrow('feature "colour" to be a finite number, true, false or null (write a category as one 0/1 feature each), found "red"')
    expect(problem({ x: { a: 1 } })).toThrow('expected "y" to be 0 or 1')
    expect(problem({ y: 1 })).toThrow('expected "x" to be an object')
    expect(problem(3)).toThrow('found 3')
  })
})

describe('what can be tried', () => {
  it('lists every unit with its parameters, defaults and bounds', () => {
    const units = listUnits()
    const of = (family: string) => units.filter((unit) => unit.family === family).map((unit) => unit.name)
    expect(of('detectors')).toEqual(Object.keys(detectors))
    expect(of('drift')).toEqual(Object.keys(driftUnits))
    expect(of('metrics')).toEqual(Object.keys(metrics))
    expect(of('learners')).toEqual(Object.keys(learners))
    const adwin = units.find((unit) => unit.name === 'adwin')!
    expect(adwin.params[0]).toEqual({ name: 'delta', type: 'number', default: 0.002, min: 1e-300, max: 1, doc: expect.any(String) })
    expect(adwin.params.at(-1)).toMatchObject({ name: 'afterAlarm', type: 'choice', choices: ['reset', 'shrink'], default: 'reset' })
  })

  it('lists one family', () => expect(new Set(listUnits('learners').map((unit) => unit.family))).toEqual(new Set(['learners'])))

  it('names the nearest when there is none of that name', () => {
    expect(() => listUnits('detector')).toThrow("no family named 'detector'; did you mean 'detectors'?")
    expect(() => tryUnit('detectors', 'adwinn')).toThrow("did you mean 'adwin'?")
    expect(() => tryUnit('detectors', 'adwin', { dleta: 1 })).toThrow("did you mean 'delta'?")
    expect(() => tryUnit('metrics', 'accuracy', { confidence: 2 })).toThrow("parameter 'confidence' must be at most")
  })

  it('refuses options that mean nothing to the unit', () => {
    expect(() => tryUnit('detectors', 'adwin', {}, { every: 5 })).toThrow("'every' means nothing to detectors: leave it out (they take truth)")
    expect(() => tryUnit('metrics', 'mae', {}, { threshold: 0.5 })).toThrow("'threshold' means nothing to the metric mae")
    expect(() => tryUnit('learners', 'logistic', {}, { truth: [1] })).toThrow("'truth' means nothing to learners")
    expect(() => tryUnit('learners', 'logistic', {}, { every: 0 })).toThrow("'every' must be a whole number of lines from 1 to 10000000, not 0")
    expect(() => tryUnit('learners', 'logistic', {}, { every: undefined })).not.toThrow()
  })
})
