import { beforeAll, describe, expect, it } from 'vitest'
import type { Housing, HousingRow } from '../../../src/main/demo/housing.ts'
import type { DemoWorld } from '../../../src/main/demo/world.ts'
import { firstDays, idsOf, live } from './helpers.ts'

const day = 86_400_000

let housing: Housing
let world: DemoWorld
beforeAll(async () => {
  housing = await firstDays(75)
  world = await live(housing)
}, 120_000)

const turned = (row: HousingRow): HousingRow => ({ ...row, y: row.y === 1 ? 0 : 1 })
const labelTimes = ({ inputs }: DemoWorld): number[] => inputs.filter(({ topic }) => topic === 'labels').map(({ timestampMs }) => timestampMs)

describe('the demo world', () => {
  it('tells the same story with the same seed', async () => {
    const again = await live(housing)
    expect(world.said.length).toBeGreaterThan(5)
    expect(again.said).toEqual(world.said)
    expect(again.inputs).toEqual(world.inputs)
  }, 120_000)

  it('tells another story with another seed, and comes to its end', async () => {
    const other = await live(housing, { seed: 5 })
    expect(other.isOver).toBe(true)
    expect(labelTimes(other)).not.toEqual(labelTimes(world))
    expect(idsOf(other.said)).not.toEqual(idsOf(world.said))
  }, 120_000)

  it('tells another story with other data', async () => {
    const other = await live({ ...housing, analysis: housing.analysis.map(turned) })
    expect(idsOf(other.said)).not.toEqual(idsOf(world.said))
  }, 120_000)

  it('knows nothing of labels that have not arrived: turning those of later inferences changes nothing before', async () => {
    const untilMs = housing.analysis[0].atMs + 70 * day
    const other = await live({ ...housing, analysis: housing.analysis.map((row) => (row.atMs < untilMs ? row : turned(row))) }, { untilMs })
    expect(other.inputs.some(({ topic }) => topic === 'candidates')).toBe(true)
    expect(other.inputs).toEqual(world.inputs.slice(0, other.inputs.length))
    expect(other.said).toEqual(world.said.slice(0, other.said.length))
  }, 120_000)

  it('sends labels late: days by half, some after weeks, a few never', () => {
    const asked = new Map(world.inputs.filter(({ topic }) => topic === 'features').map(({ key, timestampMs }) => [key, timestampMs]))
    const delays = world.inputs.filter(({ topic }) => topic === 'labels').map(({ key, timestampMs }) => (timestampMs - asked.get(key)!) / day).sort((a, b) => a - b)
    expect(delays[0]).toBeGreaterThan(0)
    expect(delays[Math.floor(delays.length / 2)]).toBeCloseTo(2, 0)
    expect(delays.at(-1)).toBeGreaterThan(20)
    expect(delays.length).toBeLessThan(asked.size)
  })

  it('runs over several partitions as well, and nothing ends as a dead letter', async () => {
    const split = await live(await firstDays(20), { partitions: 4 })
    expect(split.deadLetters).toBe(0)
    expect(split.said.some(({ event }) => event.kind === 'decision' && event.decision === 'champion-adopted')).toBe(true)
  }, 120_000)
})
