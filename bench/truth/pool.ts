/** Runs jobs in processes of their own, and keeps what they found in a file, so that a long run can be gone on with. */
import { fork } from 'node:child_process'
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A process that takes one job after the other. */
function worker() {
  const child = fork(fileURLToPath(new URL('./work.ts', import.meta.url)), { execArgv: ['--max-semi-space-size=64', '--import', 'tsx'] })
  return {
    run: <Given extends { world: string }, Result>(job: Given): Promise<Result> => new Promise((resolve, reject) => {
      const failed = (): void => reject(new Error(`a share of ${job.world} failed; what its process said stands above. Run it alone: ${JSON.stringify(job)}`))
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
function held<Result extends { job: object }>(list: readonly object[], file: string | undefined): Result[] {
  if (file === undefined || !existsSync(file)) return []
  const wanted = new Set(list.map((job) => JSON.stringify(job)))
  const lines = readFileSync(file, 'utf8').split('\n').filter((line) => line !== '')
  return lines.map((line) => JSON.parse(line) as Result).filter(({ job }) => wanted.delete(JSON.stringify(job)))
}

/** Results in the order of the jobs. */
export async function runAll<Given extends { world: string }, Result extends { job: Given }>(list: readonly Given[], { jobs, results: file }: { jobs: string; results?: string }): Promise<Result[]> {
  const results = held<Result>(list, file)
  const done = new Set(results.map(({ job }) => JSON.stringify(job)))
  const [begun, queue] = [performance.now(), list.filter((job) => !done.has(JSON.stringify(job)))]
  if (done.size > 0) process.stderr.write(`${done.size} of ${list.length} shares were there already\n`)
  const lane = async (): Promise<void> => {
    if (queue.length === 0) return
    const own = worker()
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      const result = await own.run<Given, Result>(job)
      results.push(result)
      if (file !== undefined) appendFileSync(file, `${JSON.stringify(result)}\n`)
      process.stderr.write(`${results.length} of ${list.length} shares done, ${job.world}, ${Math.round((performance.now() - begun) / 1000)} s\n`)
    }
    own.end()
  }
  await Promise.all(Array.from({ length: Number(jobs) }, lane))
  const order = new Map(list.map((job, i) => [JSON.stringify(job), i]))
  return results.sort((a, b) => order.get(JSON.stringify(a.job))! - order.get(JSON.stringify(b.job))!)
}
