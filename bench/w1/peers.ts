/** Other engines on the same topics in the same run, where STEWARD_BENCH_PEERS names a folder whose `run.sh` runs them. */
import { spawn } from 'node:child_process'
import type { Servers } from './cluster.ts'
import type { Cost } from './drain.ts'

const candidates = { 'Kafka Streams, exactly once': ['kstreams', 'eos', '1'], 'Python with River': ['python'] } as const

export interface Peer extends Cost {
  name: string
}

/** Empty where no folder is named. A peer's own line of JSON is believed: it counts user and system time of its whole process as we do. */
export async function peers({ kafka, redis }: Servers, folder = process.env.STEWARD_BENCH_PEERS): Promise<Peer[]> {
  if (folder === undefined || folder === '') return []
  const env = { ...process.env, PEERS_PORT: kafka.split(':').at(-1), PEERS_REDIS_PORT: new URL(redis).port }
  const found: Peer[] = []
  for (const [name, args] of Object.entries(candidates)) {
    const { records, recordsPerSecond, cpuSeconds, peakRssMiB } = JSON.parse(await lastLine(`${folder}/run.sh`, args, env)) as Record<string, number>
    found.push({ name, records, recordsPerSecond, cpuMicrosPerRecord: (cpuSeconds * 1e6) / records, peakRssMiB })
  }
  return found
}

function lastLine(file: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let out = ''
    child.stdout.on('data', (chunk: Buffer) => { out += chunk.toString() })
    child.once('error', reject)
    child.once('close', (code) => (code === 0 ? resolve(out.trim().split('\n').at(-1)!) : reject(new Error(`${file} ${args.join(' ')} ended with ${code}`))))
  })
}
