import { describe, expect, it } from 'vitest'
import { detectionScore, noteAlarm, startEvaluation } from '../../../src/core/detectors/evaluate.ts'

const score = (alarms: number[], changes: number[], n = 1000) => {
  const evaluation = startEvaluation(changes)
  for (const alarm of alarms) noteAlarm(evaluation, alarm)
  return detectionScore(evaluation, n)
}

describe('alarms held against known change points', () => {
  it('count the first after each change as its detection and the others as false', () => {
    expect(score([50, 110, 130, 320], [100, 200, 300])).toEqual({ changes: 3, delays: [10, null, 20], delay: 15, missed: 1, falseAlarms: 2 })
  })

  it('have delay 0 when the first changed value alarms', () => expect(score([100], [100])).toMatchObject({ delay: 0, missed: 0, falseAlarms: 0 }))

  it('have no delay when everything was missed', () => expect(score([], [100])).toMatchObject({ delay: null, missed: 1, falseAlarms: 0 }))

  it('are all false when nothing changed', () => expect(score([1, 2], [])).toEqual({ changes: 0, delays: [], delay: null, missed: 0, falseAlarms: 2 }))

  it('need change points that ascend, and lie within the stream', () => {
    expect(() => startEvaluation([5, 5])).toThrow('change point 2 is 5')
    expect(() => startEvaluation([1.5])).toThrow('ascending')
    expect(() => score([], [1000])).toThrow('change point 1000 lies beyond the 1000 values given')
  })
})
