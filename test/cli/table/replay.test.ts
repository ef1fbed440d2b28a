import { describe, expect, test } from 'vitest'
import { parsePolicy } from '../../../src/config/policy.ts'
import { checkUnitInTables } from '../../../src/config/units.ts'
import type { CaptureRecord } from '../../../src/cli/services.ts'
import type { Column, LoadedTable } from '../../../src/cli/table/load.ts'
import { fittingPane, replayTable, type TableReplayOptions } from '../../../src/cli/table/replay.ts'
import { rolesOf } from '../../../src/cli/table/roles.ts'

const hour = 3_600_000
const day = 24 * hour
const t0 = Date.parse('2026-01-01T00:00Z')
const numeric = (values: number[]): Column => ({ type: 'numeric', values: Float64Array.from(values) })
const text = (values: (string | null)[]): Column => ({ type: 'text', values })
const table = (path: string, columns: Record<string, Column>): LoadedTable => ({ path, rows: Object.values(columns)[0].values.length, names: Object.keys(columns), columns })

/** One row an hour, the last first. */
const hours = Array.from({ length: 10 }, (_, i) => 9 - i)
const predictions = table('p.csv', {
  id: text(hours.map((i) => `r${i}`)), time: numeric(hours.map((i) => t0 + i * hour)), score: numeric(hours.map((i) => (i === 3 ? NaN : i / 10))),
  region: text(hours.map((i) => (i % 2 === 0 ? 'eu' : 'us'))), amount: numeric(hours.map((i) => (i === 2 ? NaN : i * 10))), kind: text(hours.map(() => 'card')),
})
const labels = table('l.csv', { id: text(['r0', 'r9', 'r1']), y: numeric([0, 1, 1]), time: numeric([t0 + 2 * hour, t0 + 20 * hour, t0 + 5 * hour]) })

const options = (over: Partial<TableReplayOptions> = {}): TableReplayOptions => ({
  predictions, roles: rolesOf(predictions, { segment: ['region'] }, ['id', 'time', 'score', 'label', 'decision']).roles,
  labels: { table: labels, roles: rolesOf(labels, {}, ['id', 'time', 'label']).roles },
  model: 'm', version: 'v1', positive: null, threshold: 0.5, referenceUntilMs: null, labelDelayMs: 0, paneMs: null, ...over,
})

async function records(over: Partial<TableReplayOptions> = {}): Promise<CaptureRecord[]> {
  const all: CaptureRecord[] = []
  for await (const record of replayTable(options(over)).records) all.push(record)
  return all
}
const of = (topic: string, all: CaptureRecord[]) => all.filter((record) => record.topic === topic)

describe('replayTable', () => {
  test('gives every row as features and prediction at its time, in the order of time', async () => {
    const all = await records()
    expect(of('predictions', all).map(({ key }) => key)).toEqual(Array.from({ length: 10 }, (_, i) => `r${i}`))
    expect(all.map(({ timestampMs }) => timestampMs)).toEqual(all.map(({ timestampMs }) => timestampMs).sort((a, b) => a - b))
    expect(all[0]).toEqual({ topic: 'features', key: 'r0', timestampMs: t0, value: { inferenceId: 'r0', model: 'm', observedAt: t0, numeric: { amount: 0 }, categorical: { kind: 'card' } } })
    expect(all[1]).toEqual({
      topic: 'predictions', key: 'r0', timestampMs: t0,
      value: { inferenceId: 'r0', model: 'm', version: 'v1', predictedAt: t0, score: 0, outcome: 'ok', acted: true, segments: { region: 'eu' } },
    })
  })

  test('gives a missing feature as null and a missing score as an error', async () => {
    const all = await records()
    expect(of('features', all)[2].value).toMatchObject({ numeric: { amount: null } })
    expect(of('predictions', all)[3].value).toMatchObject({ score: null, outcome: 'error' })
  })

  test('gives labels when they came, and only those that came', async () => {
    const found = of('labels', await records())
    expect(found.map(({ key, timestampMs }) => [key, (timestampMs - t0) / hour])).toEqual([['r0', 2], ['r1', 5], ['r9', 20]])
    expect(found[0].value).toEqual({ inferenceId: 'r0', model: 'm', observedAt: t0 + 2 * hour, value: 0 })
  })

  test('delays labels that have no time of their own', async () => {
    const untimed = table('l.csv', { id: text(['r0', 'r9']), y: numeric([0, 1]) })
    const found = of('labels', await records({ labels: { table: untimed, roles: rolesOf(untimed, {}, ['id', 'label']).roles }, labelDelayMs: 3 * hour }))
    expect(found.map(({ timestampMs }) => (timestampMs - t0) / hour)).toEqual([3, 12])
  })

  test('closes the last pane with a tick after everything', async () => {
    const all = await records({ paneMs: hour })
    expect(all.at(-1)).toEqual({ topic: 'ticks', key: null, timestampMs: t0 + 22 * hour, value: { issuer: 'replay' } })
  })

  test('makes the profile of the rows before the reference ends, and replays the others', async () => {
    const { profile, records: rest, count } = replayTable(options({ referenceUntilMs: t0 + 4 * hour }))
    expect(profile).toMatchObject({ model: 'm', version: 'v1', effectiveFrom: t0 + 4 * hour, n: 4, provisional: false, metrics: { accuracy: 0.5 }, subgroups: { 'region=eu': { accuracy: 1 } } })
    expect(profile!.features.amount).toMatchObject({ kind: 'numeric', n: 4, missing: 1 })
    const all: CaptureRecord[] = []
    for await (const record of rest) all.push(record)
    expect(all).toHaveLength(count)
    expect(all[0]).toMatchObject({ topic: 'profiles', key: 'm', value: { n: 4 } })
    expect(all[0].value).not.toHaveProperty('kind')
    expect(of('predictions', all)).toHaveLength(6)
  })

  test('refuses a table that it cannot place in time, and a reference that leaves nothing', () => {
    expect(() => replayTable(options({ roles: { ...options().roles, time: null } }))).toThrow(/--time names it/)
    expect(() => replayTable(options({ referenceUntilMs: t0 + day }))).toThrow(/nothing to replay/)
  })

  test('says what it made of the table as a policy', () => {
    expect(replayTable(options({ paneMs: hour })).policy).toEqual({
      task: 'binary', positive: 1, threshold: 0.5, segments: ['region'], time: { pane: '1h', cohort: '1h', labelHorizon: '7d' }, cooldown: '12h', requestExpires: '3d',
    })
  })

  test('lets cooldown and expiry grow with a long pane, and the policy is one that can be used', () => {
    const { policy } = replayTable(options({ paneMs: 7 * day }))
    expect(policy).toMatchObject({ time: { pane: '7d', cohort: '7d', labelHorizon: '28d' }, cooldown: '14d', requestExpires: '84d' })
    expect(parsePolicy('m', policy, checkUnitInTables)).toMatchObject({ task: 'binary', positive: 1, cooldownMs: 14 * day })
  })
})

describe('fittingPane', () => {
  test.each([
    [8232, 343 * day, 7 * day, 'one row an hour for a year: weeks'],
    [1_000_000, day, 60_000, 'a busy day: minutes'],
    [50, 30 * day, day, 'few rows: none so long that fewer than ten fit'],
    [10, hour, 60_000, 'a handful'],
  ])('%d rows over %d ms: %d (%s)', (rows, span, pane) => {
    expect(fittingPane(rows, span)).toBe(pane)
  })
})
