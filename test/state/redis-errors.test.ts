import { describe, expect, it } from 'vitest'
import { toStoreError } from '../../src/state/redis-errors.ts'

const reply = (message: string) => Object.assign(new Error(message), { name: 'ReplyError', command: { name: 'evalsha', args: ['payload'] } })
const translate = (error: unknown, problem: Error | null = null) => toStoreError(error, 'commit epoch 7 of observe-3', 'redis:6379', problem)

describe('toStoreError', () => {
  it.each([
    ["OOM command not allowed when used memory > 'maxmemory'.", 'raise maxmemory'],
    ['NOAUTH Authentication required.', 'set redis.password'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'correct redis.password'],
    ['NOPERM User steward has no permissions to run the evalsha command', 'lacks rights'],
    ['MISCONF Errors writing to the AOF file: No space left on device', 'disk'],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', 'Choose another redis.prefix'],
    ['ERR something new', 'answered "ERR something new"'],
    ['constructor is not one of our words', 'answered "constructor is'],
  ])('stops on "%s" and says what to do', (message, remedy) => {
    const error = translate(reply(message))
    expect(error).toMatchObject({ code: 'STORE_REFUSED', policy: 'stop', message: expect.stringContaining(remedy) })
    expect(error.message).toContain('Could not commit epoch 7 of observe-3')
  })

  it.each(['LOADING Redis is loading the dataset in memory', 'READONLY You can\'t write against a read only replica.', 'CLUSTERDOWN Hash slot not served', 'NOREPLICAS Not enough good replicas to write.'])(
    'retries on "%s"', (message) => {
      expect(translate(reply(message))).toMatchObject({ code: 'STORE_UNAVAILABLE', policy: 'retry' })
    })

  it('tells the trouble of the connection rather than what a command saw of it', () => {
    const closed = new Error('Connection is closed.')
    expect(translate(closed)).toMatchObject({ code: 'STORE_UNAVAILABLE', message: expect.stringContaining('Connection is closed.') })
    expect(translate(closed, new Error('connect ECONNREFUSED 10.0.0.1:6379')).message).toContain('ECONNREFUSED 10.0.0.1:6379')
    expect(translate(closed, reply('WRONGPASS invalid username-password pair'))).toMatchObject({ code: 'STORE_REFUSED' })
    const certificate = Object.assign(new Error('self-signed certificate'), { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })
    expect(translate(closed, certificate)).toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining('redis.caFile') })
  })

  it('believes an answer before an older trouble of the connection', () => {
    expect(translate(reply('OOM no room'), new Error('connect ETIMEDOUT'))).toMatchObject({ code: 'STORE_REFUSED', message: expect.stringContaining('OOM no room') })
  })

  it('opens an error that holds one for each address tried', () => {
    const both = new AggregateError([new Error('connect ECONNREFUSED ::1:6379'), new Error('connect ECONNREFUSED 127.0.0.1:6379')])
    expect(translate(new Error('Connection is closed.'), both).message).toContain('ECONNREFUSED ::1:6379')
  })

  it('keeps no argument of the command', () => {
    const error = translate(reply('OOM no room'))
    expect(JSON.stringify([error, error.cause])).not.toContain('payload')
  })

  it('leaves our own errors as they are', () => {
    const ours = translate(reply('OOM no room'))
    expect(translate(ours)).toBe(ours)
  })
})
