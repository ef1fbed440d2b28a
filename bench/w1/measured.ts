/** A process with what it cost, from its start to its end: user and system time of the kernel's count of ended children, and VmHWM. Linux only. */
import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'

export interface Measured {
  code: number | string
  stdout: string
  stderr: string
  cpuSeconds: number
  peakRssMiB: number
}

const TICKS_PER_SECOND = 100
const RSS_EVERY_MS = 100

/** Runs `node …args` to its end. Two that end within one turn of the event loop would be counted as one: the first of them is told the sum. */
export function measured(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Measured> {
  if (running++ === 0) counted = childrenSeconds()
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...env } })
  const end = () => void child.kill('SIGKILL')
  process.once('exit', end)
  let [stdout, stderr, peakRssMiB] = ['', '', 0]
  child.stdout.on('data', (chunk: Buffer) => { stdout += chunk.toString() })
  child.stderr.on('data', (chunk: Buffer) => { stderr += chunk.toString() })
  const watch = setInterval(() => { peakRssMiB = Math.max(peakRssMiB, peakRssOf(child.pid!)) }, RSS_EVERY_MS)
  let cpuSeconds = 0
  child.once('exit', () => {
    running--
    clearInterval(watch)
    process.off('exit', end)
    const total = childrenSeconds()
    cpuSeconds = total - counted
    counted = total
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve({ code: code ?? signal ?? 'gone', stdout, stderr, cpuSeconds, peakRssMiB }))
  })
}

/** User and system seconds of a process that runs. */
export function cpuSecondsOf(pid: number): number {
  const [user, system] = statOf(String(pid)).slice(11, 13)
  return (Number(user) + Number(system)) / TICKS_PER_SECOND
}

/** The fields of /proc/<pid>/stat from the third on: the second, a name, may hold anything. */
function statOf(pid: string): string[] {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return text.slice(text.lastIndexOf(')') + 2).split(' ')
}

function childrenSeconds(): number {
  const [user, system] = statOf('self').slice(13, 15)
  return (Number(user) + Number(system)) / TICKS_PER_SECOND
}

let counted = 0
let running = 0

function peakRssOf(pid: number): number {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024
  } catch {
    return 0
  }
}
