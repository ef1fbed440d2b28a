import { describe, expect, it } from 'vitest'
import { readWindows, type Window } from '../../../src/core/panes/window.ts'
import { layoutHash } from '../../../src/core/panes/layout-hash.ts'
import { MINUTE, paneOf, profileOf, sha256, spread, type PaneGiven } from '../decide/build.ts'

const profile = profileOf({ amount: spread(100) })
const layout = layoutHash(profile, sha256)
const pane = (nth: number, more: PaneGiven = {}) => paneOf(nth, { profile, features: { amount: spread(10) }, versions: { v1: { tp: 1, scores: [0.5] } }, ...more })

function read(panes: ReturnType<typeof pane>[], lengths: number[], endPane: number): Pick<Window, 'panes' | 'fromMs' | 'toMs' | 'leftOut'> & { n: number; labels: number }[] {
  const seen: unknown[] = []
  readWindows(panes, lengths, 10 * MINUTE, endPane * 10 * MINUTE, { policyHash: 'p1', version: 'v1', layout }, ({ panes: length, fromMs, toMs, leftOut, features, outcomes }) =>
    void seen.push({ panes: length, fromMs, toMs, leftOut, n: features.amount?.n ?? 0, labels: outcomes?.n ?? 0 }))
  return seen as never
}

describe('windows', () => {
  it('merge as many consecutive panes as they are long, ending with the newest', () => {
    expect(read([0, 1, 2, 3].map((nth) => pane(nth)), [1, 3], 4)).toEqual([
      { panes: 1, fromMs: 30 * MINUTE, toMs: 40 * MINUTE, leftOut: 0, n: 10, labels: 1 },
      { panes: 3, fromMs: 10 * MINUTE, toMs: 40 * MINUTE, leftOut: 0, n: 30, labels: 3 },
    ])
  })

  it('count a pane without data as empty, not as absent', () => {
    expect(read([0, 3].map((nth) => pane(nth)), [3], 4)).toMatchObject([{ n: 10, labels: 1 }])
  })

  it('leave out and count panes under another policy or on other bins', () => {
    const otherPolicy = pane(1, { policyHash: 'p0' })
    const otherBins = pane(2, { profile: profileOf({ amount: spread(100, 0, 9) }) })
    expect(read([otherPolicy, otherBins, pane(3)], [3], 4)).toMatchObject([{ n: 10, labels: 2, leftOut: 2 }])
  })

  it('leave the panes alone', () => {
    const panes = [0, 1, 2].map((nth) => pane(nth))
    const before = structuredClone(panes)
    read(panes, [1, 3], 3)
    expect(panes).toEqual(before)
  })
})
