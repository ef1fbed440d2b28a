import { describe, expect, it } from 'vitest'
import { firstDays, idsOf, live } from './helpers.ts'

const day = 86_400_000

describe('the demo world', () => {
  it('tells another story with another seed, and comes to its end', async () => {
    const housing = await firstDays(100)
    const [one, other] = [await live(housing, { seed: 1 }), await live(housing, { seed: 5 })]
    expect(one.isOver && other.isOver).toBe(true)
    expect(one.said.length).toBeGreaterThan(5)
    expect(idsOf(other.said)).not.toEqual(idsOf(one.said))
    expect(other.inputs.filter(({ topic }) => topic === 'labels').map(({ timestampMs }) => timestampMs)).not.toEqual(
      one.inputs.filter(({ topic }) => topic === 'labels').map(({ timestampMs }) => timestampMs))
  }, 120_000)

  it('tells the same story with the same seed', async () => {
    const housing = await firstDays(75)
    expect((await live(housing)).said).toEqual((await live(housing)).said)
  }, 120_000)

  it('tells another story with other data', async () => {
    const housing = await firstDays(75)
    const turned = { ...housing, analysis: housing.analysis.map((row) => ({ ...row, y: row.y === 1 ? 0 as const : 1 as const })) }
    expect(idsOf((await live(turned)).said)).not.toEqual(idsOf((await live(housing)).said))
  }, 120_000)

  it('knows nothing of labels that have not arrived: turning those of later inferences changes nothing before', async () => {
    const housing = await firstDays(90)
    const untilMs = housing.analysis[0].atMs + 70 * day
    const turned = { ...housing, analysis: housing.analysis.map((row) => (row.atMs < untilMs ? row : { ...row, y: row.y === 1 ? 0 as const : 1 as const })) }
    const [world, other] = [await live(housing, { untilMs }), await live(turned, { untilMs })]
    expect(world.inputs.some(({ topic }) => topic === 'candidates')).toBe(true)
    expect(other.inputs).toEqual(world.inputs)
    expect(other.said).toEqual(world.said)
  }, 120_000)

  it('sends labels late: days by half, some after weeks, a few never', async () => {
    const { inputs } = await live(await firstDays(60))
    const asked = new Map(inputs.filter(({ topic }) => topic === 'features').map(({ key, timestampMs }) => [key, timestampMs]))
    const delays = inputs.filter(({ topic }) => topic === 'labels').map(({ key, timestampMs }) => (timestampMs - asked.get(key)!) / day).sort((a, b) => a - b)
    expect(delays[0]).toBeGreaterThan(0)
    expect(delays[Math.floor(delays.length / 2)]).toBeCloseTo(2, 0)
    expect(delays.at(-1)).toBeGreaterThan(20)
    expect(delays.length).toBeLessThan(asked.size)
  }, 120_000)
})
