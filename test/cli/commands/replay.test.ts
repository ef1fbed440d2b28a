import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { CaptureRecord, JournalReplayItem, JournalReplayOptions, JournalVerdict, ReplayItem, ReplayOptions, Services } from '../../../src/cli/services.ts'
import { parsePolicyFile } from '../../../src/config/config.ts'
import { checkUnitInTables } from '../../../src/config/units.ts'
import { steward, type Setting } from '../fake.ts'

const folder = mkdtempSync(join(tmpdir(), 'steward-replay-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = (name: string): string => join(folder, name)

/** A program that emits what it reads, and remembers what it was asked. */
function echo(): { services: Setting['services']; asked: ReplayOptions[]; read: CaptureRecord[] } {
  const asked: ReplayOptions[] = []
  const read: CaptureRecord[] = []
  const replay: Services['replay'] = async function* (options): AsyncGenerator<ReplayItem> {
    asked.push(options)
    for await (const record of options.records) {
      read.push(record)
      yield { item: 'record', record }
    }
    yield { item: 'summary', summary: { records: { labels: read.length }, events: {}, deadLetters: 0, elapsedMs: 1500 } }
  }
  return { services: { replay }, asked, read }
}

const capture = [{ topic: 'labels', key: 'a', timestampMs: 5, value: { inferenceId: 'a' } }, { topic: 'ticks', timestampMs: 9, value: {} }]

describe('steward replay', () => {
  test('streams a capture through the program and its events out as NDJSON, the summary beside them', async () => {
    const { services, asked } = echo()
    const { code, lines, err } = await steward(['replay', '-', '--partitions', '4', '--policy', 'p.yaml'], { services, stdin: capture.map((line) => JSON.stringify(line)).join('\n') })
    expect(code).toBe(0)
    expect(lines()).toEqual([capture[0], { ...capture[1], key: null }])
    expect(asked[0]).toMatchObject({ partitions: 4, policy: 'p.yaml', defaults: {} })
    expect(err).toContain('labels 2')
    expect(err).toContain('1.5 s')
  })

  test('writes the events to a file', async () => {
    const { services } = echo()
    const { out } = await steward(['replay', '-', '--out', path('e.ndjson')], { services, stdin: JSON.stringify(capture[0]) })
    expect(out).toBe('')
    expect(readFileSync(path('e.ndjson'), 'utf8')).toBe(`${JSON.stringify(capture[0])}\n`)
  })

  test('turns two tables into a capture, with a profile, a policy that fits, and every guess printed', async () => {
    const times = Array.from({ length: 48 }, (_, i) => new Date(Date.UTC(2026, 0, 1, i)).toISOString().slice(0, 16))
    writeFileSync(path('p.csv'), `id,timestamp,p,x\n${times.map((time, i) => `${i},${time},${(i % 10) / 10},${i}`).join('\n')}`)
    writeFileSync(path('l.csv'), `id,y\n${times.map((_, i) => `${i},${i % 2}`).join('\n')}`)
    const { services, asked, read } = echo()
    const { code, err } = await steward(['replay', '--csv', path('p.csv'), '--labels', path('l.csv'), '--score', 'p', '--label', 'y', '--label-delay', '2h', '--reference-until', '2026-01-02', '--model', 'm'], { services })
    expect(code).toBe(0)
    expect(read.map(({ topic }) => topic).filter((topic) => topic !== 'features').slice(0, 3)).toEqual(['profiles', 'predictions', 'predictions'])
    const first = read.find(({ topic }) => topic === 'labels')!
    expect(first).toMatchObject({ key: '24', timestampMs: Date.UTC(2026, 0, 2, 2), value: { value: 0 } })
    expect(asked[0].defaults).toMatchObject({ task: 'binary', positive: 1, time: { pane: expect.any(String) as unknown } })
    expect(err).toMatch(/guessed {2}.*p\.csv {2}id: column 'id'/)
    expect(err).toMatch(/guessed {2}.*p\.csv {2}time: column 'timestamp'/)
    expect(err).toMatch(/guessed {2}.*p\.csv {2}pane: /)
  })

  test('does not print a guess of the pane where the policy sets it, and ends after a whole pane of that length', async () => {
    writeFileSync(path('q.csv'), `id,timestamp,p,y\n${Array.from({ length: 48 }, (_, i) => `${i},${new Date(Date.UTC(2026, 0, 1, i)).toISOString()},0.5,${i % 2}`).join('\n')}`)
    writeFileSync(path('own.yaml'), 'models: { m: { time: { pane: 12h, watchEvery: 1m, cohort: 12h } }, other: {} }')
    const { services, read } = echo()
    const readPolicies: Services['readPolicies'] = (file) => Promise.resolve(parsePolicyFile(readFileSync(file, 'utf8'), file, null, { checkUnit: checkUnitInTables, env: {} }))
    const given = { services: { ...services, readPolicies } }
    const table = ['replay', '--csv', path('q.csv'), '--score', 'p', '--label', 'y', '--policy', path('own.yaml')]
    const own = await steward([...table, '--model', 'm'], given)
    expect(own.err).toContain('task: ')
    expect(own.err).not.toContain('pane: ')
    expect(read.at(-1)).toMatchObject({ topic: 'ticks', timestampMs: Date.UTC(2026, 0, 3, 12) })
    expect((await steward([...table, '--model', 'unnamed'], given)).err).toContain('pane: ')
    expect(await steward([...table, '--model', 'm', '--pane', '1h'], given)).toMatchObject({ code: 2, err: expect.stringContaining("sets the pane of 'm'") as unknown })
  })

  test.each([
    [['replay', '-', '--journal'], 'not a capture file'], [['replay', '--journal', '--csv', 'b.csv'], 'not a capture file'], [['replay', '-', '--task', 'observe-0'], 'with --journal'],
    [['replay'], 'reads one of two'], [['replay', 'a.ndjson', '--csv', 'b.csv'], 'reads one of two'], [['replay', '-', '--partitions', '0'], 'at least 1'],
  ])('%j is refused', async (argv, what) => {
    const { code, err } = await steward(argv)
    expect(code).toBe(2)
    expect(err).toContain(what)
  })

  test.each([['{"topic":"labels"}', 'record 1 lacks "topic" or "timestampMs"'], ['null', 'record 1 lacks'], ['{', 'line 1 is not JSON']])('names the line of what is no capture: %j', async (stdin, what) => {
    const { code, err } = await steward(['replay', '-'], { services: echo().services, stdin })
    expect(code).toBe(2)
    expect(err).toContain(what)
  })

  test('says which file it cannot write', async () => {
    const { code, err } = await steward(['replay', '-', '--out', '/nowhere/e.ndjson'], { services: echo().services, stdin: JSON.stringify(capture[0]) })
    expect(code).toBe(2)
    expect(err).toContain('/nowhere/e.ndjson')
  })
})

describe('steward replay --journal', () => {
  const verdict = (over: Partial<JournalVerdict> = {}): JournalVerdict =>
    ({ task: 'observe-0', epochs: 12, records: 3400, statesEqual: 12, outputsEqual: 12, isEqual: true, firstDifference: null, remarks: [], ...over })

  function journal(...items: JournalReplayItem[]): { services: Setting['services']; asked: JournalReplayOptions[] } {
    const asked: JournalReplayOptions[] = []
    const replayJournal: Services['replayJournal'] = async function* (options): AsyncGenerator<JournalReplayItem> {
      asked.push(options)
      yield* items
    }
    return { services: { replayJournal }, asked }
  }

  test('prints a row a task and ends with 0 when every hash is equal', async () => {
    const { services, asked } = journal({ item: 'task', verdict: verdict() }, { item: 'task', verdict: verdict({ task: 'decide-0', epochs: 7, statesEqual: 7, outputsEqual: 7 }) })
    const { code, out } = await steward(['replay', '--journal', '--config', 's.yaml'], { services })
    expect(asked[0]).toMatchObject({ config: 's.yaml', task: null, outputs: false })
    expect(out.split('\n').map((line) => line.trim().split(/ {2,}/))).toEqual([
      ['task', 'epochs', 'records', 'state hashes equal', 'outputs equal'], ['observe-0', '12', '3400', '12', '12'], ['decide-0', '7', '3400', '7', '7'], [''],
    ])
    expect(code).toBe(0)
  })

  test('ends with 1 when one differs, and says where', async () => {
    const { services } = journal({ item: 'task', verdict: verdict() }, { item: 'task', verdict: verdict({ task: 'observe-1', statesEqual: 11, isEqual: false, firstDifference: 9, remarks: ['first difference in epoch 9: state'] }) })
    const { code, out } = await steward(['replay', '--journal'], { services })
    expect(out).toContain('observe-1: first difference in epoch 9: state\n')
    expect(code).toBe(1)
  })

  test('ends with 1 when the journal is empty: nothing was shown to be equal', async () => {
    const { services } = journal({ item: 'task', verdict: verdict({ epochs: 0, records: 0, statesEqual: 0, outputsEqual: 0 }) })
    expect((await steward(['replay', '--journal'], { services })).code).toBe(1)
  })

  test('writes what the epochs of one task emitted', async () => {
    const record: CaptureRecord = { topic: 'decisions', key: 'm', timestampMs: 5, value: { id: 'd1' }, partition: 0, headers: {} }
    const { services, asked } = journal({ item: 'output', record }, { item: 'task', verdict: verdict() })
    const { code } = await steward(['replay', '--journal', '--task', 'observe-0', '--out', path('outputs.ndjson')], { services })
    expect([code, asked[0]]).toMatchObject([0, { task: 'observe-0', outputs: true }])
    expect(JSON.parse(readFileSync(path('outputs.ndjson'), 'utf8'))).toEqual(record)
  })
})
