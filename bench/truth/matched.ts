/** The limit at which a chart alarms in a world as often as it is allowed to: what makes delays of rivals comparable. */
import { clonePlain } from '../../src/core/panes/merge.ts'
import { seeded } from '../../src/core/random.ts'
import { mergeFeature, type FeatureSummary } from '../../src/core/sketches/feature.ts'
import { monthPanes } from './common.ts'
import type { Chart } from './rivals.ts'
import type { World } from './worlds.ts'

/** Months without drift that a limit is learned from, of seeds that no other run has. */
const monthsLearned = 60
const firstSeed = 7_000_003

/** What the greatest statistic of a month stays below with a chance of 1/e, as with one alarm a month on average, over profiles as well as panes; chart by chart. */
export function limitsOfOneAMonth(world: World, make: () => readonly Chart[]): number[] {
  const months = Array.from({ length: monthsLearned }, (_, i) => greatestOf(world, firstSeed + i, make()))
  return months[0].map((_, chart) => months.map((greatest) => greatest[chart]).sort((a, b) => a - b)[Math.floor(monthsLearned / Math.E)])
}

function greatestOf(world: World, seed: number, charts: readonly Chart[]): number[] {
  const draw = world.start(seeded(seed))
  const reference = draw(0, null, 0).map((summary) => clonePlain(summary))
  for (let pane = 1; pane < world.referencePanes; pane++) add(reference, draw(pane, null, 0))
  const greatest = charts.map(() => -Infinity)
  for (let pane = 0; pane < monthPanes; pane++) {
    const summaries = draw(world.referencePanes + pane, null, 0)
    charts.forEach((chart, i) => { greatest[i] = Math.max(greatest[i], ...chart.see(summaries, reference)) })
  }
  return greatest
}

const add = (into: readonly FeatureSummary[], from: readonly FeatureSummary[]): void => from.forEach((summary, i) => mergeFeature(into[i], summary))
