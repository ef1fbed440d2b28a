import { describe, expect, test } from 'vitest'
import { parseDuration, parseShare, parseSize, shown } from '../../src/config/quantities.ts'

describe('durations', () => {
  test.each([
    ['250ms', 250], ['5s', 5000], ['10m', 600_000], ['1.5h', 5_400_000], ['7d', 604_800_000], ['2w', 1_209_600_000], ['10y', 315_576_000_000], ['0s', 0], [0, 0], [' 10 m ', 600_000],
  ])('%s is %d milliseconds', (text, ms) => {
    expect(parseDuration(text)).toBe(ms)
  })

  test.each([10, '10', '10min', '10M', '-5s', '1e3s', '', 's', null, true, {}, '1h30m', '999999999999w'])('refuses %j with an example of what to write', (value) => {
    expect(parseDuration(value)).toMatchObject({ problem: expect.stringContaining('10m') as unknown })
  })
})

describe('sizes', () => {
  test.each([['512KiB', 524_288], ['1.5MiB', 1_572_864], ['2GB', 2e9], ['100B', 100], ['1kB', 1000]])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes)
  })

  test.each([512, '512', '512kb', '512 kibibytes', null])('refuses %j', (value) => {
    expect(parseSize(value)).toMatchObject({ problem: expect.stringContaining('512KiB') as unknown })
  })
})

describe('shares', () => {
  test.each([['1%', 0.01], ['2.5%', 0.025], ['100%', 1], [0.05, 0.05], [0, 0], ['29%', 0.29], ['7%', 0.07]])('%s is %d', (text, share) => {
    expect(parseShare(text)).toBe(share)
  })

  test.each(['101%', 1.5, -0.1, '0.05', '%', NaN, null])('refuses %j', (value) => {
    expect(parseShare(value)).toMatchObject({ problem: expect.stringContaining('5%') as unknown })
  })
})

test('a value in a message is cut to a line', () => {
  expect(shown('x'.repeat(500))).toHaveLength(60)
  expect(shown(undefined)).toBe('nothing')
})
