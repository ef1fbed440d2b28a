import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { CaptureRecord, DemoItem } from '../../../src/cli/services.ts'
import { demo } from '../../../src/main/demo/demo.ts'
import { replay } from '../../../src/main/replay.ts'
import { idsOf } from './helpers.ts'

let folder: string
let items: DemoItem[]
let capture: CaptureRecord[]
let events: CaptureRecord[]
const progress: number[] = []

async function collect<T>(from: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const one of from) all.push(one)
  return all
}

const captured = async (name: string): Promise<CaptureRecord[]> =>
  (await readFile(join(folder, name), 'utf8')).trim().split('\n').map((line) => JSON.parse(line) as CaptureRecord)

const { signal } = new AbortController()

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'steward-demo-'))
  items = await collect(demo({ outDir: folder, seed: 1, partitions: 1, signal, onProgress: ({ done, total }) => progress.push(done / total!) }))
  capture = await captured('capture.ndjson')
  events = await captured('events.ndjson')
}, 240_000)
afterAll(() => rm(folder, { recursive: true }))

interface Announced { version: string; trainedBy: string; baselineVersion: string; evaluation: { metrics: Record<string, number> }; baseline: { metrics: Record<string, number> } }
const announcedBy = (practice: string): Announced[] =>
  capture.filter(({ topic }) => topic === 'candidates').map(({ value }) => value as Announced).filter(({ trainedBy }) => trainedBy === `${practice} trainer`)
const valuesOf = (topic: string): Record<string, unknown>[] => events.filter((record) => record.topic === topic).map(({ value }) => value as Record<string, unknown>)
const tableOf = (title: string): Extract<DemoItem, { item: 'table' }> =>
  items.find((item): item is Extract<DemoItem, { item: 'table' }> => item.item === 'table' && item.title.startsWith(title))!

