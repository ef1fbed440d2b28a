/** The units that have an aim, each measured beside it: `npm run bench -- core`. CPU time of this process, median over runs. */
import { pathToFileURL } from 'node:url'
import { tasks as detectorTasks } from './detectors.ts'
import { tasks as learnerTasks } from './learners.ts'
import type { Task } from './per-record.ts'
import { driftReport, paneMerge } from './report.ts'
import { tasks as sketchTasks } from './sketches.ts'

interface Aim {
  task: string
  /** most nanoseconds a record */
  ns: number
  /** a task of another implementation of the same */
  rival?: string
}

const aims: readonly Aim[] = [
  { task: 'histogram add, 9 edges', ns: 40 },
  { task: 'histogram add, 199 edges', ns: 40 },
  { task: 'digest add', ns: 100, rival: 'digest add, npm tdigest' },
  { task: 'adwin, 0/1, one ever longer window', ns: 230 },
  { task: 'adwin, 0/1, a change every 10,000', ns: 230 },
  { task: 'page-hinkley, 0/1', ns: 20 },
  { task: 'logistic, 8 features: predict, note and learn', ns: 400 },
  { task: 'merge of 50 features × 60 panes of 200 rows', ns: 15e6 },
  { task: 'merge of 50 features × 60 panes of 10,000 rows', ns: 15e6 },
  { task: 'drift report, 100,000 rows × 20 columns, profile there', ns: 0.3e9 },
  { task: 'drift report, 100,000 rows × 20 columns, profile made of as many', ns: 0.3e9 },
]

const tasks: readonly Task[] = [
  ...sketchTasks, ...detectorTasks, ...learnerTasks,
  { name: 'merge of 50 features × 60 panes of 200 rows', records: 1, run: paneMerge(200) },
  { name: 'merge of 50 features × 60 panes of 10,000 rows', records: 1, run: paneMerge(10_000) },
  { name: 'drift report, 100,000 rows × 20 columns, profile there', records: 1, run: driftReport(true) },
  { name: 'drift report, 100,000 rows × 20 columns, profile made of as many', records: 1, run: driftReport(false) },
]

/** A task with its aim; times are nanoseconds of CPU a record. */
export interface AimRow {
  name: string
  aim: number
  /** the median of the runs, and the least */
  cpuNs: number
  leastNs: number
  /** median over the aim: 1 or less reaches it */
  timesAim: number
  /** the rival's median over ours; null without a rival */
  rivalTimes: number | null
}

/** Measures every unit that has an aim. */
export function againstAims(): AimRow[] {
  return aims.map(({ task, ns, rival }) => {
    const { median, least } = cpuNsOf(taskOf(task))
    const other = rival === undefined ? null : cpuNsOf(taskOf(rival)).median
    return { name: task, aim: ns, cpuNs: median, leastNs: least, timesAim: median / ns, rivalTimes: other === null ? null : other / median }
  })
}

function taskOf(name: string): Task {
  const task = tasks.find((known) => known.name === name)
  if (task === undefined) throw new Error(`no task named '${name}'`)
  return task
}

const [warmUpMs, sampleMs, samplesMin, totalMs] = [300, 5, 5, 1_500]

/** Runs until a sample is long enough for the clock of CPU time, and takes samples for a second and a half. */
function cpuNsOf({ run, records }: Task): { median: number; least: number } {
  const start = performance.now()
  let runs = 0
  do {
    run()
    runs += 1
  } while (performance.now() - start < warmUpMs)
  const perSample = Math.max(1, Math.ceil((sampleMs * runs) / (performance.now() - start)))
  const samples: number[] = []
  for (const end = performance.now() + totalMs; samples.length < samplesMin || performance.now() < end;) {
    const before = process.cpuUsage()
    for (let i = 0; i < perSample; i++) run()
    const { user, system } = process.cpuUsage(before)
    samples.push(((user + system) * 1_000) / perSample / records)
  }
  samples.sort((a, b) => a - b)
  return { median: samples[samples.length >> 1], least: samples[0] }
}

/** Rows for a table on a terminal. */
export const aimTable = (rows: readonly AimRow[]): object[] => rows.map(({ name, aim, cpuNs, leastNs, timesAim, rivalTimes }) => ({
  'task': name, 'aim': timeText(aim), 'CPU (median)': timeText(cpuNs), 'least': timeText(leastNs), 'of the aim': Math.round(100 * timesAim) / 100,
  'rival takes': rivalTimes === null ? '' : `${rivalTimes.toFixed(1)} times`,
}))

const timeText = (ns: number): string => (ns < 1e5 ? `${ns.toFixed(1)} ns` : ns < 1e8 ? `${(ns / 1e6).toFixed(1)} ms` : `${(ns / 1e9).toFixed(2)} s`)

if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === import.meta.url) console.table(aimTable(againstAims()))
