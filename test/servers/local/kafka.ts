/** Apache Kafka on this machine's Java. */
import { execFile } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { answers } from '../answers.ts'
import { freePorts } from '../ports.ts'
import { brokerProperties, versions } from '../server.ts'
import type { KafkaOptions, TestServer } from '../server.ts'
import { cached, isCached } from './cache.ts'
import { classArchive, java, JAVA_FLAGS, maven } from './java.ts'
import { serverFolder, startLocal } from './process.ts'

const CACHE_NAME = `kafka-${versions.kafka}`
/** any 16 bytes in base64url do */
const CLUSTER_ID = 'c3Rld2FyZC10ZXN0LWtmaw'

export const isKafkaCached = (): boolean => isCached(CACHE_NAME)

/** The folder with Kafka's jars and all that they need. */
const kafkaJars = (): Promise<string> => cached(CACHE_NAME, async (folder) => {
  const pom = join(folder, 'pom.xml')
  await writeFile(pom, POM)
  await maven('copy-dependencies', ['-f', pom, '-DincludeScope=runtime', `-DoutputDirectory=${folder}`])
  await rm(pom)
})

const dependency = (group: string, artifact: string, version: string): string =>
  `<dependency><groupId>${group}</groupId><artifactId>${artifact}</artifactId><version>${version}</version></dependency>`
const POM = `<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
<groupId>steward.test</groupId><artifactId>broker</artifactId><version>1</version><packaging>pom</packaging>
<dependencies>${dependency('org.apache.kafka', 'kafka_2.13', versions.kafka)}${dependency('org.slf4j', 'slf4j-simple', '1.7.36')}</dependencies></project>`

export async function startKafka({ config = {} }: KafkaOptions = {}): Promise<TestServer> {
  const jars = await kafkaJars()
  const folder = await serverFolder('kafka')
  const [port, controllerPort] = await freePorts(2)
  const address = `127.0.0.1:${port}`
  const properties = join(folder, 'server.properties')
  await writeFile(properties, lines({
    ...brokerProperties,
    'controller.quorum.voters': `1@127.0.0.1:${controllerPort}`,
    'listeners': `PLAINTEXT://${address},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${address}`,
    'log.dirs': join(folder, 'data'),
    ...config,
  }))
  const archive = await classArchive(CACHE_NAME)
  const run = (level: string, ...rest: string[]) => [...JAVA_FLAGS, `-Dorg.slf4j.simpleLogger.defaultLogLevel=${level}`, '-cp', join(jars, '*'), ...rest]
  const format = run('error', 'kafka.tools.StorageTool', 'format', '-t', CLUSTER_ID, '-c', properties)
  const known = archive.flags.filter((flag) => flag.includes('SharedArchiveFile')) // this short run must not write the archive
  return startLocal({
    name: 'Kafka', address, folder, file: java(), cwd: folder,
    prepare: () => promisify(execFile)(java(), [...known, '-Xmx128m', ...format]),
    args: [...archive.flags, '-Xms96m', '-Xmx384m', ...run('warn', 'kafka.Kafka', properties)],
    answers: () => answers('kafka', address),
    stopped: archive.keep,
  })
}

const lines = (properties: Readonly<Record<string, unknown>>): string =>
  Object.entries(properties).map(([name, value]) => `${name}=${String(value)}\n`).join('')
