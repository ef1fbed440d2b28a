import { describe, expect, test } from 'vitest'
import { StewardError } from '../../src/errors.ts'
import { createLog, type LogFields, type LogLevel } from '../../src/telemetry/log.ts'

function logged(level: LogLevel, write: (log: ReturnType<typeof createLog>) => void): Record<string, unknown>[] {
  const lines: string[] = []
  write(createLog(level, { write: (line) => lines.push(line) }))
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>)
}

describe('the log', () => {
  test('writes one JSON object a line with level, time and fields', () => {
    const [line] = logged('info', (log) => log.info('epoch committed', { task: 'observe-0', epoch: 7 }))
    expect(line).toMatchObject({ level: 'info', msg: 'epoch committed', task: 'observe-0', epoch: 7 })
    expect(Date.parse(line.time as string)).not.toBeNaN()
  })

  test('leaves out what is below its level', () => {
    expect(logged('warn', (log) => { log.info('a'); log.debug('b'); log.warn('c') }).map((line) => line.msg)).toEqual(['c'])
    expect(logged('silent', (log) => log.error('a'))).toEqual([])
  })

  test('never writes an object, even one that was cast, and cuts long text', () => {
    const payload = { value: { card: '4111' }, bytes: Buffer.from('4111') } as unknown as LogFields
    const [line] = logged('info', (log) => log.with(payload).info('x', { long: 'y'.repeat(10_000) }))
    expect(JSON.stringify(line)).not.toContain('4111')
    expect(line.value).toBe('[not logged]')
    expect((line.long as string).length).toBeLessThan(600)
  })

  test('names the code and cause of an error, and its stack only at debug', () => {
    const error = new StewardError('STORE_UNAVAILABLE', 'no answer', { cause: new Error('ECONNREFUSED') })
    const [atInfo] = logged('info', (log) => log.error('commit failed', {}, error))
    expect(atInfo).toMatchObject({ code: 'STORE_UNAVAILABLE', policy: 'retry', error: 'no answer', cause: 'ECONNREFUSED' })
    expect(atInfo).not.toHaveProperty('stack')
    const [atDebug] = logged('debug', (log) => log.error('commit failed', {}, error))
    expect(atDebug.stack).toContain('StewardError')
  })

  test('keeps the fields of `with` on every line', () => {
    const lines = logged('info', (log) => {
      const task = log.with({ task: 'observe-1' })
      task.info('a')
      task.warn('b')
    })
    expect(lines.map((line) => line.task)).toEqual(['observe-1', 'observe-1'])
  })
})
