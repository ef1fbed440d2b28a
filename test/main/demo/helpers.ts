import { loadHousing, type Housing } from '../../../src/main/demo/housing.ts'
import { loadParticipants } from '../../../src/main/demo/participants.ts'
import { DemoWorld, type Said } from '../../../src/main/demo/world.ts'

/** The data with only the first `days` of what the program is asked. */
export async function firstDays(days: number): Promise<Housing> {
  const { reference, analysis } = await loadHousing()
  return { reference, analysis: analysis.slice(0, 24 * days) }
}

/** Lives through all that this data brings. */
export async function live(housing: Housing, { seed = 1, partitions = 1, untilMs = Infinity } = {}): Promise<DemoWorld> {
  const world = await DemoWorld.start({ seed, partitions, housing, participants: await loadParticipants() })
  while (!world.isOver && world.atMs < untilMs) await world.step()
  if (untilMs === Infinity) await world.close()
  return world
}

/** Topic and identity of what was said. */
export const idsOf = (said: readonly Pick<Said, 'record'>[]): string[] =>
  said.map(({ record: { topic, value, timestampMs } }) => {
    const { id, sequence, version } = value as { id?: string; sequence?: number; version?: string }
    return `${topic} ${id ?? sequence ?? version} ${timestampMs}`
  })
