/** Java and Maven of this machine. */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rename, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { cacheFolder } from './cache.ts'

const run = promisify(execFile)
const JAVA_MAJOR_MIN = 17
const MAVEN_TIMEOUT_MS = 600_000
/** from 3.9 on, `unpack` does not read the artefact's own project file, whose parent not every mirror has */
const MAVEN_PLUGIN = 'org.apache.maven.plugins:maven-dependency-plugin:3.9.0'
/** short-lived small servers: start fast, take little memory */
export const JAVA_FLAGS = ['-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']

export const java = (): string => (process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java')

/** The full version of `java`, such as `17.0.15`; null when there is none. */
async function javaVersion(): Promise<string | null> {
  const { stderr } = await run(java(), ['-version']).catch(() => ({ stderr: '' }))
  return /version "([^"]+)"/.exec(stderr)?.[1] ?? null
}

export async function javaProblem(): Promise<string | null> {
  const version = await javaVersion()
  if (version !== null && Number.parseInt(version, 10) >= JAVA_MAJOR_MIN) return null
  return `install Java ${JAVA_MAJOR_MIN} or later (Debian: apt-get install openjdk-17-jre-headless); found ${version ?? 'none'}.`
}

export async function mavenProblem(): Promise<string | null> {
  return run('mvn', ['-version']).then(() => null, () => 'install Maven, which fetches the server once (Debian: apt-get install maven).')
}

/** Runs one goal of Maven's dependency plugin. */
export async function maven(goal: string, args: string[]): Promise<void> {
  const cwd = await mkdtemp(join(tmpdir(), 'steward-maven-')) // some goals leave marker files where they run
  try {
    await run('mvn', ['-B', '-q', '-ntp', `${MAVEN_PLUGIN}:${goal}`, ...args], { cwd, timeout: MAVEN_TIMEOUT_MS, maxBuffer: 1 << 26 })
  } catch (error) {
    const { stdout = '', message } = error as Error & { stdout?: string }
    throw new Error(`Maven could not fetch a test server (it needs Maven Central):\n${message}\n${stdout.slice(-2000)}`, { cause: error })
  } finally {
    await rm(cwd, { recursive: true })
  }
}

/**
 * Class-data sharing for `name`: JVM flags that use its archive of loaded classes, or, while there is none, that write one when
 * the server ends by itself. `keep` puts a written archive where the next start finds it. A server that is killed writes none.
 */
export async function classArchive(name: string): Promise<{ flags: string[]; keep(): Promise<void> }> {
  const archive = join(cacheFolder(), `${name}-classes-${await javaVersion()}.jsa`)
  if (existsSync(archive)) return { flags: [`-XX:SharedArchiveFile=${archive}`], keep: async () => {} }
  const written = `${archive}.unfinished-${process.pid}-${Math.random().toString(36).slice(2)}`
  const keep = async () => {
    if (existsSync(written)) await rename(written, archive)
  }
  return { flags: [`-XX:ArchiveClassesAtExit=${written}`], keep }
}
