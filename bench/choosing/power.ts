/** How often each drift measure says something, at its own defaults, of samples that did or did not move. */
import type { DriftMeasure } from '../../src/core/drift/measure.ts'
import { driftMeasures } from '../../src/core/drift/table.ts'
import { seeded, type Random } from '../../src/core/random.ts'
import { addCategory, addNumeric, createCategorical, createNumeric, type FeatureSummary } from '../../src/core/sketches/feature.ts'
import { categoricalLayoutOf, numericLayoutOf } from '../../src/core/sketches/layout.ts'
import { resolveParams } from '../../src/core/unit.ts'
import { categoricalWorlds, numericWorlds, type World } from './worlds.ts'

export type Kind = FeatureSummary['kind']

export const referenceRows = 10_000
export const windowRows = [100, 500, 2_000, 10_000] as const
/** What a policy at its default budget leaves to one reading: docs/truth.md reckons 1 in 10⁸ for 20 features and panes of ten minutes. */
export const budgetChance = 1e-8

/** Runs of one measure on one world at one window. */
export interface PowerCount {
  runs: number
  insufficient: number
  warnings: number
  alarms: number
  /** runs beyond the level of a budget; 0 where it was not asked for */
  beyondBudget: number
}

/** By kind, world, measure and rows of the window, as `keyOf` joins them. */
export type Power = Record<string, PowerCount>

export const keyOf = (kind: Kind, world: string, measure: string, rows: number): string => [kind, world, measure, rows].join(' | ')

/** The measures that read this kind, in the order of their table. */
/** Those that read values; no world here changes their types. */
export const measuresOf = (kind: Kind): DriftMeasure[] => Object.values<DriftMeasure>(driftMeasures).filter(({ name, kinds }) => kinds.includes(kind) && name !== 'type-change')

export interface PowerJob {
  seed: number
  /** runs of each world; a run has its own reference, and a window that grows from the least to the greatest size */
  runs: number
  /** only the worlds without change, and without the level of a budget; else only those with one, and with it */
  still: boolean
  windows?: readonly number[]
}

interface Bench<Value> {
  kind: Kind
  worlds: readonly World<Value>[]
  /** an empty summary on the layout of a reference, and how to add to it */
  layOut(reference: readonly Value[]): () => { summary: FeatureSummary; add(value: Value): void }
}

const numericBench: Bench<number> = {
  kind: 'numeric', worlds: numericWorlds,
  layOut(reference) {
    const layout = numericLayoutOf(Float64Array.from(reference))
    return () => {
      const summary = createNumeric(layout)
      return { summary, add: (value) => addNumeric(summary, value) }
    }
  },
}

const categoricalBench: Bench<string | null> = {
  kind: 'categorical', worlds: categoricalWorlds,
  layOut(reference) {
    const layout = categoricalLayoutOf(reference)
    return () => {
      const summary = createCategorical(layout)
      return { summary, add: (value) => addCategory(summary, value) }
    }
  },
}

export function powerOf(job: PowerJob): Power {
  const power: Power = {}
  for (let run = 0; run < job.runs; run++) {
    const random = seeded(job.seed + run)
    runOnce(numericBench, job, random, power)
    runOnce(categoricalBench, job, random, power)
  }
  return power
}

function runOnce<Value>({ kind, worlds, layOut }: Bench<Value>, { still, windows = windowRows }: PowerJob, random: Random, power: Power): void {
  const [unmoved, ...moved] = worlds
  const rows = Array.from({ length: referenceRows }, () => unmoved.draw(random))
  const start = layOut(rows)
  const reference = start()
  for (const value of rows) reference.add(value)
  for (const world of still ? [unmoved] : moved) {
    const current = start()
    for (const size of windows) {
      while (current.summary.n < size) current.add(world.draw(random))
      for (const measure of measuresOf(kind)) count((power[keyOf(kind, world.name, measure.name, size)] ??= none()), measure, reference.summary, current.summary, still)
    }
  }
}

const none = (): PowerCount => ({ runs: 0, insufficient: 0, warnings: 0, alarms: 0, beyondBudget: 0 })

function count(counts: PowerCount, measure: DriftMeasure, reference: FeatureSummary, current: FeatureSummary, still: boolean): void {
  const { verdict } = measure.compare(reference, current, resolveParams(measure), { noiseFloor: null })
  counts.runs += 1
  if (verdict === 'insufficient') counts.insufficient += 1
  if (verdict === 'warning') counts.warnings += 1
  if (verdict === 'alarm') counts.alarms += 1
  if (still || (verdict !== 'warning' && verdict !== 'alarm')) return // what stays below the lower level stays below the higher
  const strict = measure.compare(reference, current, resolveParams(measure, { floorLevel: 1 - budgetChance }), { noiseFloor: null }).verdict
  counts.beyondBudget += Number(strict === 'warning' || strict === 'alarm')
}

/** Adds what one share of the runs counted. */
export function addPower(into: Power, from: Power): void {
  for (const [key, counts] of Object.entries(from)) {
    const sum = (into[key] ??= none())
    for (const name of Object.keys(sum) as (keyof PowerCount)[]) sum[name] += counts[name]
  }
}

/** Share of the runs with a warning or an alarm. */
export const spokeShare = ({ runs, warnings, alarms }: PowerCount): number => (warnings + alarms) / runs
