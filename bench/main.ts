/**
 * Benchmarks: `npm run bench -- [units | core | choosing | w1 | pending | store | source | servers] [options]`; without a name `units`, then `w1`.
 * docs/benchmarks.md says what each measures and what it gave.
 */
import { spawnSync } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { coreSuites } from './core/families.ts'
import { perRecord, type Row, type Task } from './core/per-record.ts'
import { servers } from './w1/cluster.ts'
import type { Cost } from './w1/drain.ts'
import { w1, type W1Options, type W1Report } from './w1/main.ts'
import { pendingBytes } from './w1/pending.ts'

const usage = `npm run bench -- [command] [options]
  units                 one record through each unit and codec, in nanoseconds
  core                  the units that have an aim, in CPU time beside it
  choosing              which measure, detector and metric sees what, and how soon; writes docs/choosing.md
      --quick           in under a minute, on few runs; prints only
      --seed 1
  w1                    workload W1 through \`steward run --drain\` on a real Kafka and Redis, checked, beside W2
      --n 300000        inferences (three records each)
      --rounds 1        drains, each with a W2
      --seed 1
      --kafka host:port --redis redis://host:port      servers that run already
      --loaded          their topics are loaded already; the answers, left in w1-out-steward, are not checked
      --cpu-prof FOLDER writes a CPU profile of steward there
  pending               bytes in Redis a prediction that waits for its label   --n 100000
  store, source         commits to Redis; reading Kafka
  servers               a Kafka and a Redis until interrupted; prints their addresses
  --json                figures as JSON on standard output`

const { positionals: [command = 'all'], values: given } = parseArgs({
  allowPositionals: true,
  options: {
    'n': { type: 'string' }, 'rounds': { type: 'string', default: '1' }, 'seed': { type: 'string', default: '1' }, 'kafka': { type: 'string' }, 'redis': { type: 'string' },
    'loaded': { type: 'boolean', default: false }, 'cpu-prof': { type: 'string' }, 'json': { type: 'boolean', default: false }, 'quick': { type: 'boolean', default: false }, 'help': { type: 'boolean', default: false },
  },
})

/** Each makes its data when it is loaded. */
const suites: Readonly<Record<string, () => Promise<{ tasks: readonly Task[] }>>> = {
  ...coreSuites,
  'record codec': () => import('./codec/decode.ts'),
  'state codec': () => import('./codec/state.ts'),
}

async function units(): Promise<Row[]> {
  const rows: Row[] = []
  for (const [title, suite] of Object.entries(suites)) {
    const found = await perRecord((await suite()).tasks)
    if (!given.json) table(title, found.map(({ name, nsPerRecord, samples }) => ({ task: name, 'ns per record (median)': nsPerRecord, samples })))
    rows.push(...found)
  }
  return rows
}

async function core(): Promise<object> {
  const { againstAims, aimTable } = await import('./core/aims.ts')
  const rows = againstAims()
  if (!given.json) table('units beside their aims', aimTable(rows))
  return rows
}

async function choose(): Promise<object> {
  const { choosing } = await import('./choosing/main.ts')
  const { results, text } = await choosing({ quick: given.quick, seed: Number(given.seed) })
  if (!given.json) console.log(text)
  return results
}

async function runW1(): Promise<W1Report> {
  const n = Number(given.n ?? 300_000)
  const options: W1Options = {
    n, seed: Number(given.seed), rounds: Number(given.rounds), kafka: given.kafka, redis: given.redis, loaded: given.loaded,
    nodeArgs: given['cpu-prof'] === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${given['cpu-prof']}`],
  }
  const report = await w1(options)
  if (!given.json) printW1(report)
  if (report.differences !== null && report.differences.length > 0) process.exitCode = 1
  return report
}

function printW1({ n, w1: drains, w2, peers, differences }: W1Report): void {
  const row = ({ recordsPerSecond, cpuMicrosPerRecord, peakRssMiB }: Cost) =>
    ({ 'records/s': Math.round(recordsPerSecond), 'CPU µs/record': rounded(cpuMicrosPerRecord), 'peak RSS MiB': Math.round(peakRssMiB) })
  table(`W1, ${n} inferences, ${3 * n} records`, [
    ...drains.map((cost, i) => ({ what: `steward, round ${i + 1}`, ...row(cost), 'of it formatter': rounded(cost.formatterMicrosPerRecord), 'Redis beside it': rounded(cost.redisMicrosPerRecord) })),
    ...w2.map((cost, i) => ({ what: `W2, round ${i + 1}`, ...row(cost) })),
    ...peers.map((cost) => ({ what: cost.name, ...row(cost) })),
  ])
  const [ours, ceiling] = [least(drains), least(w2)]
  table('ratios of CPU a record, each at its best round', [ceiling, ...peers].map((other) => ({
    to: 'name' in other ? other.name : 'W2', 'steward is': `${rounded(ours.cpuMicrosPerRecord / other.cpuMicrosPerRecord)} times`, 'records/s': `${rounded(ours.recordsPerSecond / other.recordsPerSecond)} times`,
  })))
  console.log(`${ours.summaries} summaries, ${ours.bytesPerPane} bytes a pane`)
  if (differences === null) console.log('the answers are in w1-out-steward, for whoever loaded the topics to check')
  else console.log([...differences.slice(0, 20), differences.length === 0 ? 'every answer agrees with the truth' : `${differences.length} differences`].join('\n'))
}

const least = <T extends Cost>(costs: readonly T[]): T => costs.reduce((best, cost) => (cost.cpuMicrosPerRecord < best.cpuMicrosPerRecord ? cost : best))
const rounded = (value: number | null): number | null => (value === null ? null : Math.round(value * 100) / 100)

async function pending(): Promise<object> {
  const cluster = await servers(given)
  try {
    const found = await pendingBytes(cluster, Number(given.n ?? 100_000))
    if (!given.json) table('bytes in Redis a pending label', Object.entries(found).map(([name, { pending: count, bytesPerPending, allBytesPerPending }]) => (
      { what: name, pending: count, 'bytes each': rounded(bytesPerPending), 'with all state': rounded(allBytesPerPending) })))
    return found
  } finally {
    await cluster.stop()
  }
}

async function serve(): Promise<void> {
  const cluster = await servers({})
  console.log(JSON.stringify({ kafka: cluster.kafka, redis: cluster.redis }))
  let interrupted = false
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => { interrupted = true })
  while (!interrupted) await sleep(200)
  await cluster.stop()
}

function table(title: string, rows: readonly object[]): void {
  console.log(`\n${title}`)
  console.table(rows)
}

/** A benchmark that is a program of its own. */
function script(file: string): void {
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', fileURLToPath(new URL(file, import.meta.url))], { stdio: 'inherit' })
  process.exitCode = status ?? 1
}

const commands: Readonly<Record<string, () => Promise<unknown>>> = {
  units, core, choosing: choose, w1: runW1, pending, servers: serve,
  store: () => Promise.resolve(script('./state/commit.ts')),
  source: () => Promise.resolve(script('./kafka/source.ts')),
  all: async () => ({ units: await units(), w1: await runW1() }),
}

if (given.help || !Object.hasOwn(commands, command)) {
  console.log(usage)
  process.exitCode = given.help ? 0 : 2
} else {
  const result = await commands[command]()
  if (given.json && result !== undefined) console.log(JSON.stringify(result))
}
