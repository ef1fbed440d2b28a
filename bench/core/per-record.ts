import { pathToFileURL } from 'node:url'
import { Bench } from 'tinybench'

/** A named run over a batch of records; the batch is large enough to hide the timer. */
export interface Task {
  name: string
  records: number
  /** the entry of a family's table that it times; absent for other work */
  unit?: string
  run(): void
}

export interface Row {
  name: string
  /** median nanoseconds a record over the samples */
  nsPerRecord: number
  samples: number
}

/** Times each task and gives nanoseconds a record. */
export async function perRecord(tasks: readonly Task[]): Promise<Row[]> {
  const bench = new Bench({ time: 500, warmupTime: 200 })
  for (const { name, run } of tasks) bench.add(name, run)
  await bench.run()
  return bench.tasks.map((task, i) => {
    const { result } = task
    if (result.state !== 'completed') throw new Error(`benchmark '${task.name}' ended as ${result.state}`)
    return { name: task.name, nsPerRecord: Math.round((result.latency.p50 * 1e7) / tasks[i].records) / 10, samples: result.latency.samplesCount }
  })
}

/** Prints the rows when the file `url` is the one that was started. */
export async function whenStarted(url: string, tasks: readonly Task[]): Promise<void> {
  if (process.argv[1] !== undefined && pathToFileURL(process.argv[1]).href === url) console.table(await perRecord(tasks))
}
