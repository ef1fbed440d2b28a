import { expect, test } from 'vitest'
import type { Io } from '../../src/cli/io.ts'
import { lineReporter, progressText } from '../../src/cli/progress.ts'

test('progress without a terminal is a line at once, then at most one every five seconds, and one a phase', () => {
  const lines: string[] = []
  let nowMs = 0
  const reporter = lineReporter({ err: (text: string) => void lines.push(text) } as Io, () => nowMs)
  for (let done = 0; done <= 12; done++) {
    nowMs = done * 1000
    reporter.report({ phase: done < 11 ? 'reading' : 'closing', done, total: 12 })
  }
  reporter.stop()
  expect(lines).toEqual(['reading: 0 of 12 (0 %)\n', 'reading: 5 of 12 (41 %)\n', 'reading: 10 of 12 (83 %)\n', 'closing: 11 of 12 (91 %)\n'])
})

test('progress of unknown length is a count', () => {
  expect(progressText({ phase: 'reading', done: 12_345, total: null })).toBe('reading: 12,345')
  expect(progressText({ phase: 'reading', done: 0, total: 0 })).toBe('reading: 0 of 0 (100 %)')
})

test('a share is not a percent less for how numbers are held', () => {
  expect(progressText({ phase: 'reading', done: 58, total: 100 })).toBe('reading: 58 of 100 (58 %)')
})
