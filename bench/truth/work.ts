/** Shares of the work, in a process of its own: a job as JSON in, its tallies as JSON out. */
import { monthPanes, newTally, type Onset, type Tally } from './common.ts'
import { diagnosisRuns, type Diagnosed } from './diagnosis-run.ts'
import { diagnosisWorlds } from './diagnosis-worlds.ts'
import { runFlips, type FlipJob } from './flips.ts'
import { limitsOfOneAMonth } from './matched.ts'
import { charted, cusum, cusumChart, eDetector, eDetectorChart, naive, type Rival } from './rivals.ts'
import { runMonth } from './run.ts'
import { runThroughDecide } from './through-decide.ts'
import { drifting, worldNamed, type World } from './worlds.ts'

/** False-alarm budgets that every world is run under. */
export const budgets = ['30d', '1y', '10y'] as const
export const budgetMonths: Readonly<Record<(typeof budgets)[number], number>> = { '30d': 1, '1y': 365.25 / 30, '10y': 3652.5 / 30 }

export interface Job {
  world: string
  isDrift: boolean
  seeds: readonly number[]
}

export interface RivalTally {
  months: number
  /** panes on which the rule began to speak */
  alarms: number
  namedAfter: (number | null)[]
}

export interface JobResult {
  job: Job
  tallies: Tally[]
  rivals: Record<RivalName, RivalTally>
  /** processor time that it took */
  cpuSeconds: number
}

/** These diagnosis worlds, which all go on from one burn-in a seed. */
export interface DiagnosisJob {
  world: 'diagnosis'
  named: readonly string[]
  seeds: readonly number[]
}

export interface DiagnosisResult {
  job: DiagnosisJob
  diagnosed: Diagnosed[]
  cpuSeconds: number
}

/** CUSUM and e-detector as their theory sets them to one false alarm a month; in drift worlds at the limit that gives one in the world without the drift. */
export const rivalNames = ['naive', 'cusum', 'eDetector'] as const
export type RivalName = (typeof rivalNames)[number]

/** When drift begins, in panes after the burn-in. */
export const onsetPane = 100

export function work(job: Job): Omit<JobResult, 'cpuSeconds'> {
  const drift = job.isDrift ? drifting.find(({ name }) => name === job.world)! : null
  const world = drift?.base ?? worldNamed(job.world)!
  const onset: Onset | null = drift === null ? null : { change: drift.change, atPane: onsetPane }
  const result = { job, tallies: budgets.map(newTally), rivals: { naive: newRival(), cusum: newRival(), eDetector: newRival() } }
  for (const seed of job.seeds) month(world, seed, onset, result)
  return result
}

function diagnose(job: DiagnosisJob): Omit<DiagnosisResult, 'cpuSeconds'> {
  const worlds = diagnosisWorlds.filter(({ name }) => job.named.includes(name))
  return { job, diagnosed: job.seeds.flatMap((seed) => diagnosisRuns(worlds, seed)) }
}

const newRival = (): RivalTally => ({ months: 0, alarms: 0, namedAfter: [] })

function month(world: World, seed: number, onset: Onset | null, { tallies, rivals }: Omit<JobResult, 'cpuSeconds'>): void {
  if (world.isThroughDecide) return runThroughDecide(world, seed, budgets, tallies, onset)
  const set = onset === null ? byTheory(world) : matched(world)
  const watchers = rivalNames.map((name) => watch(set[name], rivals[name], onset))
  runMonth(world, seed, budgets, tallies, onset, 1, (summaries, reference, pane) => {
    for (const watcher of watchers) watcher.see((rival) => rival.see(summaries, reference), pane)
  })
  for (const watcher of watchers) watcher.end()
}

const byTheory = ({ features }: World): Record<RivalName, Rival> =>
  ({ naive: naive(), cusum: cusum(features + 1, monthPanes), eDetector: eDetector(features + 1, monthPanes) })

const limits = new Map<string, number[]>()

function matched(world: World): Record<RivalName, Rival> {
  const held = limits.get(world.name) ?? limitsOfOneAMonth(world, () => [cusumChart(), eDetectorChart()])
  limits.set(world.name, held)
  return { naive: naive(), cusum: charted(cusumChart(), held[0]), eDetector: charted(eDetectorChart(), held[1]) }
}

function watch(rival: Rival, tally: RivalTally, onset: Onset | null) {
  let [wasOn, named]: [boolean, number | null] = [false, null]
  return {
    see(ask: (rival: Rival) => string[], pane: number): void {
      const features = ask(rival)
      const isOn = features.length > 0
      if (isOn && !wasOn && (onset === null || pane < onset.atPane)) tally.alarms += 1
      if (onset !== null && pane >= onset.atPane && named === null && features.includes('f000')) named = pane - onset.atPane + 1
      wasOn = isOn
    },
    end(): void {
      tally.months += 1
      if (onset !== null) tally.namedAfter.push(named)
    },
  }
}

const run = (job: Job | FlipJob | DiagnosisJob): object => 'flip' in job ? runFlips(job) : 'named' in job ? diagnose(job) : work(job)

if (process.argv[1]?.endsWith('work.ts')) {
  process.on('message', (job: Job | FlipJob | DiagnosisJob) => {
    const begun = process.cpuUsage()
    const result = run(job)
    const { user, system } = process.cpuUsage(begun)
    process.send!({ ...result, cpuSeconds: (user + system) / 1e6 })
  })
}
