import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { CaptureRecord, Check, CommandRequest, DeadLetterRow, DemoItem, ModelView, RunOptions, RunSummary, TopicStatus } from '../../../src/cli/services.ts'
import { parsePolicyFile } from '../../../src/config/config.ts'
import type { Reading } from '../../../src/core/reading.ts'
import { steward, stream } from '../fake.ts'

const folder = mkdtempSync(join(tmpdir(), 'steward-cluster-'))
afterAll(() => rmSync(folder, { recursive: true }))
const at = Date.UTC(2026, 10, 23, 8, 30)
const summary: RunSummary = { records: { predictions: 12_000, labels: 0 }, events: { decisions: 3 }, deadLetters: 1, elapsedMs: 2500 }

describe('steward run', () => {
  test('runs on the named settings until the program returns, and prints its counts', async () => {
    const asked: RunOptions[] = []
    const run = (options: RunOptions) => { asked.push(options); options.onProgress({ phase: 'catching up', done: 5, total: 10 }); return Promise.resolve(summary) }
    const { code, out, err } = await steward(['run', '-c', 's.yaml', '--drain'], { services: { run } })
    expect(code).toBe(0)
    expect(asked[0]).toMatchObject({ config: 's.yaml', drain: true })
    expect(asked[0].signal.aborted).toBe(false)
    expect(out).toContain('predictions 12,000')
    expect(err).toBe('catching up: 5 of 10 (50 %)\n')
    expect((await steward(['run', '--json'], { services: { run } })).lines()).toEqual([summary])
  })

  test('finds its settings in the environment where none are named', async () => {
    const asked: RunOptions[] = []
    const run = (options: RunOptions) => { asked.push(options); return Promise.resolve(summary) }
    await steward(['run'], { services: { run }, env: { STEWARD_CONFIG: '/etc/s.yaml' } })
    await steward(['run'], { services: { run } })
    expect(asked.map(({ config, drain }) => [config, drain])).toEqual([['/etc/s.yaml', false], [null, false]])
  })
})

describe('steward demo', () => {
  const items: DemoItem[] = [
    { item: 'event', at, kind: 'retrain-requested', text: 'drift of MedInc' }, { item: 'table', title: 'Drift', columns: ['month', 'psi'], rows: [['2021-06', 0.412345], ['2021-07', null]] },
    { item: 'summary', outDir: 'demo-1', files: ['events.ndjson'], summary },
  ]

  test('prints the timeline, tables and where its files are', async () => {
    const { code, out } = await steward(['demo'], { services: { demo: () => stream(items) } })
    expect(code).toBe(0)
    expect(out).toContain('2026-11-23 08:30Z  retrain-requested  drift of MedInc\n')
    expect(out).toContain('Drift\nmonth       psi\n2021-06  0.4123\n2021-07       –\n')
    expect(out).toContain('left in demo-1: events.ndjson')
  })

  test('prints every item as NDJSON for machines, and hands options on', async () => {
    let asked: unknown
    const { lines } = await steward(['demo', '--json', '--seed', '7', '--out', 'here'], { services: { demo: (options) => { asked = options; return stream(items) } } })
    expect(lines()).toEqual(items)
    expect(asked).toMatchObject({ seed: 7, outDir: 'here', partitions: 1 })
  })
})

describe('steward capture', () => {
  const records: CaptureRecord[] = [{ topic: 'labels', key: 'a', timestampMs: 1, value: 1, partition: 0, offset: 4 }]

  test('writes NDJSON to standard output or a file', async () => {
    let asked: unknown
    const services = { capture: (options: unknown) => { asked = options; return stream(records) } }
    expect((await steward(['capture', '--since', '2026-11-23', '--model', 'a', '--model', 'b'], { services })).lines()).toEqual(records)
    expect(asked).toMatchObject({ sinceMs: Date.UTC(2026, 10, 23), untilMs: null, models: ['a', 'b'] })
    await steward(['capture', '--out', join(folder, 'c.ndjson')], { services })
    expect(readFileSync(join(folder, 'c.ndjson'), 'utf8')).toBe(`${JSON.stringify(records[0])}\n`)
  })

  test('says which file it cannot write', async () => {
    const { code, err } = await steward(['capture', '--out', '/nowhere/c.ndjson'], { services: { capture: () => stream(records) } })
    expect(code).toBe(2)
    expect(err).toContain('/nowhere/c.ndjson')
  })
})

