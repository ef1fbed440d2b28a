import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Profile } from '../../../src/core/records.ts'
import { steward } from '../fake.ts'

const folder = mkdtempSync(join(tmpdir(), 'steward-profile-'))
afterAll(() => rmSync(folder, { recursive: true }))
const path = (name: string): string => join(folder, name)

/** 1,000 rows: amount 0…999, a third of `promo` is exactly 0, score = amount/1000, label positive from amount 600 on. */
const rows = Array.from({ length: 1000 }, (_, i) => [`r${i}`, i, i % 3 === 0 ? 0 : i, i % 4 === 0 ? 'eu' : 'us', i / 1000, i >= 600 ? 1 : 0, i % 50 === 0 ? '' : 'card'].join(','))
writeFileSync(path('t.csv'), `id,amount,promo,region,score,label,kind\n${rows.join('\n')}\n`)

describe('steward profile', () => {
  test('freezes distributions, score, claims and subgroups, and prints what it guessed', async () => {
    const { code, out, err } = await steward(['profile', path('t.csv'), '--model', 'fraud', '--version-name', 'v7', '--segment', 'region'])
    expect(code).toBe(0)
    const profile = JSON.parse(out) as Profile
    expect(profile).toMatchObject({ model: 'fraud', version: 'v7', effectiveFrom: null, n: 1000, provisional: false })
    expect(profile).not.toHaveProperty('kind')
    expect(Object.keys(profile.features)).toEqual(['amount', 'promo', 'kind'])
    expect(profile.features.amount).toMatchObject({ kind: 'numeric', n: 1000, missing: 0, atoms: [], importance: null })
    expect((profile.features.amount as { edges: number[] }).edges).toHaveLength(9)
    expect(profile.features.promo).toMatchObject({ atoms: [0], atomCounts: [334] })
    expect(profile.features.kind).toMatchObject({ kind: 'categorical', categories: ['card'], counts: [980], missing: 20 })
    expect(profile.metrics.accuracy).toBeCloseTo(0.9, 12)
    expect(profile.metrics.recall).toBe(1)
    expect(profile.metrics['roc-auc']).toBeCloseTo(1, 2)
    expect(profile.subgroups['region=eu'].accuracy).toBeCloseTo(0.9, 12)
    expect(profile.scoreEdges!.length).toBeGreaterThan(150)
    expect(profile.calibration).toMatchObject({ calibrator: 'isotonic', positives: 400, negatives: 600, firstBin: 1, lastBin: profile.scoreEdges!.length - 1 })
    expect(err).toContain("label: column 'label'")
    expect(err).toContain('task: binary, positive is 1\n')
    expect(err).toContain('features: amount, promo, kind\n')
  })

  test('counts every segment value on the bins of the whole, and says which have too few rows', async () => {
    const { out, err } = await steward(['profile', path('t.csv'), '--model', 'fraud', '--version-name', 'v7', '--segment', 'region', '--segment', 'kind'])
    const { segments, features, score, n } = JSON.parse(out) as Profile
    expect(Object.keys(segments!)).toEqual(['kind=card', 'region=eu', 'region=us'])
    const [eu, us] = [segments!['region=eu'], segments!['region=us']]
    expect([eu.n, us.n, eu.decisions!.n + us.decisions!.n]).toEqual([250, 750, n])
    expect(eu.features.amount).toMatchObject({ edges: (features.amount as { edges: number[] }).edges, importance: null })
    const sums = (of: (each: typeof eu) => number[]) => of(eu).map((count, i) => count + of(us)[i])
    expect(sums(({ score: own }) => own!.counts)).toEqual(score!.counts)
    expect(sums(({ features: { promo } }) => (promo as { atomCounts: number[] }).atomCounts)).toEqual([334])
    expect(err).not.toContain('too few rows')
    const short = await steward(['profile', path('t.csv'), '--model', 'fraud', '--version-name', 'v7', '--segment', 'promo'])
    expect(Object.keys((JSON.parse(short.out) as Profile).segments!)).toEqual(['promo=0'])
    expect(short.err).toMatch(/promo=1, .* and \d+ more: too few rows for a reference, so no drift will be read there/)
  })

  test('holds back what it is told to, and takes a threshold', async () => {
    const { out } = await steward(['profile', path('t.csv'), '--exclude', 'promo', '--exclude', 'region', '--threshold', '0.6'])
    const profile = JSON.parse(out) as Profile
    expect(Object.keys(profile.features)).toEqual(['amount', 'kind'])
    expect(profile.metrics.accuracy).toBe(1)
  })

  test('keeps no calibration of a score that is no probability, nor of rows without labels', async () => {
    writeFileSync(path('odds.csv'), `score,label\n${Array.from({ length: 300 }, (_, i) => `${(i - 150) / 50},${i % 3 === 0 ? 1 : 0}`).join('\n')}\n`)
    writeFileSync(path('bare.csv'), `score,x\n${Array.from({ length: 300 }, (_, i) => `${i / 300},${i}`).join('\n')}\n`)
    for (const name of ['odds.csv', 'bare.csv']) {
      const profile = JSON.parse((await steward(['profile', path(name), '--model', 'm', '--version-name', 'v1'])).out) as Profile
      expect(profile.scoreEdges!.length).toBeGreaterThan(100)
      expect(profile.calibration).toBeNull()
    }
  })

  test('says which columns are ids or free text', async () => {
    writeFileSync(path('ids.csv'), `score,label,session,channel\n${Array.from({ length: 800 }, (_, i) => `${i / 800},${i % 3 === 0 ? 1 : 0},s-${i},c${i % 3}`).join('\n')}\n`)
    const { err } = await steward(['profile', path('ids.csv'), '--model', 'm', '--version-name', 'v1', '--id', 'label'])
    expect(err.match(/^notice .*$/gm)).toEqual([expect.stringContaining('session: its values hardly ever repeat')])
  })

  test('shares importances out, of whatever scale', async () => {
    writeFileSync(path('i.json'), '{"amount": -30, "promo": 10}')
    const { out } = await steward(['profile', path('t.csv'), '--importances', path('i.json')])
    const { features } = JSON.parse(out) as Profile
    expect([features.amount.importance, features.promo.importance, features.kind.importance]).toEqual([0.75, 0.25, 0])
  })

  test('writes a file, publishes the same record, and says where', async () => {
    let published: unknown = null
    const publishProfile = ({ profile }: { profile: unknown }) => { published = profile; return Promise.resolve({ topic: 'profiles', partition: 1, offset: 9 }) }
    const { code, out, err } = await steward(['profile', path('t.csv'), '--out', path('p.json'), '--publish', '--effective-from', '2026-01-01'], { services: { publishProfile } })
    expect(code).toBe(0)
    expect(out).toBe('')
    expect(JSON.parse(readFileSync(path('p.json'), 'utf8'))).toEqual(published)
    expect(published).toMatchObject({ effectiveFrom: Date.parse('2026-01-01T00:00Z') })
    expect(err).toContain('published  profiles/1 offset 9')
  })

  test('measures a regression by its own metrics', async () => {
    writeFileSync(path('r.csv'), 'id,x,prediction_score,target\n' + Array.from({ length: 100 }, (_, i) => `${i},${i},${i + 2},${i}`).join('\n'))
    const { out } = await steward(['profile', path('r.csv')])
    const profile = JSON.parse(out) as Profile
    expect(profile.metrics).toEqual({ mae: 2, rmse: 2, bias: 2 })
    expect([profile.scoreEdges, profile.calibration]).toEqual([null, null])
  })

  test.each([
    [['profile', '/nowhere/t.csv'], 'INPUT_UNREADABLE'], [['profile', path('t.csv'), '--score', 'scroe'], "did you mean 'score'?"],
    [['profile', path('t.csv'), '--positive', 'yes'], 'not among the labels'],
  ])('%j fails with exit code 2', async (argv, what) => {
    const { code, err } = await steward(argv)
    expect(code).toBe(2)
    expect(err).toContain(what)
  })
})
