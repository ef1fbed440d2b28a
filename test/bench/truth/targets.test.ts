import { describe, expect, it } from 'vitest'
import { newTally } from '../../../bench/truth/common.ts'
import { flipBound } from '../../../bench/truth/flips-report.ts'
import { flipJobs } from '../../../bench/truth/flips.ts'
import { missedTargets, targetsOf, targetTable } from '../../../bench/truth/targets.ts'
import { budgets, type JobResult } from '../../../bench/truth/work.ts'

const rival = () => ({ months: 0, alarms: 0, namedAfter: [] })
const result = (world: string, months: number, requests: readonly number[], warnedAfter: (number | null)[] = []): JobResult => ({
  job: { world, isDrift: warnedAfter.length > 0, seeds: [1] }, cpuSeconds: 1, rivals: { naive: rival(), cusum: rival(), eDetector: rival() },
  tallies: budgets.map((_, i) => ({ ...newTally(), months, requests: requests[i], warnedAfter })),
})

describe('targets of the truth bench', () => {
  it('are met where nothing is asked for', () => {
    const targets = targetsOf([result('gaussian', 300, [0, 0, 0]), result('thin', 300, [0, 0, 0])])
    expect(missedTargets(targets)).toEqual([])
    expect(targetTable(targets)).toContain('none in 2 worlds')
  })

  it('name the world and the count where one is missed', () => {
    const missed = missedTargets(targetsOf([result('gaussian', 300, [0, 0, 0]), result('slow-shocks', 300, [200, 70, 20])]))
    expect(missed).toHaveLength(3)
    expect(missed[0]).toContain('70 in slow-shocks, where 30 are allowed')
    expect(missed[1]).toContain('20 in slow-shocks, where 6 are allowed')
    expect(missed[2]).toContain('20 in 600 months')
  })

  it('take few months for what they are: one request of a year in six months may be chance, four may not', () => {
    const at1y = (requests: number) => targetsOf([result('gaussian', 6, [requests, requests, 0])])[1].isMet
    expect(at1y(1)).toBe(true)
    expect(at1y(4)).toBe(false)
  })

  it('want a shift named soon in nineteen runs of twenty', () => {
    const named = (late: number) => targetsOf([result('shift', 20, [0, 0, 0], Array.from({ length: 20 }, (_, i) => (i < late ? 11 : 1)))])[0].isMet
    expect([named(0), named(1), named(2)]).toEqual([true, true, false])
  })

  it('want a flip found within a thousand labels', () => {
    const [job] = flipJobs(20, 1, [0.05])
    const found = (labels: (number | null)[]) => targetsOf([], [{ job, cpuSeconds: 1, tallies: [{ name: 'adwin', labels, hours: [], falseAlarms: 0, calmLabels: 1 }] }])[0].isMet
    expect([found([900, 1_000]), found([900, 1_001]), found([900, null])]).toEqual([true, false, false])
  })

  it("want a flip among many errors found within twice Lorden's bound in half of the runs", () => {
    const [job] = flipJobs(20, 1, [0.2])
    const bound = flipBound(0.2)
    const found = (...labels: (number | null)[]) => targetsOf([], [{ job, cpuSeconds: 1, tallies: [{ name: 'adwin', labels, hours: [], falseAlarms: 0, calmLabels: 1 }] }])[0]
    expect(found(bound, 1.9 * bound, null)).toMatchObject({ isMet: true, found: expect.stringMatching(/^1\.90 times/) as string })
    expect([found(bound, 2.1 * bound, null).isMet, found(bound, null, null).isMet]).toEqual([false, false])
    expect(found(1, null, null).found).toBe('not found in half of 3 runs')
  })

  it('want no false alarm of the default detector, but where labels of what is wrong come later than those of what is right', () => {
    const jobs = flipJobs(20, 1, [0.05])
    const calm = (form: string | undefined, falseAlarms: number) => targetsOf([], [{
      job: jobs.find(({ flip }) => flip.form === form && flip.isStationary)!, cpuSeconds: 1, tallies: [{ name: 'adwin', labels: [], hours: [], falseAlarms, calmLabels: 1e6 }],
    }])
    expect(calm('split', 0)).toMatchObject([{ found: '0 in 1.0 million labels', isMet: true }])
    expect([calm('split', 1)[0].isMet, calm(undefined, 1)[0].isMet]).toEqual([false, false])
    expect(calm('found-first', 1)).toEqual([])
  })

  it('want four diagnoses of five right, and count what is undetermined as neither', () => {
    const said = (diagnosis: string, count: number) => Array.from({ length: count }, () => ({ world: 'labels-flip', diagnosis, by: 'request' as const, afterPanes: 1 }))
    const of = (wrong: number, open: number) => targetsOf([], [], [...said('concept drift', 8), ...said('prior shift', wrong), ...said('undetermined', open)] as never)[0]
    expect([of(2, 9).isMet, of(3, 0).isMet]).toEqual([true, false])
  })
})
