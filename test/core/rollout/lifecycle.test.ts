import { describe, expect, it } from 'vitest'
import { nextStage, transitions, type Stage } from '../../../src/core/rollout/lifecycle.ts'

describe('the lifecycle table', () => {
  it('gives each stage at most one way out for each happening', () => {
    const seen = transitions.flatMap(({ from, on }) => from.map((stage) => `${stage} ${on}`))
    expect(new Set(seen).size).toBe(seen.length)
  })

  it('reaches every stage but the first from somewhere', () => {
    const stages = new Set<Stage>(transitions.flatMap(({ from, to }) => [...from, to]))
    const reached = new Set<Stage>(transitions.map(({ to }) => to))
    expect([...stages].filter((stage) => !reached.has(stage))).toEqual(['observed'])
  })

  it('does not let an announcement bring back what was rolled back', () => {
    expect(nextStage('rolled-back', 'announced')).toBeNull()
  })

  it('lets a person promote from every stage but champion', () => {
    const stages = new Set<Stage>(transitions.flatMap(({ from, to }) => [...from, to]))
    expect([...stages].filter((stage) => nextStage(stage, 'promoted-by-person') !== 'champion')).toEqual(['champion'])
  })

  it('makes no champion of a candidate that did not pass', () => {
    for (const stage of ['announced', 'waiting', 'rejected', 'expired'] as const) expect(nextStage(stage, 'promoted')).toBeNull()
  })
})
