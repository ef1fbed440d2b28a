/** Shares of the bench worked off by processes, with progress on standard error. */
import { fork } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { Job, JobResult } from './jobs.ts'
import type { Answer } from './work.ts'

/** Results in the order in which they came, and the CPU time that all processes took. */
export async function runAll(jobs: readonly Job[], processes: number): Promise<{ results: JobResult[]; cpuMinutes: number }> {
  const results: JobResult[] = []
  let cpuMicros = 0
  const [begun, queue] = [performance.now(), [...jobs]]
  const lane = async (): Promise<void> => {
    const child = fork(fileURLToPath(new URL('./work.ts', import.meta.url)), { execArgv: ['--import', 'tsx'] })
    let own = 0
    try {
      for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
        const next = answer(child)
        child.send(job)
        const { result, cpuMicros: spent } = await next
        results.push(result)
        own = spent
        process.stderr.write(`${results.length} of ${jobs.length} shares done, ${titleOf(job)}, ${Math.round((performance.now() - begun) / 1000)} s\n`)
      }
    } finally {
      child.disconnect()
      cpuMicros += own
    }
  }
  await Promise.all(Array.from({ length: processes }, lane))
  return { results, cpuMinutes: cpuMicros / 60e6 }
}

const answer = (child: ReturnType<typeof fork>): Promise<Answer> => new Promise((resolve, reject) => {
  const onExit = (): void => reject(new Error('a process of the bench ended before its share was done'))
  child.once('exit', onExit)
  child.once('message', (message) => {
    child.off('exit', onExit)
    resolve(message as Answer)
  })
})

const titleOf = (job: Job): string => job.part === 'detection' ? `${job.job.name} at ${job.job.rate}` : job.part === 'labels' ? `labels at ${job.job.prevalence}` : 'drift measures'