describe('steward status', () => {
  const reading = (value: number, verdict: 'ok' | 'alarm') => ({ value, n: 500, verdict, noiseFloor: 0.03 })
  const view: ModelView = {
    model: 'fraud', mode: 'act', policy: { hash: 'a'.repeat(64), inForce: 'b'.repeat(64) }, champion: { version: 'v8', sinceMs: at }, sequence: 3,
    history: [{ version: 'v6', sinceMs: 0, isGood: true }, { version: 'v7', sinceMs: 1, isGood: true }], versions: { v8: { stage: 'champion', sinceMs: at }, v9: { stage: 'announced', sinceMs: at } },
    bake: { version: 'v8', previous: 'v7', sinceMs: at }, laggards: null, hold: { issuer: 'ann', reason: 'audit', sinceMs: at }, request: { id: 'r1', atMs: at, expiresMs: at + 1, diagnosis: 'concept drift', advice: 'full', explanation: 'adwin saw errors rise.' }, cooldownUntilMs: 0,
    withheld: { sinceMs: at, subjects: ['age', 'score'], diagnosis: 'harmless covariate drift', explanation: 'Recall holds.', doubts: 2 },
    withheldSegments: { 'region=jp': { sinceMs: at, subjects: ['age'], diagnosis: 'harm not told yet', explanation: 'Too few labels.', doubts: 0 } },
    incidents: [{ incident: 'evicted-pending', severity: 'warning', owner: 'operator', cause: 'limit reached', sinceMs: at }],
    decisions: { count: 1, recent: [{ id: 'd', atMs: at, decision: 'promote', subject: 'v8', text: 'better by .01' }] }, panes: { read: 9, lastEndMs: at }, counts: { predictions: 100, evicted: 0 },
    detectors: [{ unit: 'adwin', verdict: 'warning', n: 900, alarmMs: null, questionedMs: at }, { unit: 'ddm', verdict: 'ok', n: 900, alarmMs: null, questionedMs: null }],
    maturity: { cohorts: 9, refusal: null, waiting: { labels: 300, tooYoung: 20, soFar: { precision: reading(0.3, 'ok') }, expected: { precision: reading(0.6, 'ok') } } },
    readings: {
      atMs: at, reference: { version: 'v7', n: 5000, isProvisional: true },
      drift: [{ panes: 6, fromMs: 0, toMs: at, moved: ['amount', 'age'], features: [{ feature: 'amount', importance: null, readings: [{ measure: 'psi', reading: reading(0.41, 'alarm'), severe: 1 }, { measure: 'ks', reading: reading(0.01, 'ok'), severe: null }] }], score: [], segments: [
        { segment: 'region=jp', share: 0.05, features: [{ feature: 'age', importance: null, readings: [{ measure: 'psi', reading: reading(0.32, 'alarm'), severe: 1 }] }], score: [], decision: [] },
        { segment: 'region=nz', share: 0.01, features: [], score: [], decision: [], unread: 'the reference knows no such value' },
      ] }],
      performance: [{ panes: 6, fromMs: 0, toMs: at, labels: 480, readings: { recall: { value: 0.8, n: 200, verdict: 'ok', interval: [0.7, 0.9] }, precision: { value: null, n: 0, verdict: 'insufficient' } } }],
    },
  }

  test('shows champion, request, hold, incidents, what drifted, and what was decided', async () => {
    const { code, out } = await steward(['status', 'fraud'], { services: { views: () => Promise.resolve([view]) } })
    expect(code).toBe(0)
    for (const said of [
      'fraud  acts, as of 2026-11-23 08:30Z', 'champion    v8 since 2026-11-23 08:30Z, before it v7, v6; serving-config 3', 'v9: announced', 'v8 is watched against v7', 'by ann since',
      'r1 open since', 'withheld    drift of age, score stands, its harm not told for 2 panes since 2026-11-23 08:30Z, nothing is asked for it (harmless covariate drift): Recall holds.', 'concept drift, advice full: adwin saw errors rise.', 'errors      warning of adwin since 2026-11-23 08:30Z',
      'maturity    300 labels that came before all of theirs: precision 0.3 (noise 0.03) so far, 0.6 (noise 0.03) expected; 20 more are too young to tell', 'evicted-pending since', 'withheld    in region=jp drift of age stands since 2026-11-23 08:30Z, nothing is asked for it (harm not told yet): Too few labels.',
      'region=jp (5% of the traffic), 6 panes: 1 readings, 1 beyond their noise', 'alarm psi of age: 0.32 (noise 0.03)', 'region=nz (1% of the traffic), 6 panes: not read, the reference knows no such value', 'against v7 (5000 rows, provisional)', '6 panes: 2 readings, 1 beyond their noise', 'alarm psi of amount: 0.41 (noise 0.03)', 'likely moved (of so named features 5% have not): amount, age',
      '480 labels: recall 0.8 (0.7 to 0.9), precision insufficient', 'predictions 100', 'promote v8: better by .01', 'aaaaaaaaaaaa waits for the next pane, bbbbbbbbbbbb is in force',
    ]) expect(out).toContain(said)
    expect(out).not.toContain('ks of amount')
    expect(out).not.toContain('ddm')
    expect(out).not.toContain('evicted 0')
  })

  test('names the worst classes under an average over classes', async () => {
    const rows = [['cat', 0.9], ['dog', 0.5], ['eel', null], ['fox', 0.7], ['gnu', 0.8]].map(([name, value]) => ({ class: name, value, n: 100 }))
    const macro = { value: 0.725, n: 400, verdict: 'ok' as const, interval: [0.7, 0.75] as const, rows }
    const readings = { ...view.readings!, performance: [{ panes: 6, fromMs: 0, toMs: at, labels: 400, readings: { 'macro-f1': macro, 'weighted-f1': macro } }] }
    const { out } = await steward(['status', 'fraud'], { services: { views: () => Promise.resolve([{ ...view, readings }]) } })
    expect(out).toContain('400 labels: macro-f1 0.725 (0.7 to 0.75)')
    expect(out).toContain('macro-f1 by class: dog 0.5, fox 0.7, gnu 0.8, 1 more above')
    expect(out).not.toContain('weighted-f1 by class')
  })

  test('shows metrics over windows of their own', async () => {
    const ok = (value: number, detail: Record<string, number>) => ({ value, n: 90, verdict: 'ok' as const, interval: [value - 0.1, value + 0.1] as const, detail })
    const of = { metric: 'recall', fromMs: 0, toMs: at }
    const windowed = [
      { ...of, window: { form: 'count' as const, count: 5000 }, reading: ok(0.7, { windowRows: 5100 }) },
      { ...of, window: { form: 'count' as const, count: 2000, exact: true as const }, reading: ok(0.8, { windowRows: 2000 }) }, { ...of, window: { form: 'time' as const, spanMs: 21_600_000 }, reading: ok(0.6, { windowRows: 20 }) },
      { ...of, window: { form: 'faded' as const, alpha: 0.01 }, reading: ok(0.5, { fadedRows: 900, effectiveRows: 90 }) },
      { ...of, window: { form: 'faded' as const, halfLifeMs: 3_600_000 }, reading: { value: null, n: 0, verdict: 'insufficient' as const, detail: { fadedRows: 0 } } },
    ]
    const { out } = await steward(['status', 'fraud'], { services: { views: () => Promise.resolve([{ ...view, readings: { ...view.readings!, windowed } }]) } })
    for (const said of [
      'recall over the newest 5000, 5100 outcomes: 0.7 (0.6 to 0.8)', 'recall over exactly the newest 2000, 2000 outcomes: 0.8 (0.7 to 0.9)', 'recall over 6h, 20 outcomes: 0.6 (0.5 to 0.7)', 'recall faded by 0.01 an outcome, 900 outcomes: 0.5 (0.4 to 0.6)',
      'recall faded by half every 1h, 0 outcomes: insufficient',
    ]) expect(out).toContain(said)
  })

  test('says which reference drift is read against, and what the profile stands in for', async () => {
    const against = async (reference: NonNullable<NonNullable<ModelView['readings']>['reference']>) =>
      (await steward(['status', 'fraud'], { services: { views: () => Promise.resolve([{ ...view, readings: { ...view.readings!, reference } }]) } })).out
    expect(await against({ version: 'v7', n: 9000, isProvisional: false, kind: 'seasonal', waitsFor: null })).toContain('against the seasonal reference (9000 rows, on the bins of v7)')
    expect(await against({ version: 'v7', n: 50, isProvisional: false, kind: 'frozen', waitsFor: { kind: 'rolling', panes: 3, wanted: 60 } }))
      .toContain('against v7 (50 rows), while the rolling reference gathers: 3 of 60 panes')
  })

  test('says what performance is without labels, or why it is not told, once where it is the same for every window', async () => {
    const reason = (why: string) => ({ recall: { value: null, n: 9, verdict: 'insufficient' as const, detail: { why } }, f1: { value: null, n: 9, verdict: 'insufficient' as const, detail: { why } } })
    const told = { recall: { value: 0.7, n: 60, verdict: 'ok' as const, interval: [0.6, 0.8] as const }, f1: { value: null, n: 3, verdict: 'insufficient' as const } }
    const of = async (...readings: Readonly<Record<string, Reading>>[]) => {
      const windows = readings.map((each, i) => ({ panes: i + 1, predictions: 1_000 * (i + 1), readings: each }))
      return (await steward(['status'], { services: { views: () => Promise.resolve([{ ...view, estimates: { reference: null, windows } }]) } })).out
    }
    expect(await of(reason('too far'), reason('too far'))).toContain('estimated   nothing without labels: too far\n')
    const mixed = await of(reason('too far'), told)
    expect(mixed).toContain('estimated   1 panes, 1000 predictions: nothing, too far\n')
    expect(mixed).toContain('estimated   2 panes, 2000 predictions: recall 0.7 (0.6 to 0.8)\n')
    expect((await steward(['status'], { services: { views: () => Promise.resolve([{ ...view, estimates: null }]) } })).out).not.toContain('estimated')
  })

  test('says what labels came to beside what was to be expected of their predictions, of the longest window that tells', async () => {
    const expected = { value: 1.25, n: 400, verdict: 'ok' as const, interval: [1.1, 1.4] as const }
    const mae = (realised: number, beyond: 'above' | null) => ({ rows: 400, metrics: { mae: { expected, realised, beyond } } })
    const windows = [
      { panes: 1, predictions: 10, readings: { mae: expected }, labelled: mae(1.2, null) }, { panes: 6, predictions: 60, readings: { mae: expected }, labelled: mae(2.5, 'above') },
      { panes: 60, predictions: 600, readings: { mae: expected } },
    ]
    const { out } = await steward(['status'], { services: { views: () => Promise.resolve([{ ...view, estimates: { reference: null, windows } }]) } })
    expect(out).toContain('labelled    6 panes, 400 rows: mae 2.5 where 1.25 (1.1 to 1.4) was to be expected: above it\n')
    expect(out).not.toContain('mae 1.2 where')
  })

  test('says why maturity is not known', async () => {
    const young = { ...view, maturity: { cohorts: 0, refusal: 'No cohort is past the label horizon yet.', waiting: null } }
    expect((await steward(['status'], { services: { views: () => Promise.resolve([young]) } })).out).toContain('maturity    No cohort is past the label horizon yet.')
  })

  test('prints the view whole for machines', async () => {
    expect((await steward(['status', '--json'], { services: { views: () => Promise.resolve([view]) } })).lines()).toEqual([view])
  })

  test('says that nothing has been seen, which is a failure only when a model was named', async () => {
    const services = { views: () => Promise.resolve([]) }
    expect(await steward(['status'], { services })).toMatchObject({ code: 0, err: expect.stringContaining('No model has been seen') as unknown })
    expect(await steward(['status', 'x'], { services })).toMatchObject({ code: 1, err: expect.stringContaining("No model 'x'") as unknown })
  })
})

