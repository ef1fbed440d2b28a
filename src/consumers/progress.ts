/** Commits for lag tools: late, seldom and never in the way. */
import type { EdgeLog } from './edge-log.ts'

export interface CommittedOffset { topic: string; partition: number; offset: string }

/** Collects the newest offset of each partition and gives them to `commit` at most once in `everyMs`, and once more at `stop`. */
export function progressReporter(everyMs: number, log: EdgeLog, commit: (offsets: CommittedOffset[]) => Promise<void>) {
  let pending = new Map<string, CommittedOffset>()
  let timer: NodeJS.Timeout | undefined
  const flush = async (): Promise<void> => {
    timer = undefined
    const offsets = [...pending.values()]
    pending = new Map()
    if (offsets.length === 0) return
    await commit(offsets).catch((error: unknown) => log.debug({ err: error }, 'could not commit offsets for lag tools'))
  }
  return {
    report(topic: string, partition: number, offset: number): void {
      pending.set(`${topic}/${partition}`, { topic, partition, offset: String(offset) })
      timer ??= setTimeout(() => void flush(), everyMs).unref()
    },
    async stop(): Promise<void> {
      clearTimeout(timer)
      await flush()
    },
  }
}
