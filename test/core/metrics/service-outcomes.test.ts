import { describe, expect, it } from 'vitest'
import { wilsonInterval } from '../../../src/core/math/proportion.ts'
import { metricUnits, type MetricRow } from '../../../src/core/metrics/streaming.ts'
import type { MetricName } from '../../../src/core/metrics/table.ts'
import { resolveParams } from '../../../src/core/unit.ts'

function readingOf(name: MetricName, rows: readonly MetricRow[], given: Record<string, unknown> = {}) {
  const unit = metricUnits[name]
  const params = resolveParams(unit, given)
  const state = unit.init(params)
  for (const row of rows) unit.update(state, row, params)
  return unit.read(state, params)
}

describe('cost-per-thousand', () => {
  it('is a thousand times the mean, with its normal interval from 30 answers up', () => {
    const rows = Array.from({ length: 100 }, (_, i) => ({ cost: i % 2 === 0 ? 0.001 : 0.003 }))
    const { value, interval, n } = readingOf('cost-per-thousand', rows)
    expect([value, n]).toEqual([expect.closeTo(2, 12), 100])
    expect(interval![1]).toBeCloseTo(2 + (1.959964 * 1) / Math.sqrt(99), 6)
    expect(readingOf('cost-per-thousand', rows.slice(0, 29))).not.toHaveProperty('interval')
  })
})

describe('label-delay and unlabelled-share', () => {
  const rows = Array.from({ length: 50 }, (_, i): MetricRow => ({ predictedAt: 1_000 * i, observedAt: i < 40 ? 1_000 * i + 10 * (i + 1) : i < 45 ? null : undefined }))

  it('read the delays of those that have their label beside the count of those that do not', () => {
    expect(readingOf('label-delay', rows)).toMatchObject({ value: 210, n: 40, detail: { p50: 210, p90: 370, unlabelled: 10 } })
    expect(readingOf('unlabelled-share', rows)).toEqual({ value: 0.2, n: 50, interval: wilsonInterval(10, 50), verdict: 'ok' })
  })

  it('take the time of prediction as that of the row where a window of time is asked and a row has none', () => {
    expect(readingOf('unlabelled-share', rows, { window: 'time', windowMs: 20_000 })).toMatchObject({ value: 0.5, n: 20, detail: { windowRows: 20 } })
  })

  it('let a truth that was known before have a delay below 0', () => expect(readingOf('label-delay', [{ predictedAt: 10, observedAt: 4 }]).value).toBe(-6))
})
