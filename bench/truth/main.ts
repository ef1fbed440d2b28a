/**
 * `npm run bench:truth`: how often the program cries wolf, how soon it sees what moved, labels that flip among it, and whether it names it rightly, over simulated
 * time. Tables go to standard output and, of whole parts, into their places in docs/truth.md; progress to standard error. Ends with 1 where a target is missed.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { diagnosisTable } from './diagnosis-table.ts'
import { diagnosisWorlds } from './diagnosis-worlds.ts'
import { flipTable } from './flips-report.ts'
import { flipJobs, type FlipResult } from './flips.ts'
import { runAll } from './pool.ts'
import { driftTable, rivalTable, stationaryTable } from './report.ts'
import { missedTargets, targetsOf, targetTable, type Target } from './targets.ts'
import type { DiagnosisJob, DiagnosisResult, Job, JobResult } from './work.ts'
import { drifting, stationary } from './worlds.ts'

const partNames = ['worlds', 'flips', 'diagnosis'] as const
type PartName = (typeof partNames)[number]
const worldNames = [...stationary, ...drifting].map(({ name }) => name)

const usage = `npm run bench:truth -- [options]
  --quick           a stated subset, for CI: months of four worlds and three drifts, flips of labels at three base errors, three diagnoses
  --parts a,b       only these: ${partNames.join(', ')}
  --worlds a,b      of the part worlds only these, and nothing is written: ${worldNames.join(', ')}
  --months n        months a stationary world (default 300; quick 6), fewer where a month takes long; a drift world gets a tenth (quick: all)
  --drift-months n
  --flip-runs n     runs of each flip of labels (default 300; quick 20)
  --diagnosis-runs n  of each diagnosis world (default 30; quick 2)
  --seed n          default 1
  --jobs n          processes (default 2)
  --results file    keeps what each share found in this file, a line each, and does not run again what is there: a long run may be broken off and gone on with.
                    Begin a new file when the program has changed.
  --no-write        leave docs/truth.md as it is`

const { values: given } = parseArgs({
  options: {
    'quick': { type: 'boolean', default: false }, 'parts': { type: 'string' }, 'worlds': { type: 'string' }, 'months': { type: 'string' }, 'drift-months': { type: 'string' },
    'flip-runs': { type: 'string' }, 'diagnosis-runs': { type: 'string' }, 'seed': { type: 'string', default: '1' }, 'jobs': { type: 'string', default: '2' },
    'results': { type: 'string' }, 'no-write': { type: 'boolean', default: false }, 'help': { type: 'boolean', default: false },
  },
})

const seed = Number(given.seed)
const chosen = given.worlds?.split(',')
const months = Number(given.months ?? (given.quick ? 6 : 300))
const driftMonths = Number(given['drift-months'] ?? Math.max(1, Math.round(months / (given.quick ? 1 : 10))))
const flipRuns = Number(given['flip-runs'] ?? (given.quick ? 20 : 300))
const diagnosisRuns = Number(given['diagnosis-runs'] ?? (given.quick ? 2 : 30))
/** Months, or burn-ins of the diagnosis worlds, that one process runs before it reports. */
const chunk = 3

const isWanted = ({ name, quick }: { name: string; quick: boolean }): boolean => chosen === undefined ? !given.quick || quick : chosen.includes(name)
const seeds = (count: number, world: number): number[] => Array.from({ length: count }, (_, i) => seed * 1_000_003 + world * 10_007 + i)
const inChunks = (list: readonly number[]): number[][] => Array.from({ length: Math.ceil(list.length / chunk) }, (_, i) => list.slice(i * chunk, (i + 1) * chunk))

/** All worlds go on side by side, so that what a broken-off run has found serves one of fewer months. */
function worldJobs(): Job[] {
  const all = [
    ...stationary.map((world, i) => ({ world, isDrift: false, seeds: seeds(Math.ceil(months * world.share), i) })),
    ...drifting.map((world, i) => ({ world, isDrift: true, seeds: seeds(Math.ceil(driftMonths * (world.share ?? 1)), 100 + i) })),
  ]
  const parts = all.filter(({ world }) => isWanted(world)).flatMap(({ world, isDrift, seeds: list }) => inChunks(list).map((part, nth) => ({ world: world.name, isDrift, seeds: part, nth })))
  return parts.sort((a, b) => a.nth - b.nth).map(({ world, isDrift, seeds: part }) => ({ world, isDrift, seeds: part }))
}

