import { describe, expect, it } from 'vitest'
import { orderRanks } from '../../../src/core/metrics/quantile-reading.ts'
import { metricUnits } from '../../../src/core/metrics/streaming.ts'
import { resolveParams } from '../../../src/core/unit.ts'

/** P(Binomial(n, q) = 0 … n), summed from the definition. */
function binomial(n: number, q: number): number[] {
  const shares = [(1 - q) ** n]
  for (let k = 1; k <= n; k++) shares.push((shares[k - 1] * (n - k + 1) * q) / (k * (1 - q)))
  return shares
}

const latencies = (values: readonly number[], given = {}) => {
  const unit = metricUnits['latency-quantiles']
  const params = resolveParams(unit, given)
  const state = unit.init(params)
  for (const latencyMs of values) unit.update(state, { latencyMs }, params)
  return unit.read(state, params)
}

describe('order statistics around a quantile', () => {
  it('hold it with the confidence asked, and a rank less on either side would not', () => {
    for (const [n, q] of [[20, 0.5], [100, 0.5], [100, 0.9], [300, 0.9], [57, 0.25]] as const) {
      const [low, high] = orderRanks(n, q, 0.05)!
      const shares = binomial(n, q)
      const below = (rank: number) => shares.slice(0, rank).reduce((sum, share) => sum + share, 0) // the quantile is below X_(rank)
      expect(below(low)).toBeLessThanOrEqual(0.025)
      expect(below(low + 1)).toBeGreaterThan(0.025)
      expect(1 - below(high)).toBeLessThanOrEqual(0.025)
      expect(1 - below(high - 1)).toBeGreaterThan(0.025)
    }
  })

  it('are the 6th and the 15th of twenty around the median, as tables have it', () => expect(orderRanks(20, 0.5, 0.05)).toEqual([6, 15]))

  it('are none where the sample is too small to bound the quantile', () => {
    expect(orderRanks(5, 0.5, 0.05)).toBeNull()
    expect(orderRanks(6, 0.5, 0.05)).toEqual([1, 6])
    expect(orderRanks(3_687, 0.999, 0.05)).toBeNull()
    expect(orderRanks(3_688, 0.999, 0.05)![1]).toBe(3_688)
    expect(orderRanks(0, 0.5, 0.05)).toBeNull()
  })
})

describe('latency-quantiles', () => {
  it('reads the values themselves while all are held, with the interval from their order', () => {
    const reading = latencies(Array.from({ length: 100 }, (_, i) => 100 - i), { quantile: 0.5 })
    expect(reading).toEqual({ value: 51, n: 100, verdict: 'ok', interval: [40, 61], detail: { p50: 51, p90: 91, p99: 100, p999: 100 } })
  })

  it('has a wider interval where units repeat, and none where too few are left of them', () => {
    const values = Array.from({ length: 400 }, (_, i) => (i * 37) % 400)
    const [low, high] = latencies(values, { quantile: 0.5 }).interval!
    const [wideLow, wideHigh] = latencies(values, { quantile: 0.5, designEffect: 4 }).interval!
    expect([wideLow < low, wideHigh > high]).toEqual([true, true])
    expect(latencies(values, { quantile: 0.99, designEffect: 4 })).not.toHaveProperty('interval')
  })

  it('leaves out what is no latency, and counts it', () => {
    expect(latencies([5, -1, NaN, Infinity, 7])).toMatchObject({ n: 2, detail: { p50: 7, unusable: 3 } })
    expect(latencies([])).toEqual({ value: null, n: 0, verdict: 'insufficient', detail: { p50: null, p90: null, p99: null, p999: null } })
  })
})