describe.each(['retrain', 'rollback'] as const)('steward %s', (kind) => {
  test('sends the command with its reason and issuer, and says where it stands', async () => {
    const sent: CommandRequest[] = []
    const services = { sendCommand: (request: CommandRequest) => { sent.push(request); return Promise.resolve({ commandId: 'c1', topic: 'commands', partition: 1, offset: 7 }) } }
    const { code, out } = await steward([kind, 'fraud', '--reason', 'too many false alarms', '--issuer', 'ann'], { services })
    expect(code).toBe(0)
    expect(sent).toEqual([{ config: null, model: 'fraud', command: kind, version: null, reason: 'too many false alarms', issuer: 'ann' }])
    expect(out).toContain('commands/1 offset 7')
    await steward([kind, 'fraud', '--reason', 'x'], { services })
    expect(sent[1].issuer).toBe(userInfo().username)
  })
})

test('steward rollback names the version to go back to', async () => {
  let asked: CommandRequest | null = null
  const services = { sendCommand: (request: CommandRequest) => { asked = request; return Promise.resolve({ commandId: 'c1', topic: 'commands', partition: 0, offset: 0 }) } }
  expect((await steward(['rollback', 'fraud', '--reason', 'x', '--to', 'v6', '--json'], { services })).lines()).toEqual([{ commandId: 'c1', topic: 'commands', partition: 0, offset: 0 }])
  expect(asked).toMatchObject({ version: 'v6' })
})