function diagnosisJobs(): DiagnosisJob[] {
  const named = diagnosisWorlds.filter(({ quick }) => !given.quick || quick).map(({ name }) => name)
  return inChunks(seeds(diagnosisRuns, 200)).map((part) => ({ world: 'diagnosis', named, seeds: part }))
}

interface Part {
  text: string
  targets: Target[]
  /** what encloses its place in docs/truth.md */
  place: readonly [string, string]
}

/** As it was given, but for where results are kept, which says nothing of them. */
const command = `npm run bench:truth --${process.argv.slice(2).map((word) => ` ${word}`).join('').replace(/ --results[ =]\S+/, '')}`
const how = (results: readonly { cpuSeconds: number }[], what: string): string => {
  const minutes = Math.round(results.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / 6) / 10
  return `\`${command}\`, seed ${given.seed}, ${what}: ${minutes} minutes of processor time.`
}

const parts: Readonly<Record<PartName, () => Promise<Part>>> = {
  async worlds() {
    const results = await runAll<Job, JobResult>(worldJobs(), given)
    const targets = targetsOf(results)
    const tables = [stationaryTable(results), driftTable(results), rivalTable(results), targetTable(targets)].filter((table) => table !== '')
    return { targets, place: ['<!-- written by the bench -->', '<!-- end -->'], text: [how(results, `${months} months a stationary world and ${driftMonths} a drift world`), ...tables].join('\n\n') }
  },
  async flips() {
    const results = await runAll<ReturnType<typeof flipJobs>[number], FlipResult>(flipJobs(flipRuns, seed, given.quick ? [0.02, 0.05, 0.1] : undefined), given)
    const targets = targetsOf([], results)
    return { targets, place: ['<!-- flips, written by the bench -->', '<!-- end of flips -->'], text: [how(results, `${flipRuns} runs a cell`), flipTable(results), targetTable(targets)].join('\n\n') }
  },
  async diagnosis() {
    const results = await runAll<DiagnosisJob, DiagnosisResult>(diagnosisJobs(), given)
    const diagnosed = results.flatMap((each) => each.diagnosed)
    const targets = targetsOf([], [], diagnosed)
    return {
      targets, place: ['<!-- diagnosis, written by the bench -->', '<!-- end of diagnosis -->'],
      text: [how(results, `${diagnosisRuns} runs of each world`), diagnosisTable(diagnosed), targetTable(targets)].join('\n\n'),
    }
  },
}

function write(text: string, [from, to]: readonly [string, string]): void {
  const page = fileURLToPath(new URL('../../docs/truth.md', import.meta.url))
  const held = readFileSync(page, 'utf8')
  const [start, end] = [held.indexOf(from), held.indexOf(to)]
  if (start < 0 || end < start) throw new Error(`docs/truth.md has no place for results between '${from}' and '${to}'`)
  writeFileSync(page, `${held.slice(0, start + from.length)}\n\n${text}\n${held.slice(end)}`)
}

/** @throws Error that says which names there are */
function wantedParts(): PartName[] {
  const unknown = [...(chosen ?? []).filter((name) => !worldNames.includes(name)), ...(given.parts?.split(',') ?? []).filter((name) => !partNames.includes(name as PartName))]
  if (unknown.length > 0) throw new Error(`there is no ${unknown.join(', ')}.\n${usage}`)
  if (chosen !== undefined) return ['worlds']
  return partNames.filter((name) => given.parts === undefined || given.parts.split(',').includes(name))
}

if (given.help) console.log(usage)
else {
  const targets: Target[] = []
  for (const name of wantedParts()) {
    const part = await parts[name]()
    console.log(`${part.text}\n`)
    targets.push(...part.targets)
    if (!given['no-write'] && chosen === undefined) write(part.text, part.place)
  }
  const missed = missedTargets(targets)
  if (missed.length > 0) console.error(`Missed: ${missed.join('; ')}.`)
  process.exitCode = missed.length > 0 ? 1 : 0
}
