/** Where a server comes from: the environment, Docker, this machine, or nowhere and loudly. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { answers } from './answers.ts'
import { localProblem } from './local/index.ts'
import type { ServerName } from './server.ts'

export type Engine = 'docker' | 'local'
export type Place = { from: 'environment'; address: string } | { from: Engine }

/** What the search looks at; tests give their own. */
export interface Probes {
  environment: Readonly<Record<string, string | undefined>>
  answers(name: ServerName, address: string): Promise<boolean>
  dockerAnswers(): Promise<boolean>
  /** null when this machine can run the server, else what is missing and how to get it */
  localProblem(name: ServerName): Promise<string | null>
}

export const addressVariables: Record<ServerName, string> = {
  kafka: 'STEWARD_TEST_KAFKA',
  redis: 'STEWARD_TEST_REDIS',
  registry: 'STEWARD_TEST_REGISTRY',
}

const DOCKER_PROBE = fileURLToPath(new URL('docker-probe.mjs', import.meta.url))
let dockerAnswered: Promise<boolean> | undefined

/** An engine may accept a connection and never answer, and an open connection keeps its process alive: so a process of its own. */
export const dockerAnswers = (timeoutMs = 3000): Promise<boolean> =>
  promisify(execFile)(process.execPath, [DOCKER_PROBE, String(timeoutMs)]).then(() => true, () => false)

const realProbes: Probes = {
  environment: process.env,
  answers,
  dockerAnswers: () => (dockerAnswered ??= dockerAnswers()),
  localProblem,
}

/**
 * Finds a place for one server. `own`: for one test alone, so an address in the environment does not count.
 * @throws Error with what was looked for and what to install, when there is no place
 */
export async function place(name: ServerName, { own = false, probes = realProbes }: { own?: boolean; probes?: Probes } = {}): Promise<Place> {
  const address = probes.environment[addressVariables[name]]
  if (address && !own) {
    if (await probes.answers(name, address)) return { from: 'environment', address }
    throw new Error(`${addressVariables[name]} is ${address}, but no ${name} answers there. Start it, or unset the variable to have one started.`)
  }
  const engine = probes.environment.STEWARD_TEST_ENGINE
  if (engine !== undefined && engine !== '' && engine !== 'docker' && engine !== 'local') {
    throw new Error(`STEWARD_TEST_ENGINE must be docker or local, not ${engine}.`)
  }
  if (engine !== 'local' && (await probes.dockerAnswers())) return { from: 'docker' }
  if (engine === 'docker') throw new Error('STEWARD_TEST_ENGINE is docker, but no Docker engine answered. Start it, or unset the variable.')
  const problem = await probes.localProblem(name)
  if (problem === null) return { from: 'local' }
  throw new Error(`No ${name} for the integration tests. Set ${addressVariables[name]} to the address of one, or start Docker, or: ${problem}`)
}