describe('steward explain', () => {
  const finding = { rule: 'drift', measure: 'psi', subject: 'amount', reading: { value: 0.41, n: 500, noiseFloor: 0.03, verdict: 'alarm' }, threshold: 0.2, fromMs: 0, toMs: at, text: 'amount has moved' }
  const event: CaptureRecord = { topic: 'retrain-requested', key: 'fraud', timestampMs: at, partition: 1, offset: 5, value: { kind: 'retrain-requested', id: 'ab12', model: 'fraud', at, advisory: true, diagnosis: 'concept drift', considered: [{ name: 'prior shift', outcome: 'ruled-out', text: 'The label rate holds.' }], features: [{ feature: 'amount', measure: 'psi', value: 0.41, excess: 2.05, importanceShare: 0.3, correlation: null, blame: 1 }], reasons: [finding], cooldownUntilMs: at } }
  const decision: CaptureRecord = { topic: 'decisions', key: 'fraud', timestampMs: at, value: { kind: 'decision', id: 'dd', eventId: 'ab12', model: 'fraud', at, decision: 'retrain-requested', text: 'drift for 3 panes', findings: [] } }
  const file = join(folder, 'events.ndjson')
  writeFileSync(file, [{ topic: 'panes', key: null, timestampMs: 0, value: null }, event, decision].map((line) => JSON.stringify(line)).join('\n'))

  test('finds an event and its decision in a file, by the beginning of its id', async () => {
    const { code, out } = await steward(['explain', 'ab', '--file', file])
    expect(code).toBe(0)
    for (const said of ['retrain-requested of fraud  2026-11-23 08:30Z  (advisory', 'concept drift', 'ruled-out  prior shift: The label rate holds.', '1.  amount: psi 0.41, 2.05 times its level; importance 0.3', 'retrain-requested/1 offset 5', 'alarm  drift psi of amount: 0.41 (n 500, noise floor 0.03, bound 0.2)', 'amount has moved', 'drift for 3 panes', 'cooldownUntilMs    2026-11-23 08:30Z']) {
      expect(out).toContain(said)
    }
  })

  test('prints how long it took to be seen as a duration', async () => {
    const file = join(folder, 'rollback.ndjson')
    writeFileSync(file, JSON.stringify({ topic: 'rollback', key: 'm', timestampMs: at, value: { kind: 'rollback', id: 'rr', model: 'm', at, detectionDelayMs: 5_400_000 } }))
    expect((await steward(['explain', 'rr', '--file', file])).out).toContain('detectionDelayMs   1.5h')
  })

  test('asks the log where no file is named', async () => {
    const { lines } = await steward(['explain', 'ab12', '--json'], { services: { findEvent: ({ id }) => Promise.resolve({ event: id === 'ab12' ? event : null, decision: null }) } })
    expect(lines()).toEqual([{ event, decision: null }])
  })

  test('exits 1 when there is no such event', async () => {
    expect(await steward(['explain', 'zz', '--file', file])).toMatchObject({ code: 1, out: '', err: expect.stringContaining("no event 'zz'") as unknown })
  })

  test('asks for more of an id that several events begin with, and names them', async () => {
    const file = join(folder, 'two.ndjson')
    const line = (id: string) => JSON.stringify({ topic: 'promote', key: 'm', timestampMs: at, value: { kind: 'promote', id, model: 'm', at } })
    writeFileSync(file, `${line('ab12')}\n${line('ab13')}\n`)
    expect(await steward(['explain', 'ab', '--file', file])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('ab12, ab13') as unknown })
  })
})

