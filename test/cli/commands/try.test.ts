import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, test } from 'vitest'
import { steward } from '../fake.ts'

const folder = mkdtempSync(join(tmpdir(), 'steward-try-'))
afterAll(() => rmSync(folder, { recursive: true }))
function file(name: string, content: string | Uint8Array): string {
  writeFileSync(join(folder, name), content)
  return join(folder, name)
}

/** 300 right, then 300 wrong. */
const errors = Array.from({ length: 600 }, (_, i) => (i < 300 ? 0 : 1))
const phishing = new URL('../../../examples/data/phishing.csv', import.meta.url).pathname

describe('steward try', () => {
  test('reads numbers a line from standard input and prints NDJSON', async () => {
    const { code, lines } = await steward(['try', 'detectors', 'adwin'], { stdin: errors.join('\n') })
    expect(code).toBe(0)
    expect(lines()).toEqual([{ index: 319, state: 'alarm' }, { summary: { n: 600, alarms: 1 } }])
  })

  test('does not mind where chunks of the input end', async () => {
    const text = errors.join('\r\n')
    const chunks = Array.from({ length: Math.ceil(text.length / 7) }, (_, i) => new TextEncoder().encode(text.slice(7 * i, 7 * i + 7)))
    expect((await steward(['try', 'detectors', 'adwin'], { stdin: chunks })).lines()).toHaveLength(2)
  })

  test('reads a file, packed or not', async () => {
    const plain = file('errors.ndjson', `${errors.join('\n')}\n`)
    const packed = file('errors.ndjson.gz', gzipSync(errors.join('\n')))
    const [a, b] = [await steward(['try', 'detectors', 'adwin', '--input', plain]), await steward(['try', 'detectors', 'adwin', '--input', packed])]
    expect(a.out).toContain('"index":319')
    expect(b.out).toBe(a.out)
  })

  test('reads one column of a table, and holds alarms against the truth', async () => {
    const csv = file('errors.csv', `when,error\n${errors.map((error, i) => `${i},${error}`).join('\n')}\n`)
    const truth = file('truth.txt', '300\n')
    const { lines } = await steward(['try', 'detectors', 'adwin', '--csv', csv, '--column', 'error', '--truth', truth])
    expect(lines().at(-1)).toMatchObject({ summary: { n: 600, alarms: 1, missed: 0 } })
  })

  test('reads true and false as 1 and 0', async () => {
    const csv = file('flags.csv', `e\n${errors.map((error) => (error === 1 ? 'TRUE' : 'false')).join('\n')}\n`)
    expect((await steward(['try', 'detectors', 'adwin', '--csv', csv, '--column', 'e'])).out).toContain('"index":319')
  })

  test('takes parameters', async () => {
    const { lines } = await steward(['try', 'detectors', 'adwin', '--params', '{"clock": 1}'], { stdin: errors.join('\n') })
    expect((lines()[0] as { index: number }).index).toBeLessThan(319)
  })

  test('says once which fields of the rows a metric does not read', async () => {
    const rows = Array.from({ length: 5 }, (_, i) => JSON.stringify({ y: i % 2, score: 0.5, entitty: 'ada', t: i })).join('\n')
    const { err, lines } = await steward(['try', 'metrics', 'accuracy'], { stdin: rows })
    expect(err).toBe('accuracy does not read "entitty", "t" of the lines: it reads y, score, prediction, entity\n')
    expect(lines()).toHaveLength(1)
    const timed = await steward(['try', 'metrics', 'accuracy', '--params', '{"window": "time", "windowMs": 50}'], { stdin: rows })
    expect(timed.err).toBe('accuracy does not read "entitty" of the lines: it reads y, score, prediction, entity, t\n')
    expect((await steward(['try', 'metrics', 'accuracy'], { stdin: '{"y":1,"prediction":1,"entity":"ada"}' })).err).toBe('')
  })

  test('maps columns to the times, entities and latencies of metrics', async () => {
    const csv = file('served.csv', 'at,ms,who,truth,said\n0,5,u1,a,a\n90,7,u2,b,a\n100,9,u1,b,b\n')
    const latency = await steward(['try', 'metrics', 'latency-quantiles', '--csv', csv, '--column', 'latencyMs=ms', '--column', 't=at', '--params', '{"window": "time", "windowMs": 50}'])
    expect(latency.lines()).toMatchObject([{ lines: 3, value: 9, p50: 9, n: 2, windowRows: 2 }])
    const classes = await steward(['try', 'metrics', 'macro-recall', '--csv', csv, '--column', 'y=truth', '--column', 'prediction=said'])
    expect(classes.lines()).toMatchObject([{ value: 0.75, classes: 2, rows: [{ class: 'a', value: 1 }, { class: 'b', value: 0.5 }] }])
  })

  test('maps columns to the fields of a metric', async () => {
    const csv = file('scored.csv', 'fraud,p\n1,0.9\n0,0.1\n1,0.4\n0,0.6\n')
    const { lines } = await steward(['try', 'metrics', 'roc-auc', '--csv', csv, '--column', 'y=fraud', '--column', 'score=p'])
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).toMatchObject({ lines: 4, value: 0.75 })
  })

  test('learns from every column but the label, with readings on the way', async () => {
    const { code, lines } = await steward(['try', 'learners', 'logistic', '--csv', phishing, '--column', 'y=is_phishing', '--every', '500'])
    expect(code).toBe(0)
    expect(lines().map((line) => (line as { lines: number }).lines)).toEqual([500, 1000, 1250])
    const { accuracy, weights } = lines()[2] as { accuracy: number; weights: Record<string, number> }
    expect(accuracy).toBe(1116 / 1250)
    expect(Object.keys(weights)).toHaveLength(9)
  })

  test('learns from the columns that are named', async () => {
    const { lines } = await steward(['try', 'learners', 'logistic', '--csv', phishing, '--column', 'y=is_phishing', '--column', 'x=long_url'])
    expect(Object.keys((lines()[0] as { weights: object }).weights)).toEqual(['long_url'])
  })

  test('compares a column of two tables', async () => {
    const numbers = (shift: number) => Array.from({ length: 500 }, (_, i) => ((i * 37) % 500) / 100 + shift).join('\n')
    const [before, after] = [file('before.csv', `amount\n${numbers(0)}\n`), file('after.csv', `amount\n${numbers(3)}\n`)]
    const { lines } = await steward(['try', 'drift', 'ks', '--csv', after, '--reference', before, '--column', 'amount'])
    expect(lines()).toHaveLength(1)
    expect(lines()[0]).toMatchObject({ n: 500, nReference: 500, verdict: 'alarm' })
    expect((lines()[0] as { value: number }).value).toBeCloseTo(0.6, 1)
  })

  test('estimates performance from a labelled table and one without labels', async () => {
    const [labelled, served] = ['reference', 'analysis'].map((part) => new URL(`../../../examples/data/california_housing_${part}.csv.gz`, import.meta.url).pathname)
    const columns = ['--column', 'score=y_pred_proba', '--column', 'decision=y_pred', '--column', 'y=clf_target']
    const { code, lines } = await steward(['try', 'estimation', 'cbpe', '--csv', served, '--reference', labelled, ...columns])
    expect(code).toBe(0)
    expect(lines()).toMatchObject([{
      n: 8_232, 'roc-auc': { nReference: 5_832, verdict: 'ok' }, recall: { verdict: 'ok' }, quality: { score: { calibrator: 'isotonic' } }, refusals: [],
    }])
  })

  test('takes class probabilities, and features, from columns', async () => {
    const row = (i: number) => ({ p: (i % 97) / 97, y: (i * 31) % 97 < i % 97 ? 1 : 2, a: (i % 50) / 10, said: (i % 50) / 5, truth: (i % 50) / 5 + ((i % 50) / 10) * ((i % 7) - 3) })
    const rows = Array.from({ length: 700 }, (_, i) => row(i))
    const csv = file('rows.csv', `p1,p2,y,a,said,truth\n${rows.map(({ p, y, a, said, truth }) => [p, 1 - p, y, a, said, truth].join(',')).join('\n')}\n`)
    const tables = ['--csv', csv, '--reference', csv]
    const classes = await steward(['try', 'estimation', 'cbpe-multiclass', ...tables, '--column', 'scores.1=p1', '--column', 'scores.2=p2', '--column', 'y=y'])
    expect(classes.lines()).toMatchObject([{ n: 700, accuracy: { nReference: 700 }, confusion: { 1: {}, 2: {} } }])
    const losses = await steward(['try', 'estimation', 'dle', ...tables, '--column', 'x=a', '--column', 'prediction=said', '--column', 'y=truth', '--params', '{"trees": 20}'])
    expect(losses.lines()).toMatchObject([{ n: 700, mae: { nReference: 700, verdict: 'ok' } }])
  })

  test('compares rows of several columns of two tables', async () => {
    const rows = (sign: number) => Array.from({ length: 400 }, (_, i) => [(i * 37) % 400, sign * ((i * 37) % 400) + ((i * 91) % 40)].join(',')).join('\n')
    const [before, after] = [file('rows-before.csv', `a,b\n${rows(1)}\n`), file('rows-after.csv', `a,b\n${rows(-1)}\n`)]
    const { lines } = await steward(['try', 'drift', 'reconstruction', '--csv', after, '--reference', before, '--column', 'a', '--column', 'b'])
    expect(lines()).toMatchObject([{ n: 400, nReference: 400, features: 2, verdict: 'alarm' }])
    const refused = await steward(['try', 'drift', 'ks', '--csv', after, '--reference', before, '--column', 'a', '--column', 'b'])
    expect(refused.err).toContain('expected "reference" to hold finite numbers, strings or null')
  })

  test('lists every unit of a family with its parameters, for people and for machines', async () => {
    const { out } = await steward(['try', '--list', 'detectors'])
    expect(out).toContain('detectors adwin')
    expect(out).toMatch(/delta = 0\.002 {2}\(number, from 1e-300 to 1\): significance/)
    const { lines } = await steward(['try', '--list', '--json'])
    const families = new Set(lines().map((line) => (line as { family: string }).family))
    expect([...families].sort()).toEqual(expect.arrayContaining(['detectors', 'drift', 'estimation', 'learners', 'metrics']) as unknown)
  })

  test.each([
    [['detectors', 'adwn'], "did you mean 'adwin'?"],
    [['detektors', 'adwin'], 'detectors'],
    [['detectors'], 'needs a family and a unit'],
    [['detectors', 'adwin', '--params', '{delta: 1}'], '--params is not JSON'],
    [['detectors', 'adwin', '--params', '{"dleta": 1}'], "did you mean 'delta'?"],
    [['detectors', 'adwin', '--every', '5'], 'every'],
    [['detectors', 'adwin', '--column', 'x'], '--column and --reference go with --csv'],
    [['detectors', 'adwin', '--csv', phishing], 'read one column: --column error'],
    [['detectors', 'adwin', '--csv', phishing, '--column', 'long_ulr'], "there is no column 'long_ulr'; did you mean 'long_url'?"],
    [['metrics', 'recall', '--csv', phishing, '--column', 'is_phishing'], 'which column is which of y, score, prediction'],
    [['learners', 'logistic', '--csv', phishing, '--column', 'x=long_url'], 'need one target column'],
    [['drift', 'psi', '--csv', phishing, '--column', 'long_url'], '--reference names the table'],
    [['estimation', 'cbpe', '--csv', phishing, '--column', 'score=long_url', '--column', 'y=is_phishing'], '--reference names their table'],
    [['estimation', 'cbpe', '--csv', phishing, '--reference', phishing, '--column', 'score=long_url'], '--column score=p --column y=label'],
    [['estimation', 'cbpe', '--csv', phishing, '--reference', phishing, '--column', 'p=long_url', '--column', 'y=is_phishing'], '--column score=p --column y=label'],
  ])('%j is a mistake of usage that says what to do', async (argv, what) => {
    const { code, err } = await steward(['try', ...argv])
    expect(code).toBe(2)
    expect(err).toContain(what)
    expect(err).toContain('USAGE')
  })

  test.each([
    ['0\n1\nx\n', 'line 3 is not JSON'], ['0\n{"a":1}\n', 'value 2: expected a finite number'],
  ])('names the line of a bad input: %j', async (stdin, what) => {
    const { code, err } = await steward(['try', 'detectors', 'adwin'], { stdin })
    expect(code).toBe(2)
    expect(err).toContain(what)
    expect(err).toContain('INPUT_UNREADABLE')
  })

  test('names a file that is not there', async () => {
    const { code, err } = await steward(['try', 'detectors', 'adwin', '--csv', join(folder, 'none.csv'), '--column', 'x'])
    expect(code).toBe(2)
    expect(err).toContain('none.csv')
    expect(err).toContain('INPUT_UNREADABLE')
  })
})
