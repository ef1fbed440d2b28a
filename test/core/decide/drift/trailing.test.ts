import { describe, expect, it } from 'vitest'
import type { ReferenceRead } from '../../../../src/core/decide/drift/reference.ts'
import { createParts } from '../../../../src/core/parts.ts'
import type { ModelPolicy } from '../../../../src/core/policy.ts'
import type { Reading } from '../../../../src/core/reading.ts'
import { decideTask, paneOf, policyOf, profileOf, spread } from '../build.ts'
import { throughBytes } from '../../plain-data.ts'

const profile = profileOf({ amount: spread(1_000) })
const policy = (reference: ModelPolicy['profile']['reference'], referencePanes = 4, windows = [1, 2]) =>
  policyOf({ profile: { reference, referencePanes }, time: { windows }, drift: { all: [{ unit: 'ks', params: {} }] } })
/** All panes hold the same values, moved by so much. */
const pane = (nth: number, by = 0) => paneOf(nth, { versions: { v1: { acted: 100 } }, features: { amount: spread(400, by, 1 + by) }, profile })
const panes = (from: number, to: number, by: (nth: number) => number = () => 0) => Array.from({ length: to - from }, (_, i) => pane(from + i, by(from + i)))
const watched = (given: ModelPolicy) => {
  const task = decideTask(given)
  task.profile(profile)
  return task
}
type Read = { readings: { reference: ReferenceRead; drift: { reference: string; features: { readings: { reading: Reading }[] }[] }[] } }
const seen = (task: ReturnType<typeof watched>) => (task.view() as unknown as Read).readings
const distance = (task: ReturnType<typeof watched>, window = 0) => seen(task).drift[window].features[0].readings[0].reading

describe('a rolling reference', () => {
  it('lets the profile stand in until enough panes have left the longest window, and says so', () => {
    const task = watched(policy('rolling')).send(...panes(0, 5, () => 0.5))
    expect(seen(task).reference).toEqual({ version: 'v1', n: 1_000, isProvisional: false, kind: 'frozen', waitsFor: { kind: 'rolling', panes: 3, wanted: 4 } })
    expect(distance(task)).toMatchObject({ verdict: 'alarm', nReference: 1_000 })
    task.send(pane(5, 0.5))
    expect(seen(task).reference).toEqual({ version: 'v1', n: 1_600, isProvisional: false, kind: 'rolling', waitsFor: null })
    expect(seen(task).drift[0].reference).toBe('rolling')
    expect(distance(task)).toMatchObject({ verdict: 'ok', nReference: 1_600 })
    expect(distance(task).value).toBeLessThan(0.005)
  })

  it('ends where the longest window begins, so that nothing is compared with itself', () => {
    const task = watched(policy('rolling')).send(...panes(0, 8), pane(8, 0.5), pane(9, 0.5))
    expect(distance(task, 1)).toMatchObject({ n: 800, nReference: 1_600 })
    expect(distance(task, 1).value).toBeCloseTo(0.5, 2)
  })

  it('sees a jump until it has taken it in, and no slow drift', () => {
    const jump = watched(policy('rolling')).send(...panes(0, 8), ...panes(8, 10, () => 0.5))
    expect(distance(jump).verdict).toBe('alarm')
    expect(distance(jump.send(...panes(10, 16, () => 0.5))).value).toBeLessThan(0.005)
    const slow = (nth: number) => nth * 0.01
    const crept = watched(policy('rolling')).send(...panes(0, 60, slow))
    expect(distance(crept).value).toBeLessThan(0.05)
    expect(distance(watched(policy('frozen')).send(...panes(0, 60, slow))).verdict).toBe('alarm')
  })

  it('is kept in a dozen blocks or so, however many panes it has, with up to a twelfth more panes than asked for', () => {
    const task = watched(policy('rolling', 48, [1])).send(...panes(0, 200))
    const { n } = seen(task).reference
    expect(n).toBeGreaterThanOrEqual(48 * 400)
    expect(n).toBeLessThanOrEqual(52 * 400)
    expect(task.parts.names('trailing/fraud/').length).toBeLessThanOrEqual(14)
  })

  it('starts afresh with a new version, and goes when the policy asks for it no more', () => {
    const task = watched(policy('rolling')).send(...panes(0, 8))
    task.profile({ ...profile, version: 'v2' })
    const other = (nth: number) => paneOf(nth, { versions: { v2: { acted: 100 } }, features: { amount: spread(400) }, profile })
    task.command({ kind: 'command', commandId: 'c', model: 'fraud', issuedAt: 0, issuer: 'ada', command: 'promote', version: 'v2', reason: 'r' }, 81 * 60_000)
    task.send(other(9), other(10), other(11))
    expect(seen(task).reference).toMatchObject({ version: 'v2', kind: 'frozen', waitsFor: { kind: 'rolling' } })
    task.policy({ ...policy('frozen'), hash: 'p2' }, 120 * 60_000, 120 * 60_000)
    task.send(other(12), other(13))
    expect(seen(task).reference).toMatchObject({ kind: 'frozen', waitsFor: null })
    expect(task.parts.names('trailing/')).toEqual([])
  })
})

describe('an expanding reference', () => {
  it('holds every pane that has left the longest window, and so remembers what was', () => {
    const task = watched(policy('expanding')).send(...panes(0, 20), ...panes(20, 30, () => 0.5))
    expect(seen(task).reference).toMatchObject({ kind: 'expanding', n: 28 * 400 })
    expect(distance(task).value).toBeCloseTo(0.5 * (20 / 28), 2)
    expect(task.parts.names('trailing/fraud/')).toHaveLength(1)
  })
})

describe('the state of a moving reference', () => {
  it.each(['rolling', 'expanding'] as const)('of kind %s goes through bytes between any two panes', (kind) => {
    const run = (between: (parts: ReturnType<typeof createParts>) => ReturnType<typeof createParts>) => {
      const task = watched(policy(kind, 13))
      let parts = task.parts
      for (const each of panes(0, 40, (nth) => Math.sin(nth))) {
        task.decide.pane(parts, structuredClone(each), each.endMs, task.emit)
        task.decide.broadcast(parts, { kind: 'broadcast', task: 0, streamTimeMs: each.endMs, atLogEnd: true, final: false }, each.endMs, task.emit)
        parts = between(parts)
      }
      return { state: new Map(parts.names('').map((name) => [name, parts.get(name)])), view: task.decide.view(parts, 'fraud') as Read }
    }
    const stored = run((parts) => createParts(new Map(parts.names('').map((name) => [name, throughBytes(parts.get(name))]))))
    expect(stored).toEqual(run((parts) => parts))
    expect(stored.view.readings.reference.kind).toBe(kind)
  })
})