describe('the demo', () => {
  it('refuses the version whose labels were read the wrong way round', () => {
    const [{ version, evaluation, baseline }] = announcedBy('hasty')
    expect(evaluation.metrics.accuracy).toBeLessThan(baseline.metrics.accuracy)
    expect(valuesOf('decisions').filter(({ decision, subject }) => decision === 'candidate-rejected' && subject === version)).toHaveLength(1)
    expect(valuesOf('promote').map((promote) => promote.version)).not.toContain(version)
  })

  it('promotes the version that learnt its test by heart, and rolls it back on its live labels', () => {
    const [{ version, evaluation, baselineVersion }] = announcedBy('careless')
    expect(evaluation.metrics.accuracy).toBeGreaterThan(0.99)
    const promote = valuesOf('promote').find((event) => event.version === version)!
    const rollback = valuesOf('rollback').find((event) => event.previous === version)!
    expect(promote).toMatchObject({ advisory: false, final: true, previous: baselineVersion })
    expect(rollback).toMatchObject({ advisory: false, version: baselineVersion, issuer: 'steward' })
    expect(rollback.findings).toContainEqual(expect.objectContaining({ rule: 'live-performance', reading: expect.objectContaining({ verdict: 'alarm' }) }))
    expect(rollback.at).toBeGreaterThan(promote.at as number)
    expect(valuesOf('serving-config').at(-1)).toMatchObject({ champion: baselineVersion })
  })

  it('is the story that the README shows', async () => {
    const readme = await readFile('README.md', 'utf8')
    const shown = [...readme.matchAll(/^(\d{4}-\d\d-\d\d \d\d:\d\d)Z {2}(\S+) +(.*)$/gm)].map(([, at, kind, text]) => ({ at: Date.parse(`${at.replace(' ', 'T')}Z`), kind, text: text.replace(/ ?…$/, '') }))
    expect(shown.length).toBeGreaterThan(5)
    const told = items.flatMap((item) => (item.item === 'event' ? [item] : []))
    for (const line of shown) expect(told.find(({ at, kind, text }) => Math.floor(at / 60_000) === line.at / 60_000 && kind === line.kind && text.startsWith(line.text)), line.text).toBeDefined()
    const months = tableOf('Did it help').rows.map((row) => row.join(' '))
    for (const [row] of readme.matchAll(/^20\d\d-\d\d +0\.\d\d +0\.\d\d$/gm)) expect(months).toContain(row.replace(/ +/g, ' '))
  })

  it('decides better for it than the first champion would have', () => {
    const months = tableOf('Did it help').rows.map(([month, served, stayed]) => ({ month: month as string, served: Number(served), stayed: Number(stayed) }))
    expect(months.find(({ month }) => month === '2021-08')).toMatchObject({ served: 0.56, stayed: 0.56 })
    expect(months.find(({ month }) => month === '2021-10')).toMatchObject({ stayed: 0.28 })
    const since = months.filter(({ month }) => month >= '2021-10')
    expect(since.every(({ served, stayed }) => served > stayed)).toBe(true)
    expect(since.find(({ month }) => month === '2021-10')!.served).toBeGreaterThan(0.7)
  })

  it('lets the fleet act on what serving-config says, and on nothing else', () => {
    const configs = valuesOf('serving-config') as { sequence: number; champion: string; at: number }[]
    const acted = capture.filter(({ topic }) => topic === 'predictions').map(({ value }) => value as { acted: boolean; version: string; configSequence: number | null; predictedAt: number })
      .filter((prediction) => prediction.acted)
    for (const { version, configSequence, predictedAt } of acted) {
      const config = configs.find(({ sequence }) => sequence === configSequence)
      expect(version).toBe(config?.champion ?? 'v1')
      if (config !== undefined) expect(predictedAt).toBeGreaterThan(config.at)
    }
    expect(new Set(acted.map(({ configSequence }) => configSequence)).size).toBeGreaterThan(2)
  })

  it('answers each request after it was made', () => {
    const requests = new Map(valuesOf('retrain-requested').map((request) => [request.id, request.at as number]))
    const candidates = capture.filter(({ topic }) => topic === 'candidates')
    expect(candidates.length).toBeGreaterThan(3)
    for (const { timestampMs, value } of candidates) expect(timestampMs).toBeGreaterThan(requests.get((value as { retrainRequestId: string }).retrainRequestId)!)
  })

  it('shows drift of every feature by month, metrics live and complete, requests and versions', () => {
    expect(tableOf('Drift by month').columns).toEqual(expect.arrayContaining(['MedInc', 'Latitude', 'score']))
    expect(tableOf('Drift by month').rows.length).toBe(12)
    expect(tableOf('The champion as it stood').columns).toEqual(expect.arrayContaining(['precision live', 'recall live', 'roc-auc live', 'roc-auc complete']))
    expect(tableOf('Retrains requested').rows.length).toBe(valuesOf('retrain-requested').length)
    expect(tableOf('Versions announced').rows.map(([version]) => version)).toEqual(capture.filter(({ topic }) => topic === 'candidates').map(({ value }) => (value as Announced).version))
  })

  it('tells every request, promotion and rollback in its timeline, in the order of time', () => {
    const lines = items.filter((item) => item.item === 'event')
    for (const kind of ['retrain-requested', 'promote', 'rollback', 'serving-config']) {
      expect(lines.filter((line) => line.kind === kind).map(({ at }) => at)).toEqual(events.filter(({ topic }) => topic === kind).map(({ timestampMs }) => timestampMs))
    }
    expect(lines.every(({ at }, i) => i === 0 || at >= lines[i - 1].at)).toBe(true)
    expect(progress.at(-1)).toBe(1)
  })

  it('leaves its events, its capture, a summary with every table, and the artefacts that were served', async () => {
    const summary = items.at(-1) as Extract<DemoItem, { item: 'summary' }>
    expect(summary).toMatchObject({ item: 'summary', outDir: folder, files: expect.arrayContaining(['summary.md', 'events.ndjson', 'capture.ndjson']), summary: { deadLetters: 0 } })
    expect(summary.summary.records.labels).toBe(capture.filter(({ topic }) => topic === 'labels').length)
    const text = await readFile(join(folder, 'summary.md'), 'utf8')
    for (const item of items) if (item.item === 'table') expect(text).toContain(`## ${item.title}`)
    const served = announcedBy('careful')[0].version
    expect(JSON.parse(await readFile(join(folder, 'models', `${served}.json`), 'utf8'))).toMatchObject({ kind: 'logistic' })
  })

  it('decides the same, byte for byte, when its capture is replayed without trainer and fleet', async () => {
    async function* records() {
      yield* capture
    }
    const replayed = await collect(replay({ records: records(), policy: null, defaults: {}, rekey: [], partitions: 1, signal, onProgress: () => undefined }))
    const again = replayed.flatMap((item) => (item.item === 'record' ? [item.record] : []))
    expect(idsOf(again.map((record) => ({ record })))).toEqual(idsOf(events.map((record) => ({ record }))))
    expect(again.map(({ value }) => value)).toEqual(events.map(({ value }) => value))
  }, 120_000)
})
