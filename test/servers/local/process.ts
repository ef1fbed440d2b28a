/** A server process that never outlives the process that started it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { TestServer } from '../server.ts'

const START_TIMEOUT_MS = 90_000
const STOP_TIMEOUT_MS = 20_000
const POLL_MS = 50

export interface LocalServer {
  name: string
  address: string
  /** for its data and log; removed in the end. From {@link serverFolder} */
  folder: string
  file: string
  args: string[]
  cwd?: string
  /** once, before the first start */
  prepare?(): Promise<unknown>
  answers(): Promise<boolean>
  /** after an orderly end, before the folder goes */
  stopped?(): Promise<void>
}

export const serverFolder = (name: string): Promise<string> => mkdtemp(join(tmpdir(), `steward-${name}-`))

/** Starts the server and waits until it answers. */
export async function startLocal(server: LocalServer): Promise<TestServer> {
  endWithTestRunner()
  const guard = startGuard(server.folder)
  let child: ChildProcess | undefined
  const start = async () => {
    child = launch(server)
    guard.watch(child.pid)
    await untilAnswers(server, child)
  }
  const end = async (signal: NodeJS.Signals) => {
    if (child !== undefined) await endProcess(child, signal)
    child = undefined
    guard.watch(undefined)
  }
  try {
    await server.prepare?.()
    await start()
  } catch (error) {
    await end('SIGKILL')
    await guard.release()
    throw error
  }
  return {
    address: server.address,
    get pid() { return child !== undefined && isUp(child) ? child.pid : undefined },
    kill: () => end('SIGKILL'),
    restart: async () => {
      await end('SIGKILL')
      await start()
    },
    stop: async () => {
      await end('SIGTERM')
      await server.stopped?.()
      await guard.release()
    },
  }
}

let endsWithTestRunner = false

/** A test worker whose runner was killed would go on with its tests, and its servers with it. */
function endWithTestRunner(): void {
  if (endsWithTestRunner) return
  endsWithTestRunner = true
  process.once('disconnect', () => process.exit(1))
}

/**
 * A shell in a session of its own that waits for our end of its pipe to close, as it does however we end, SIGKILL included;
 * then kills the process group it was told last and removes the folder.
 */
function startGuard(folder: string) {
  const script = 'trap "" INT TERM HUP; group=; while read -r line; do group=$line; done; [ -z "$group" ] || kill -s KILL -- "-$group"; rm -rf -- "$1"'
  const guard = spawn('/bin/sh', ['-c', script, 'guard', folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
  guard.unref()
  return {
    watch: (pid: number | undefined) => guard.stdin.write(`${pid ?? ''}\n`),
    release: async () => {
      const gone = once(guard, 'exit')
      guard.ref()
      guard.stdin.end()
      await gone
    },
  }
}

function launch({ folder, file, args, cwd }: LocalServer): ChildProcess {
  const log = openSync(join(folder, 'log'), 'a')
  // a group of its own, so that Ctrl-C reaches the test runner alone and it ends the server in order
  const child = spawn(file, args, { cwd, detached: true, stdio: ['ignore', log, log] })
  closeSync(log)
  child.unref()
  child.on('error', () => {}) // there is no pid then: untilAnswers says so
  return child
}

const isUp = (child: ChildProcess): boolean => child.pid !== undefined && child.exitCode === null && child.signalCode === null

async function untilAnswers({ name, address, folder, file, answers }: LocalServer, child: ChildProcess): Promise<void> {
  const deadline = performance.now() + START_TIMEOUT_MS
  while (isUp(child) && performance.now() < deadline) {
    if ((await answers()) && isUp(child)) return
    await sleep(POLL_MS)
  }
  const what = child.pid === undefined ? `could not be run (${file})` : isUp(child) ? `does not answer at ${address}` : 'ended at once'
  throw new Error(`The test server ${name} ${what}. The end of its log:\n${readFileSync(join(folder, 'log'), 'utf8').slice(-2000)}`)
}

/** Resolves when the process is gone; one that does not heed `signal` within 20 s is killed. */
async function endProcess(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (!isUp(child)) return
  const gone = once(child, 'exit')
  child.ref()
  child.kill(signal)
  const patience = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS)
  await gone
  clearTimeout(patience)
}
