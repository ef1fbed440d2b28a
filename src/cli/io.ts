/** Where a command's text comes from and goes to: the process, or a test. */
import { styleText } from 'node:util'

export interface Io {
  /** data: what a pipe receives. Resolves when the reader keeps up. */
  out(text: string): Promise<void>
  /** everything said to a person beside the data */
  err(text: string): void
  stdin: AsyncIterable<Uint8Array | string>
  env: Readonly<Record<string, string | undefined>>
  outIsTerminal: boolean
  errIsTerminal: boolean
  /** Asks to be told of the first SIGINT or SIGTERM; the second ends the process. Without a call a signal ends it at once. */
  interrupted(): AbortSignal
}

export type Style = Parameters<typeof styleText>[0]
export type Paint = (style: Style, text: string) => string

/** Colours for a terminal, unless NO_COLOR asks for none. */
export function paintFor(io: Io, stream: 'out' | 'err' = 'out'): Paint {
  const terminal = stream === 'out' ? io.outIsTerminal : io.errIsTerminal
  const coloured = terminal && !io.env.NO_COLOR && io.env.TERM !== 'dumb'
  // the stream was judged above; newer Node would judge standard output again, whichever stream this is for
  return (style, text) => coloured ? styleText(style, text, { validateStream: false }) : text
}

export function processIo(): Io {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  return {
    out: (text) => process.stdout.write(text) ? Promise.resolve() : new Promise((resolve) => process.stdout.once('drain', resolve)),
    err: (text) => void process.stderr.write(text),
    stdin: process.stdin,
    env: process.env,
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    interrupted: once(onSignals),
  }
}

function onSignals(): AbortSignal {
  const controller = new AbortController()
  const stop = () => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

function once<T>(make: () => T): () => T {
  let made: { value: T } | null = null
  return () => (made ??= { value: make() }).value
}
