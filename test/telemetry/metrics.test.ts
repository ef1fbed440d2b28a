import { describe, expect, test } from 'vitest'
import { createMetrics } from '../../src/telemetry/metrics.ts'

describe('the metrics', () => {
  test('count records, epochs, refusals and dead letters by label', async () => {
    const metrics = createMetrics()
    metrics.recordsReleased('labels', 500)
    metrics.recordsReleased('labels', 20)
    metrics.epochCommitted('observe', 0.004)
    metrics.commitRefused('observe', 'token')
    metrics.deadLettered('labels', 'BAD_JSON', 1)
    const text = await metrics.text()
    expect(text).toContain('steward_records_total{role="labels"} 520')
    expect(text).toContain('steward_epochs_total{topology="observe"} 1')
    expect(text).toContain('steward_commits_refused_total{topology="observe",reason="token"} 1')
    expect(text).toContain('steward_dead_letters_total{role="labels",code="BAD_JSON"} 1')
    expect(text).toContain('steward_commit_duration_seconds_bucket{le="0.005",topology="observe"} 1')
    expect(text).toContain('steward_commit_duration_seconds_bucket{le="0.0025",topology="observe"} 0')
  })

  test('drop the gauges of a partition that moved, and only those', async () => {
    const metrics = createMetrics()
    for (const partition of [0, 1]) {
      metrics.lag('labels', partition, 10)
      metrics.pending(partition, 99)
    }
    metrics.dropPartition(0)
    const text = await metrics.text()
    expect(text).not.toMatch(/partition="0"/)
    expect(text).toContain('steward_lag_records{role="labels",partition="1"} 10')
    expect(text).toContain('steward_pending_inferences{partition="1"} 99')
  })

  test('give the last decision in seconds and bound the number of model labels', async () => {
    const metrics = createMetrics()
    for (let i = 0; i < 1500; i++) metrics.decided(`m${i}`, 1_700_000_000_500 + i)
    const lines = (await metrics.text()).split('\n').filter((line) => line.startsWith('steward_last_decision_timestamp_seconds{'))
    expect(lines).toHaveLength(1001)
    expect(lines[0]).toBe('steward_last_decision_timestamp_seconds{model="m0"} 1700000000.5')
    expect(lines.some((line) => line.includes('model="other"'))).toBe(true)
  })

  test('share nothing between instances', async () => {
    createMetrics().recordsReleased('labels', 1)
    expect(await createMetrics().text()).not.toContain('steward_records_total{role="labels"}')
  })

  test('have no gauge or histogram whose name ends in _total, and every counter ends so', async () => {
    const types = [...(await createMetrics().text()).matchAll(/^# TYPE (\S+) (\S+)$/gm)].map(([, name, type]) => ({ name, type }))
    expect(types.length).toBeGreaterThan(20)
    for (const { name, type } of types) expect(`${name} ${name.endsWith('_total')}`).toBe(`${name} ${type === 'counter'}`)
  })
})
