import { describe, expect, it } from 'vitest'
import { found } from '../../../bench/core/decisions.ts'
import { estimates } from '../../../bench/core/estimators.ts'
import { coreSuites, unitsOf } from '../../../bench/core/families.ts'
import { outcomes } from '../../../bench/core/metrics.ts'
import { readMetric, type Metric } from '../../../src/core/metrics/metric.ts'
import { metrics } from '../../../src/core/metrics/table.ts'

describe('the benchmarks of units', () => {
  it.each(Object.keys(coreSuites) as (keyof typeof coreSuites)[])('of %s time every entry of the table and nothing that is in none', async (family) => {
    const timed = (await coreSuites[family]()).tasks.flatMap(({ unit }) => (unit === undefined ? [] : [unit]))
    expect(unitsOf[family].length).toBeGreaterThan(0)
    expect([...new Set(timed)].sort()).toEqual([...unitsOf[family]].sort())
  })

  it('have names of their own, so that figures can be told apart', async () => {
    const tasks = (await Promise.all(Object.values(coreSuites).map((load) => load()))).flatMap((suite) => suite.tasks.map(({ name }) => name))
    expect(tasks.filter((name, i) => tasks.indexOf(name) !== i)).toEqual([])
  })

  it('read metrics of outcomes that say something, not refusals', () => {
    for (const metric of Object.values(metrics) as unknown as Metric[]) expect(readMetric(metric, outcomes[metric.needs]), metric.name).toMatchObject({ verdict: 'ok' })
  })

  it('estimate where nothing forbids it, and decide where there is something to find', () => {
    for (const { refusals, readings } of Object.values(estimates)) expect([refusals, Object.values(readings).some(({ verdict }) => verdict === 'ok')]).toEqual([[], true])
    for (const [unit, findings] of Object.entries(found)) expect(findings.length, unit).toBeGreaterThan(0)
  })
})
