import { describe, expect, test } from 'vitest'
import { cronProblem, nextCron } from '../../src/config/cron.ts'

const next = (expression: string, timezone: string, after: string): string => new Date(nextCron(expression, timezone, Date.parse(after))).toISOString()

/** The times a rule comes due in (after, until], one from the last. */
function all(expression: string, timezone: string, after: string, until: string): string[] {
  const times: string[] = []
  for (let at = nextCron(expression, timezone, Date.parse(after)); at <= Date.parse(until); at = nextCron(expression, timezone, at)) times.push(new Date(at).toISOString())
  return times
}

describe('nextCron', () => {
  test('gives the first match after the instant, never the instant itself', () => {
    expect(next('0 3 * * 1', 'UTC', '2026-11-23T02:59:59.999Z')).toBe('2026-11-23T03:00:00.000Z')
    expect(next('0 3 * * 1', 'UTC', '2026-11-23T03:00:00.000Z')).toBe('2026-11-30T03:00:00.000Z')
  })

  test('does not depend on the clock of the machine: the past and the future answer alike', () => {
    expect(next('0 3 * * *', 'UTC', '2001-01-01T03:00Z')).toBe('2001-01-02T03:00:00.000Z')
    expect(next('0 3 29 2 *', 'UTC', '2096-11-23T03:00Z')).toBe('2104-02-29T03:00:00.000Z')
  })

  test('keeps local time over both clock changes of a year', () => {
    expect(next('0 3 * * *', 'Europe/Berlin', '2026-03-27T12:00Z')).toBe('2026-03-28T02:00:00.000Z')
    expect(next('0 3 * * *', 'Europe/Berlin', '2026-03-28T12:00Z')).toBe('2026-03-29T01:00:00.000Z')
    expect(next('0 3 * * *', 'Europe/Berlin', '2026-10-24T12:00Z')).toBe('2026-10-25T02:00:00.000Z')
  })

  test('moves a local time that the spring change skips to the first moment after the gap', () => {
    expect(all('30 2 * * *', 'Europe/Berlin', '2026-03-28T12:00Z', '2026-03-31T00:00Z')).toEqual(['2026-03-29T01:00:00.000Z', '2026-03-30T00:30:00.000Z'])
  })

  test('fires a fixed local time that comes twice in autumn once', () => {
    expect(all('30 2 * * *', 'Europe/Berlin', '2026-10-24T12:00Z', '2026-10-27T00:00Z')).toEqual(['2026-10-25T00:30:00.000Z', '2026-10-26T01:30:00.000Z'])
  })

  test('follows the clock through the doubled hour where minutes have a step', () => {
    expect(all('*/30 2 * * *', 'Europe/Berlin', '2026-10-24T23:00Z', '2026-10-25T12:00Z')).toEqual([
      '2026-10-25T00:00:00.000Z', '2026-10-25T00:30:00.000Z', '2026-10-25T01:00:00.000Z', '2026-10-25T01:30:00.000Z',
    ])
  })

  test('is NaN when the time never comes', () => {
    expect(nextCron('0 0 30 2 *', 'UTC', 0)).toBeNaN()
  })
})

describe('cronProblem', () => {
  test('is null for what can be used', () => {
    expect(cronProblem('0 3 * * 1', 'Europe/Berlin')).toBeNull()
    expect(cronProblem('*/15 8-18 * * MON-FRI', 'America/New_York')).toBeNull()
  })

  test.each([
    ['0 3 * 1', 'UTC', 'five fields'], ['0 0 3 * * 1', 'UTC', 'five fields'], ['0 25 * * *', 'UTC', 'hour'], ['0 3 * * 1', 'Europe/Berln', 'IANA'],
    ['0 0 30 2 *', 'UTC', 'never comes'], ['', 'UTC', 'five fields'],
  ])('refuses %j in %s', (expression, timezone, clause) => {
    expect(cronProblem(expression, timezone)).toContain(clause)
  })
})