describe('steward topics', () => {
  const topic = (state: TopicStatus['state']): TopicStatus => ({ role: 'labels', topic: 'team.labels', partitions: 4, cleanup: 'delete', state, text: state === 'differs' ? '8 partitions, 4 wanted' : '' })

  test.each([['present', 0], ['missing', 1], ['differs', 1]] as const)('lists what is %s, exit code %d', async (state, exit) => {
    const { code, out } = await steward(['topics', 'list'], { services: { topics: () => Promise.resolve([topic(state)]) } })
    expect(code).toBe(exit)
    expect(out).toContain(`${state}  team.labels (labels), 4 partitions, delete`)
  })

  test('makes what is missing', async () => {
    const { code, lines } = await steward(['topics', 'create', '--json'], { services: { createTopics: () => Promise.resolve([topic('created')]) } })
    expect(code).toBe(0)
    expect(lines()).toEqual([topic('created')])
  })
})

describe('steward dead-letters', () => {
  const row: DeadLetterRow = { id: 'x1', topic: 'labels', partition: 2, offset: 9, timestampMs: at, code: 'NOT_JSON', message: 'no value', length: 70_000, truncated: true }

  test('lists where each came from and why, without its bytes', async () => {
    let asked: unknown
    const services = { deadLetters: (filter: unknown) => { asked = filter; return stream([row]) } }
    const { out } = await steward(['dead-letters', 'list', '--code', 'NOT_JSON', '--limit', '5'], { services })
    expect(out).toBe('2026-11-23 08:30Z  NOT_JSON  labels/2 offset 9, 70000 bytes, cut off: no value  [x1]\n')
    expect(asked).toEqual({ config: null, code: 'NOT_JSON', topic: null, id: null, limit: 5 })
  })

  test('sends them again, and exits 1 when some could not be', async () => {
    const redrive = (all: boolean) => ({ redrive: () => stream([{ ...row, redriven: true }, { ...row, redriven: all }]) })
    expect((await steward(['dead-letters', 'redrive'], { services: redrive(true) })).code).toBe(0)
    const { code, out } = await steward(['dead-letters', 'redrive'], { services: redrive(false) })
    expect(code).toBe(1)
    expect(out).toMatch(/^ok .*\nfailed .*\n$/)
  })
})

