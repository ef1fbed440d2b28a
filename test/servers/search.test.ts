import { createServer } from 'node:net'
import type { AddressInfo, Socket } from 'node:net'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { dockerAnswers, place } from './search.ts'
import type { Probes } from './search.ts'

/** A machine with nothing; tests add what they need. */
const bare = (has: Partial<Probes> = {}): Probes => ({
  environment: {},
  answers: async () => false,
  dockerAnswers: async () => false,
  localProblem: async (name) => `install ${name} by hand.`,
  ...has,
})
const docker = { dockerAnswers: async () => true }
const local = { localProblem: async () => null }
const given = { environment: { STEWARD_TEST_KAFKA: 'broker:9092' }, answers: async () => true }

describe('the search for a server', () => {
  it('takes the address in the environment before anything else', async () => {
    expect(await place('kafka', { probes: bare({ ...docker, ...local, ...given }) })).toEqual({ from: 'environment', address: 'broker:9092' })
  })

  it('does not look at Docker or the machine when an address is given', async () => {
    const probes = bare({ ...given, dockerAnswers: vi.fn(), localProblem: vi.fn() })
    await place('kafka', { probes })
    expect(probes.dockerAnswers).not.toHaveBeenCalled()
    expect(probes.localProblem).not.toHaveBeenCalled()
  })

  it('takes Docker before the machine', async () => {
    expect(await place('redis', { probes: bare({ ...docker, ...local }) })).toEqual({ from: 'docker' })
  })

  it('takes the machine when no engine answers', async () => {
    expect(await place('redis', { probes: bare(local) })).toEqual({ from: 'local' })
  })

  it('finds each server by itself', async () => {
    const probes = bare({ ...given, ...local })
    expect(await place('kafka', { probes })).toMatchObject({ from: 'environment' })
    expect(await place('registry', { probes })).toEqual({ from: 'local' })
  })

  it("never gives a server from the environment to a test that wants one of its own, which it may kill", async () => {
    expect(await place('kafka', { own: true, probes: bare({ ...given, ...local }) })).toEqual({ from: 'local' })
  })

  it('fails with the address when nothing answers there, rather than start another', async () => {
    const probes = bare({ ...given, answers: async () => false, ...docker })
    await expect(place('kafka', { probes })).rejects.toThrow('STEWARD_TEST_KAFKA is broker:9092, but no kafka answers there')
  })

  it.for(['kafka', 'redis', 'registry'] as const)('fails with what to install when there is no place for %s', async (name) => {
    await expect(place(name, { probes: bare() })).rejects.toThrow(
      new RegExp(`No ${name}.*STEWARD_TEST_${name.toUpperCase()}.*start Docker, or: install ${name} by hand`),
    )
  })

  it('uses the engine that is named, or fails', async () => {
    const named = (engine: string, has: Partial<Probes>) => place('redis', { probes: bare({ environment: { STEWARD_TEST_ENGINE: engine }, ...has }) })
    expect(await named('local', { ...docker, ...local })).toEqual({ from: 'local' })
    await expect(named('docker', local)).rejects.toThrow('no Docker engine answered')
    await expect(named('podman', local)).rejects.toThrow('must be docker or local, not podman')
  })
})

describe('the look for a container engine', () => {
  const close: (() => void)[] = []
  afterEach(() => {
    vi.unstubAllEnvs()
    for (const end of close.splice(0)) end()
  })

  it('gives up on one that takes the connection and never answers', async () => {
    const sockets: Socket[] = []
    const server = createServer((socket) => { sockets.push(socket) }).listen(0, '127.0.0.1')
    close.push(() => {
      for (const socket of sockets) socket.destroy()
      server.close()
    })
    await new Promise((resolve) => server.once('listening', resolve))
    vi.stubEnv('DOCKER_HOST', `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`)
    const started = performance.now()
    expect(await dockerAnswers(500)).toBe(false)
    expect(sockets.length).toBeGreaterThan(0)
    expect(performance.now() - started).toBeGreaterThan(500)
  })
})
