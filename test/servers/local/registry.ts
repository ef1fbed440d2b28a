/** The Apicurio schema registry on this machine's Java, with its data in a file. */
import { join } from 'node:path'
import { answers } from '../answers.ts'
import { freePorts } from '../ports.ts'
import { REGISTRY_PATH, versions } from '../server.ts'
import type { TestServer } from '../server.ts'
import { cached, isCached } from './cache.ts'
import { classArchive, java, JAVA_FLAGS, maven } from './java.ts'
import { serverFolder, startLocal } from './process.ts'

const CACHE_NAME = `registry-${versions.registry}`

export const isRegistryCached = (): boolean => isCached(CACHE_NAME)

const registryProgram = (): Promise<string> => cached(CACHE_NAME, (folder) =>
  maven('unpack', [`-Dartifact=io.apicurio:apicurio-registry-app:${versions.registry}:tar.gz:all`, `-DoutputDirectory=${folder}`]))

export async function startRegistry(): Promise<TestServer> {
  const program = await registryProgram()
  const folder = await serverFolder('registry')
  const [port] = await freePorts(1)
  const address = `http://127.0.0.1:${port}${REGISTRY_PATH}`
  const archive = await classArchive(CACHE_NAME)
  const settings = {
    'quarkus.http.host': '127.0.0.1',
    'quarkus.http.port': port,
    'apicurio.datasource.url': `jdbc:h2:file:${join(folder, 'registry')};WRITE_DELAY=0`,
  }
  return startLocal({
    name: 'schema registry', address, folder, file: java(), cwd: program,
    args: [
      ...archive.flags, ...JAVA_FLAGS, '-Xmx256m', ...Object.entries(settings).map(([name, value]) => `-D${name}=${value}`),
      '-jar', `apicurio-registry-app-${versions.registry}-runner.jar`,
    ],
    answers: () => answers('registry', address),
    stopped: archive.keep,
  })
}
