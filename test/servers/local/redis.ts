/** Redis on this machine, installed with apt where there is none and that is possible. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { answers } from '../answers.ts'
import { freePorts } from '../ports.ts'
import { redisArguments } from '../server.ts'
import type { RedisOptions, TestServer } from '../server.ts'
import { serverFolder, startLocal } from './process.ts'

const run = promisify(execFile)
const works = (file: string): Promise<boolean> => run(file, ['--version']).then(() => true, () => false)

export async function redisProblem(): Promise<string | null> {
  if (await works('redis-server')) return null
  if (process.getuid?.() === 0 && (await works('apt-get'))) return null // startRedis installs it
  return 'install redis-server 7 or later and put it on PATH (Debian: apt-get install redis-server; it is done here when run as root).'
}

/** Waits for another apt; never asks; starts no service of its own. */
async function installRedis(): Promise<void> {
  console.log('test servers: no redis-server on PATH, installing it with apt')
  const apt = (...args: string[]) =>
    run('apt-get', ['-q', '-y', '-o', 'DPkg::Lock::Timeout=300', ...args], { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }, maxBuffer: 1 << 26 })
  await apt('update')
  await apt('install', '--no-install-recommends', 'redis-server')
}

export async function startRedis(options: RedisOptions = {}): Promise<TestServer> {
  if (!(await works('redis-server'))) await installRedis()
  const folder = await serverFolder('redis')
  const [port] = await freePorts(1)
  const address = `redis://127.0.0.1:${port}`
  return startLocal({
    name: 'Redis', address, folder, file: 'redis-server', cwd: folder,
    args: ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder, ...redisArguments(options)],
    answers: () => answers('redis', address),
  })
}
