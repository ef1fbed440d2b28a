/** `steward demo`: a year of real data through the whole program, with an example fleet and an example trainer, in one process. */
import { join, resolve } from 'node:path'
import type { Candidate, Decision } from '../../core/records.ts'
import { createParts } from '../../core/parts.ts'
import { cohortPart, modelPart, type ModelState } from '../../core/decide/state.ts'
import { figure } from '../../core/text.ts'
import { stateCodec } from '../../codec/state.ts'
import type { DemoItem, DemoOptions, RunSummary } from '../../cli/services.ts'
import { accuracyOf, Chronicle, tenuresOf, type HeldCohort, type Tenure } from './chronicle.ts'
import { leave } from './files.ts'
import { housingFeatures, loadHousing, type Housing } from './housing.ts'
import { loadParticipants } from './participants.ts'
import { demoModel } from './policy.ts'
import { storyOf } from './story.ts'
import { benefitTable, driftTable, events, performanceTable, requestTable, versionTable, type Table } from './tables.ts'
import { dayMs, DemoWorld, type Said } from './world.ts'

type Line = Extract<DemoItem, { item: 'event' }>

/** Ends early, without files, when the signal is aborted. */
export async function* demo({ outDir, seed, partitions, signal, onProgress }: DemoOptions): AsyncGenerator<DemoItem> {
  const startedMs = performance.now()
  const housing = await loadHousing()
  const world = await DemoWorld.start({ seed, partitions, housing, participants: await loadParticipants() })
  const chronicle = new Chronicle()
  const timeline: Line[] = []
  let told = 0
  const tell = (): Line[] => {
    const lines = linesOf(world.said.slice(told))
    told = world.said.length
    timeline.push(...lines)
    return lines
  }
  while (!world.isOver) {
    if (signal.aborted) return
    await world.step()
    if (world.atMs % dayMs === 0) chronicle.note(await world.view())
    yield* tell()
    onProgress({ phase: 'days of requests', done: Math.floor((world.atMs - world.startMs) / dayMs), total: Math.ceil((world.endMs - world.startMs) / dayMs) })
  }
  await world.close()
  chronicle.note(await world.view())
  yield* tell()

  const tenures = tenuresOf(await cohortsOf(world))
  const tables = tablesOf(world, housing, chronicle, tenures)
  yield* tables
  const folder = resolve(outDir ?? join('steward-out', `demo-${stamp()}`))
  const files = await leave({
    outDir: folder, seed, partitions, inputs: world.inputs, events: world.said.map(({ record }) => record), timeline, tables,
    closing: closingWords(world.said, tenures), models: world.models,
  })
  yield { item: 'summary', outDir: folder, files, summary: summaryOf(world, performance.now() - startedMs) }
}

/** At one time what was seen comes first, then what was decided, then what that brought about. */
const rank: Readonly<Record<string, number>> = { reading: -1, 'retrain-answered': -1, 'retrain-requested': 0, promote: 0, rollback: 0, profile: 2, 'serving-config': 2 }

function linesOf(said: readonly Said[]): Line[] {
  const lines = said.map(({ event, atMs }) => storyOf(event, atMs)).filter((line) => line !== null)
  return lines.sort((a, b) => a.at - b.at || (rank[a.kind] ?? 1) - (rank[b.kind] ?? 1))
}

/** Every cohort that decide keeps, from its state. */
async function cohortsOf(world: DemoWorld): Promise<HeldCohort[]> {
  const { parts } = await world.store.claim({ topology: 'decide', partition: 0 }, 'demo', Infinity)
  const held = createParts(new Map([...parts].map(([name, bytes]) => [name, stateCodec.decode(bytes)])))
  const { cohorts } = held.get<ModelState>(modelPart(demoModel))!
  return cohorts.map((startMs) => held.get<HeldCohort>(cohortPart(demoModel, startMs))!)
}

function tablesOf(world: DemoWorld, housing: Housing, chronicle: Chronicle, tenures: readonly Tenure[]): Table[] {
  const candidates = world.inputs.filter(({ topic }) => topic === 'candidates').map(({ value }) => value as Candidate)
  return [
    driftTable(chronicle.ends, housingFeatures), performanceTable(chronicle.ends, tenures), requestTable(world.said, candidates),
    versionTable(world.said, candidates, tenures), benefitTable(housing.analysis, tenures),
  ]
}

/** What decide says at the end, and whether acting helped: before and from the first promotion that stood. */
function closingWords(said: readonly Said[], tenures: readonly Tenure[]): string[] {
  const closed = events(said, 'decision').filter(({ decision }: Decision) => decision === 'closed').map(({ text }) => text)
  const undone = new Set(events(said, 'rollback').map(({ previous }) => previous))
  const stood = events(said, 'promote').find(({ version }) => !undone.has(version))
  if (stood === undefined) return [...closed, 'No promotion stood.']
  const later = (tenure: Tenure): boolean => tenure.version !== stood.previous && !undone.has(tenure.version)
  const [before, after] = [tenures.filter((tenure) => tenure.version === stood.previous), tenures.filter(later)]
  return [...closed, `${stood.previous} decided ${percentOf(accuracyOf(before))} of its labelled inferences right; from ${stood.version} on, ${percentOf(accuracyOf(after))} were.`]
}

const percentOf = (share: number | null): string => (share === null ? 'none' : `${figure(Math.round(share * 1000) / 10)} %`)

const stamp = (): string => new Date().toISOString().slice(0, 19).replaceAll(':', '-')

function summaryOf({ inputs, said, deadLetters }: DemoWorld, elapsedMs: number): RunSummary {
  return {
    records: countsOf(inputs.map(({ topic }) => topic)), deadLetters, elapsedMs: Math.round(elapsedMs),
    events: countsOf(said.map(({ record }) => record.topic).filter((topic) => topic !== 'dead-letters')),
  }
}

function countsOf(names: readonly string[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const name of names) counts[name] = (counts[name] ?? 0) + 1
  return counts
}
