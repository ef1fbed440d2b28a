/** Progress of long work: a bar on a terminal, elsewhere a line now and then. Standard error only. */
import type { Io } from './io.ts'
import type { Progress } from './services.ts'

export interface ProgressReporter {
  report(progress: Progress): void
  /** clears the bar so that text can follow */
  stop(): void
}

const lineEveryMs = 5000

export async function progressReporter(io: Io): Promise<ProgressReporter> {
  return io.errIsTerminal ? barReporter() : lineReporter(io)
}

/** The first report is printed at once, later ones at most every five seconds; a new phase always. */
export function lineReporter(io: Io, nowMs: () => number = Date.now): ProgressReporter {
  let phase: string | null = null
  let printedMs = -Infinity
  return {
    report(progress) {
      if (progress.phase === phase && nowMs() - printedMs < lineEveryMs) return
      phase = progress.phase
      printedMs = nowMs()
      io.err(`${progressText(progress)}\n`)
    },
    stop: () => undefined,
  }
}

export function progressText({ phase, done, total }: Progress): string {
  if (total === null) return `${phase}: ${done.toLocaleString('en')}`
  const share = total === 0 ? 100 : Math.floor((100 * done) / total)
  return `${phase}: ${done.toLocaleString('en')} of ${total.toLocaleString('en')} (${share} %)`
}

async function barReporter(): Promise<ProgressReporter> {
  const { default: cliProgress } = await import('cli-progress')
  const bar = new cliProgress.SingleBar({
    format: '{phase} [{bar}] {percentage}% {value}/{total}', stream: process.stderr, clearOnComplete: true, hideCursor: true, etaBuffer: 50,
  })
  let running = false
  return {
    report({ phase, done, total }) {
      const known = total ?? Math.max(done, 1)
      if (!running) bar.start(known, done, { phase })
      running = true
      bar.setTotal(known)
      bar.update(done, { phase })
    },
    stop() {
      if (running) bar.stop()
      running = false
    },
  }
}