describe('steward doctor', () => {
  const check = (state: Check['state'], fix: string | null = null): Check => ({ name: 'eviction', state, text: 'maxmemory-policy is allkeys-lru', fix })

  test('prints every check with its fix, and exits 1 when one failed', async () => {
    const { code, out } = await steward(['doctor'], { services: { doctor: () => stream([check('ok'), check('failed', 'set it to noeviction')]) } })
    expect(code).toBe(1)
    expect(out).toBe('ok  eviction: maxmemory-policy is allkeys-lru\nfailed  eviction: maxmemory-policy is allkeys-lru\n        fix: set it to noeviction\n')
  })

  test('does not fail for a warning', async () => {
    expect((await steward(['doctor'], { services: { doctor: () => stream([check('warning')]) } })).code).toBe(0)
  })
})

describe('steward policy', () => {
  const file = join(folder, 'p.yaml')
  writeFileSync(file, 'models: { fraud: { mode: act }, churn: {} }\n')
  const readPolicies = (path: string, model: string | null) => Promise.resolve(parsePolicyFile(readFileSync(path, 'utf8'), path, model, { checkUnit: () => undefined, env: {} }))

  test('check names each policy with its hash', async () => {
    const { code, out } = await steward(['policy', 'check', file], { services: { readPolicies } })
    expect(code).toBe(0)
    expect(out).toMatch(/^ok {2}fraud {2}act {2}[0-9a-f]{64}\nok {2}churn {2}advise {2}[0-9a-f]{64}\n$/)
  })

  test('check exits 2 with every problem where there are any', async () => {
    writeFileSync(join(folder, 'bad.yaml'), 'models:\n  fraud:\n    mood: act\n    time: { pane: 5 }\n')
    const services = { readPolicies: async (path: string, model: string | null) => readPolicies(path, model) }
    const { code, err } = await steward(['policy', 'check', join(folder, 'bad.yaml')], { services })
    expect(code).toBe(2)
    expect(err).toContain("bad.yaml:3: `models.fraud.mood` is not a setting; did you mean 'mode'?")
    expect(err).toContain('bad.yaml:4: `models.fraud.time.pane` must be a duration')
  })

  test('show prints what it comes to', async () => {
    const { out } = await steward(['policy', 'show', file, '--model', 'fraud'], { services: { readPolicies } })
    expect(JSON.parse(out)).toMatchObject({ model: 'fraud', mode: 'act', cooldownMs: 43_200_000 })
  })

  test('apply publishes, and says from when each is in force', async () => {
    let asked: unknown
    const services = { publishPolicies: (options: unknown) => { asked = options; return Promise.resolve([{ model: 'fraud', hash: 'f'.repeat(64), effectiveFromMs: at, changed: true }, { model: 'churn', hash: 'c'.repeat(64), effectiveFromMs: null, changed: false }]) } }
    const { code, out } = await steward(['policy', 'apply', '-c', file, '--effective-from', '2026-11-23T08:30Z', '--issuer', 'ann'], { services })
    expect(code).toBe(0)
    expect(asked).toEqual({ config: file, effectiveFromMs: at, issuer: 'ann' })
    expect(out).toBe('fraud  ffffffffffff  in force from 2026-11-23 08:30Z\nchurn  cccccccccccc  unchanged, not published\n')
  })
})
