import { describe, expect, it } from 'vitest'
import { diagnosisRuns, type Diagnosed } from '../../../bench/truth/diagnosis-run.ts'
import { diagnosisScore, diagnosisTable, isRight } from '../../../bench/truth/diagnosis-table.ts'
import { diagnosisWorlds, drawCalm, importances } from '../../../bench/truth/diagnosis-worlds.ts'
import { seeded } from '../../../src/core/random.ts'

const worldNamed = (name: string) => diagnosisWorlds.find((world) => world.name === name)!
const drawn = (name: string, n = 4_000) => {
  const random = seeded(3)
  return Array.from({ length: n }, () => worldNamed(name).draw(random))
}
const mean = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0) / values.length

describe('diagnosis worlds', () => {
  it('have a model whose score is the chance of a positive, until concept or pipeline change', () => {
    for (const [name, least, most] of [['calm', 0, 0.02], ['steering-moves', 0, 0.02], ['idle-moves', 0, 0.02], ['labels-flip', 0.05, 0.2], ['weight-turns', 0.1, 0.4]] as const) {
      const rows = drawn(name)
      const gaps = [0, 0.25, 0.5, 0.75].map((low) => rows.filter(({ score }) => score >= low && score < low + 0.25))
        .map((own) => Math.abs(mean(own.map(({ score }) => score)) - mean(own.map(({ positive }) => Number(positive)))) * (own.length / rows.length))
      expect(gaps.reduce((a, b) => a + b)).toBeLessThanOrEqual(most)
      expect(gaps.reduce((a, b) => a + b)).toBeGreaterThanOrEqual(least)
    }
  })

  it('keep what scores look like within a class where only their proportion changes', () => {
    const scores = (rows: ReturnType<typeof drawn>, positive: boolean) => mean(rows.filter((row) => row.positive === positive).map(({ score }) => score))
    const [before, after] = [drawn('calm'), drawn('more-positives')]
    expect(mean(after.map(({ positive }) => Number(positive)))).toBeCloseTo(0.6, 1)
    for (const positive of [true, false]) expect(Math.abs(scores(before, positive) - scores(after, positive))).toBeLessThan(0.02)
  })

  it('cover every row of the table, and nothing', () => {
    expect(new Set(diagnosisWorlds.map(({ truth }) => truth))).toEqual(
      new Set(['pipeline fault', 'label delay', 'prior shift', 'harmless covariate drift', 'harmful covariate drift', 'concept drift', 'nothing']))
    expect(Object.values(importances).reduce((a, b) => a + b)).toBeCloseTo(1, 9)
    expect(drawCalm(seeded(1)).numeric).toHaveLength(6)
  })
})

describe('a run through observe and decide', () => {
  const results = diagnosisRuns([worldNamed('holes'), worldNamed('other-unit')], 11)

  it('names holes and another unit as faults of the pipeline, soon after they come', () => {
    expect(results.map(({ diagnosis, by }) => [diagnosis, by])).toEqual([['pipeline fault', 'request'], ['pipeline fault', 'request']])
    for (const { afterPanes } of results) expect(afterPanes).toBeLessThanOrEqual(4)
  })

  it('says the same again with the same seed, whichever worlds share the burn-in', () => {
    expect(diagnosisRuns([worldNamed('other-unit')], 11)).toEqual(results.slice(1))
  })
})

describe('the matrix', () => {
  const said = (world: string, diagnosis: string, by: Diagnosed['by'] = 'request'): Diagnosed => ({ world, diagnosis, by, afterPanes: 3 })

  it('counts undetermined as neither right nor wrong', () => {
    const results = [said('holes', 'pipeline fault'), said('holes', 'concept drift'), said('idle-moves', 'undetermined'), said('idle-moves', 'harmless covariate drift', 'withheld')]
    expect(results.map(isRight)).toEqual([true, false, null, true])
    expect(diagnosisScore(results)).toEqual({ right: 2, wrong: 1, undetermined: 1, share: 2 / 3 })
  })

  it('holds that where nothing happened only a person may have asked, and nothing be named', () => {
    expect([said('calm', 'refresh', 'asked'), said('calm', 'refresh'), said('calm', 'concept drift', 'asked')].map(isRight)).toEqual([true, false, false])
  })

  it('has a row a world and a column a diagnosis, undetermined last', () => {
    const table = diagnosisTable([said('holes', 'pipeline fault'), said('holes', 'performance drop')])
    const [head, , row] = table.split('\n').filter((line) => line.startsWith('|'))
    expect(head.split(' | ').slice(3, 12)).toEqual([
      'pipeline fault', 'label delay', 'prior shift', 'harmless covariate drift', 'harmful covariate drift', 'concept drift', 'nothing (refresh)', 'performance drop', 'undetermined',
    ])
    expect(row).toMatch(/^\| holes \| .* \| pipeline fault \| 1 \|/)
    expect(table).toContain('Right: 1 of 2 that named something, 50 %; 0 of 2 undetermined.')
    expect(diagnosisTable([])).toBe('')
  })
})
