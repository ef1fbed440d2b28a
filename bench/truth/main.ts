/**
 * `npm run bench:truth -- [--quick] [--worlds a,b] [--months n] [--seed n] [--jobs n] [--no-write]`: how often the program cries wolf, and how soon it sees what
 * moved, over simulated months. The table goes to standard output and, of a whole or quick run, into docs/truth.md; progress to standard error.
 */
import { fork } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { flipTable } from './flips-report.ts'
import { flipJobs, type FlipJob, type FlipResult } from './flips.ts'
import { driftTable, rivalTable, stationaryTable } from './report.ts'
import { drifting, stationary } from './worlds.ts'
import type { Job, JobResult } from './work.ts'

const worldNames = [...[...stationary, ...drifting].map(({ name }) => name), 'flips']

const usage = `npm run bench:truth -- [options]
  --quick         a stated subset, for CI
  --worlds a,b    only these: ${worldNames.join(', ')}
  --months n      months a stationary world (default 300; quick 6), a fifth where a month takes long; a drift world gets a tenth (quick: all)
  --drift-months n
  --flip-runs n   runs of each flip of labels (default 300; quick 20)
  --seed n        default 1
  --jobs n        processes (default 2)
  --results file  keeps what each share found in this file, a line each, and does not run again what is there: a long run may be broken off and gone on with.
                  Begin a new file when the program has changed.
  --no-write      leave docs/truth.md as it is`

const { values: given } = parseArgs({
  options: {
    'quick': { type: 'boolean', default: false }, 'worlds': { type: 'string' }, 'months': { type: 'string' }, 'seed': { type: 'string', default: '1' },
    'drift-months': { type: 'string' }, 'flip-runs': { type: 'string' }, 'jobs': { type: 'string', default: '2' }, 'results': { type: 'string' }, 'no-write': { type: 'boolean', default: false }, 'help': { type: 'boolean', default: false },
  },
})

const chosen = given.worlds?.split(',')
const isWanted = ({ name, quick }: { name: string; quick: boolean }): boolean => chosen === undefined ? !given.quick || quick : chosen.includes(name)
const months = Number(given.months ?? (given.quick ? 6 : 300))
const driftMonths = given['drift-months'] !== undefined ? Number(given['drift-months']) : Math.max(1, Math.round(months / (given.quick ? 1 : 10)))
const flipRuns = Number(given['flip-runs'] ?? (given.quick ? 20 : 300))
/** Months that one process runs before it reports. */
const chunk = 3

function jobs(): Job[] {
  const seeds = (count: number, world: number): number[] => Array.from({ length: count }, (_, i) => Number(given.seed) * 1_000_003 + world * 10_007 + i)
  const all = [
    ...stationary.map((world, i) => ({ world, isDrift: false, seeds: seeds(Math.ceil(months * world.share), i) })), ...drifting.map((world, i) => ({ world, isDrift: true, seeds: seeds(driftMonths, 100 + i) })),
  ].filter(({ world }) => isWanted(world))
  return all.flatMap(({ world, isDrift, seeds: list }) => {
    const parts: Job[] = []
    for (let i = 0; i < list.length; i += chunk) parts.push({ world: world.name, isDrift, seeds: list.slice(i, i + chunk) })
    return parts
  })
}

/** A process that takes one job after the other. */
function worker() {
  const child = fork(fileURLToPath(new URL('./work.ts', import.meta.url)), { execArgv: ['--max-semi-space-size=64', '--import', 'tsx'] })
  return {
    run: <Result>(job: Job | FlipJob): Promise<Result> => new Promise((resolve, reject) => {
      const failed = (): void => reject(new Error(`a month of ${job.world} failed: run it alone with --worlds ${job.world} --jobs 1`))
      child.once('error', reject)
      child.once('exit', failed)
      child.once('message', (message) => {
        child.off('error', reject)
        child.off('exit', failed)
        resolve(message as Result)
      })
      child.send(job)
    }),
    end: () => child.kill(),
  }
}

/** What the file of results holds of these jobs. */
function held<Result extends { job: Job | FlipJob }>(list: readonly (Job | FlipJob)[]): Result[] {
  if (given.results === undefined || !existsSync(given.results)) return []
  const wanted = new Set(list.map((job) => JSON.stringify(job)))
  const lines = readFileSync(given.results, 'utf8').split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Result).filter(({ job }) => wanted.delete(JSON.stringify(job)))
}

async function runAll<Result extends { job: Job | FlipJob }>(list: readonly (Job | FlipJob)[]): Promise<Result[]> {
  const results = held<Result>(list)
  const done = new Set(results.map(({ job }) => JSON.stringify(job)))
  const [begun, queue] = [performance.now(), list.filter((job) => !done.has(JSON.stringify(job)))]
  if (done.size > 0) process.stderr.write(`${done.size} of ${list.length} shares were there already\n`)
  const lane = async (): Promise<void> => {
    const own = worker()
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const result = await own.run<Result>(job)
      results.push(result)
      if (given.results !== undefined) appendFileSync(given.results, `${JSON.stringify(result)}\n`)
      process.stderr.write(`${results.length} of ${list.length} shares done, ${job.world}, ${Math.round((performance.now() - begun) / 1000)} s\n`)
    }
    own.end()
  }
  await Promise.all(Array.from({ length: Number(given.jobs) }, lane))
  return results
}

const [from, to] = ['<!-- written by the bench -->', '<!-- end -->']

function write(text: string): void {
  const page = fileURLToPath(new URL('../../docs/truth.md', import.meta.url))
  const held = readFileSync(page, 'utf8')
  const [start, end] = [held.indexOf(from), held.indexOf(to)]
  if (start < 0 || end < start) throw new Error(`docs/truth.md has no place for results between '${from}' and '${to}'`)
  writeFileSync(page, `${held.slice(0, start + from.length)}\n\n${text}\n${held.slice(end)}`)
}

if (given.help) console.log(usage)
else {
  const unknown = (chosen ?? []).filter((name) => !worldNames.includes(name))
  if (unknown.length > 0) throw new Error(`no world named ${unknown.join(', ')}.\n${usage}`)
  const results = await runAll<JobResult>(jobs())
  const flips = await runAll<FlipResult>(isWanted({ name: 'flips', quick: true }) ? flipJobs(flipRuns, Number(given.seed)) : [])
  const minutes = Math.round([...results, ...flips].reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / 6) / 10
  const command = `npm run bench:truth --${process.argv.slice(2).map((word) => ` ${word}`).join('')}`
  const text = [
    `\`${command}\`, seed ${given.seed}, ${months} months a stationary world and ${driftMonths} a drift world, took ${minutes} minutes of processor time.`,
    ...[stationaryTable(results), driftTable(results), rivalTable(results), flipTable(flips)].filter((table) => table !== ''),
  ].join('\n\n')
  console.log(text)
  if (!given['no-write']) write(text)
}
