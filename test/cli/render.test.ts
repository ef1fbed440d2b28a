import { expect, test } from 'vitest'
import { numberText, tableText, timeText } from '../../src/cli/render.ts'

const plain = (_style: unknown, text: string): string => text

test('numbers keep four significant digits, whole ones all', () => {
  expect([0.123456, 1234567, 1234.567, 0, null, -0.00012345].map(numberText)).toEqual(['0.1235', '1234567', '1235', '0', '–', '-0.0001234'])
})

test('times are to the minute and UTC', () => {
  expect(timeText(Date.UTC(2026, 0, 2, 3, 4, 59))).toBe('2026-01-02 03:04Z')
})

test('a table lines numbers up at the right, text at the left, and ends lines without spaces', () => {
  expect(tableText(['name', 'n'], [['a', 1], ['long name', 1000]], plain)).toBe('name          n\na             1\nlong name  1000\n')
  expect(tableText(['n', 'text'], [[1, 'x']], plain)).toBe('n  text\n1  x\n')
  expect(tableText(['name'], [], plain)).toBe('name\n')
})
