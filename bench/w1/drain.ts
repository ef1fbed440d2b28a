/** One drain of W1 by `steward run --drain`, with its formatter, and what both cost. */
import { cpuSecondsOf, measured } from './measured.ts'
import { newRun, programOf, steward, type Servers } from './cluster.ts'
import { OUT_TOPIC } from './workload.ts'

export interface Cost {
  records: number
  recordsPerSecond: number
  /** user and system time of all processes of the job, from their start to their end */
  cpuMicrosPerRecord: number
  peakRssMiB: number
}

export interface Drain extends Cost {
  name: string
  seconds: number
  /** shares of `cpuMicrosPerRecord` */
  stewardMicrosPerRecord: number
  formatterMicrosPerRecord: number
  formatterPeakRssMiB: number
  /** of Redis, which is not in `cpuMicrosPerRecord`; null where it is not ours */
  redisMicrosPerRecord: number | null
  summaries: number
  bytesPerPane: number
}

/** @param nodeArgs more arguments for the node that runs steward, as for a profile */
export async function drain(servers: Servers, nodeArgs: readonly string[] = []): Promise<Drain> {
  const run = await newRun(servers)
  const redisBefore = redisSeconds(servers)
  const formatting = measured([programOf('format'), servers.kafka, run.topicOf('panes'), OUT_TOPIC])
  const job = await measured([...nodeArgs, steward, 'run', '--drain', '--json', '--config', run.configFile], run.env)
  if (job.code !== 0) throw new Error(`steward ended with ${job.code}:\n${job.stderr.slice(-4000)}`)
  const formatter = await formatting
  if (formatter.code !== 0) throw new Error(`the formatter ended with ${formatter.code}:\n${formatter.stderr.slice(-4000)}`)
  const redisAfter = redisSeconds(servers)
  const told = JSON.parse(formatter.stdout) as { endedAtMs: number; summaries: number; bytesPerPane: number }
  const { records } = JSON.parse(job.stdout) as { records: Record<string, number> }
  const n = records.features + records.predictions + records.labels
  const lines = job.stderr.split('\n').filter((line) => line.startsWith('{')).map((line) => JSON.parse(line) as { time: string; msg: string; level: string })
  const warnings = lines.filter(({ level }) => level !== 'info')
  if (warnings.length > 0) process.stderr.write(`steward warned: ${warnings.slice(0, 5).map((line) => JSON.stringify(line)).join('\n')}\n`)
  const startedAtMs = Date.parse(lines.find(({ msg }) => msg === 'task taken')!.time)
  const seconds = (told.endedAtMs - startedAtMs) / 1000
  const micros = (cpuSeconds: number) => (cpuSeconds * 1e6) / n
  return {
    name: run.name, records: n, seconds, recordsPerSecond: n / seconds, cpuMicrosPerRecord: micros(job.cpuSeconds + formatter.cpuSeconds), peakRssMiB: job.peakRssMiB,
    stewardMicrosPerRecord: micros(job.cpuSeconds), formatterMicrosPerRecord: micros(formatter.cpuSeconds), formatterPeakRssMiB: formatter.peakRssMiB,
    redisMicrosPerRecord: redisBefore === null || redisAfter === null ? null : micros(redisAfter - redisBefore),
    summaries: told.summaries, bytesPerPane: told.bytesPerPane,
  }
}

/** W2: the same records consumed by the same client and dropped. */
export async function raw(servers: Servers, records: number): Promise<Cost> {
  const { code, stdout, stderr, cpuSeconds, peakRssMiB } = await measured([programOf('raw'), servers.kafka, String(records)])
  if (code !== 0) throw new Error(`the W2 reader ended with ${code}:\n${stderr.slice(-4000)}`)
  const { startedAtMs, endedAtMs } = JSON.parse(stdout) as { startedAtMs: number; endedAtMs: number }
  return { records, recordsPerSecond: (records * 1000) / (endedAtMs - startedAtMs), cpuMicrosPerRecord: (cpuSeconds * 1e6) / records, peakRssMiB }
}

const redisSeconds = ({ redisPid }: Servers): number | null => (redisPid === undefined ? null : cpuSecondsOf(redisPid))
