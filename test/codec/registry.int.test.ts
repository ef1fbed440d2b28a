import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, it } from 'vitest'
import { createDecoder } from '../../src/codec/decoder.ts'
import { createEncoder } from '../../src/codec/encoder.ts'
import { createRegistry } from '../../src/codec/registry.ts'
import { createSchemaSource } from '../../src/codec/schemas.ts'
import { startRegistry, testServers, uniqueName } from '../servers/index.ts'
import { framed, raw, written } from './helpers.ts'

const prediction = { inferenceId: 'i', model: 'm', version: 'v', predictedAt: 5, score: 0.5 }
const fields = (types: Record<string, unknown>) => Object.entries(types).map(([name, type]) => ({ name, type }))
const schemaOf = (name: string, more: Record<string, unknown> = {}) => ({
  type: 'record', name, fields: fields({ inferenceId: 'string', model: 'string', version: 'string', predictedAt: 'long', score: 'double', ...more }),
})

describe('a real schema registry', () => {
  it('gives a schema one id, and the schema for the id', async () => {
    const registry = createRegistry({ url: testServers().registry })
    const subject = `${uniqueName('predictions')}-value`
    const id = await registry.register(subject, schemaOf('P'))
    expect(await registry.register(subject, schemaOf('P'))).toBe(id)
    const decoder = createDecoder({ schemas: await createSchemaSource({ registry }) })
    const record = written(id, schemaOf('P'), prediction)
    expect(decoder.decode('predictions', record)).toEqual({ ok: 'pending' })
    await decoder.prepare('predictions', record)
    expect(decoder.decode('predictions', record)).toMatchObject({ ok: true, record: { inferenceId: 'i', score: 0.5 } })
  })

  it('knows nothing of an id that nobody registered', async () => {
    const decoder = createDecoder({ schemas: await createSchemaSource({ registry: createRegistry({ url: testServers().registry }) }) })
    const record = raw(framed(2_000_000_000, Buffer.alloc(4)))
    await decoder.prepare('predictions', record)
    expect(decoder.decode('predictions', record)).toMatchObject({ ok: false, code: 'UNKNOWN_SCHEMA' })
  })

  it('refuses a schema that the subject is not compatible with', async () => {
    const { registry: url } = testServers()
    const registry = createRegistry({ url })
    const subject = `${uniqueName('predictions')}-value`
    await fetch(`${url}/config/${subject}`, { method: 'PUT', headers: { 'content-type': 'application/json' }, body: '{"compatibility":"BACKWARD"}' })
    await registry.register(subject, schemaOf('P'))
    await expect(registry.register(subject, schemaOf('P', { must: 'string' })))
      .rejects.toMatchObject({ code: 'SCHEMA_INCOMPATIBLE', policy: 'stop', message: expect.stringContaining(subject) as string })
  })

  it('takes all of our schemas and gives back what they wrote', async () => {
    const registry = createRegistry({ url: testServers().registry })
    const topic = uniqueName('commands')
    const encoder = await createEncoder({ registry, roles: ['commands', 'decisions', 'candidates', 'profiles'], topics: { commands: topic } })
    const command = { kind: 'command', commandId: 'c', model: 'm', issuedAt: 5, issuer: 'me', command: 'rollback', version: null, reason: 'bad' }
    const record = raw(encoder.encodeInput('commands', command).value)
    const decoder = createDecoder({ schemas: await createSchemaSource({ registry }) })
    await decoder.prepare('commands', record)
    expect(decoder.decode('commands', record)).toEqual({ ok: true, record: command })
  })

  it('resolves the schemas that a schema refers to', async () => {
    const { registry: url } = testServers()
    const referred = `${uniqueName('user')}-value`
    const registry = createRegistry({ url })
    const user = { type: 'record', name: 'User', namespace: 'shop', fields: fields({ id: 'string' }) }
    await registry.register(referred, user)
    const outer = { type: 'record', name: 'Scored', namespace: 'shop', fields: fields({ user: 'shop.User', model: 'string', version: 'string', predictedAt: 'long', score: 'double' }) }
    const response = await fetch(`${url}/subjects/${uniqueName('scored')}-value/versions`, {
      method: 'POST', headers: { 'content-type': 'application/vnd.schemaregistry.v1+json' },
      body: JSON.stringify({ schema: JSON.stringify(outer), schemaType: 'AVRO', references: [{ name: 'shop.User', subject: referred, version: 1 }] }),
    })
    const { id } = await response.json() as { id: number }
    const decoder = createDecoder({ schemas: await createSchemaSource({ registry }), mappings: { predictions: { id: 'user.id' } } })
    const inline = { ...outer, fields: outer.fields.map((field) => (field.name === 'user' ? { ...field, type: user } : field)) }
    const record = written(id, inline, { ...prediction, user: { id: 'u1' } })
    await decoder.prepare('predictions', record)
    expect(decoder.decode('predictions', record)).toMatchObject({ ok: true, record: { inferenceId: 'u1' } })
  })

  it('is waited for while it is down, and found again', async () => {
    const server = await startRegistry()
    try {
      const registry = createRegistry({ url: server.address, timeoutMs: 5000 })
      const id = await registry.register('p-value', schemaOf('P'))
      const schemas = await createSchemaSource({ registry })
      await server.kill()
      await expect(schemas.load(id)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE', policy: 'retry' })
      expect(schemas.get(id)).toBeUndefined()
      await server.restart()
      await schemas.load(id)
      expect(schemas.get(id)).toMatchObject({ format: 'avro' })
    } finally {
      await server.stop()
    }
  })
})

describe('a registry that misbehaves', () => {
  it('is told apart from one that does not know: an error page, another program, silence', async () => {
    const answers = [(): [number, string] => [500, '<html>'], (): [number, string] => [200, 'not json'], () => null]
    let turn = 0
    const server = createServer((_request, response) => {
      const answer = answers[turn++]()
      if (answer !== null) response.writeHead(answer[0]).end(answer[1])
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const registry = createRegistry({ url: `http://user:secret@127.0.0.1:${(server.address() as AddressInfo).port}`, timeoutMs: 200 })
    for (const what of [/answered 500/, /cannot be used/, /within 200 ms/]) {
      const error = await registry.schema(1).catch((caught: unknown) => caught as Error)
      expect(error).toMatchObject({ code: 'REGISTRY_UNAVAILABLE', message: expect.stringMatching(what) as string })
      expect((error as Error).message).not.toContain('secret')
    }
    server.closeAllConnections()
    server.close()
  })

  it('is a configuration error when its address is none', () => {
    expect(() => createRegistry({ url: 'localhost' })).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }) as Error)
  })
})
