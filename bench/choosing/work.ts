/** One process that works shares off, one at a time, until its parent lets go of it. */
import { work, type Job, type JobResult } from './jobs.ts'

export interface Answer {
  result: JobResult
  /** CPU time of this process so far */
  cpuMicros: number
}

process.on('message', (job) => {
  const result = work(job as Job)
  const { user, system } = process.cpuUsage()
  process.send!({ result, cpuMicros: user + system } satisfies Answer)
})
process.on('disconnect', () => process.exit(0))
