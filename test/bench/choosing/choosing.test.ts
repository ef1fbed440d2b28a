import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from 'vitest'
import { contenders } from '../../../bench/choosing/contenders.ts'
import { changes, delayQuantile, delaysOf, lateDelaysOf, meanDelay, shareWithin } from '../../../bench/choosing/delays.ts'
import { detect } from '../../../bench/choosing/detection.ts'
import { gathered, jobsOf, work, type Results } from '../../../bench/choosing/jobs.ts'
import { checkpoints, labelCurves, labelsFor } from '../../../bench/choosing/label-counts.ts'
import { filledIn, plotsOf, sectionsOf } from '../../../bench/choosing/main.ts'
import { keyOf, measuresOf, powerOf, spokeShare, type Power } from '../../../bench/choosing/power.ts'
import { eDetector, ratioCusum } from '../../../bench/choosing/rivals.ts'
import { matchRunLength, runLength, runLengthOf } from '../../../bench/choosing/run-length.ts'
import type { Detector } from '../../../src/core/detectors/detector.ts'
import { resolveParams } from '../../../src/core/unit.ts'

const named = (name: string) => contenders.find((each) => each.name === name)!

describe('drift measures', () => {
  const rows = 500
  let [still, moved]: [Power, Power] = [{}, {}]
  beforeAll(() => {
    still = powerOf({ seed: 11, runs: 60, still: true, windows: [rows] })
    moved = powerOf({ seed: 11, runs: 6, still: false, windows: [100, rows] })
  })
  const share = (power: Power, world: string, measure: string, size = rows, kind: 'numeric' | 'categorical' = 'numeric'): number => spokeShare(power[keyOf(kind, world, measure, size)])

  it('pass their noise without change hardly more often than they promise', () => {
    const sigma = Math.sqrt((0.001 * 0.999) / 60)
    for (const kind of ['numeric', 'categorical'] as const) {
      const shares = measuresOf(kind).map(({ name }) => [name, share(still, 'no change', name, rows, kind)] as const)
      expect(shares.length).toBeGreaterThan(7)
      for (const [name, found] of shares) expect(found, name).toBeLessThan(0.001 + 4 * sigma)
    }
  })

  it('see a shift the more often the larger it is, and the more rows there are', () => {
    const psi = ['shift .25 σ', 'shift .5 σ', 'shift 1 σ'].map((world) => share(moved, world, 'psi'))
    expect(psi[0]).toBeLessThanOrEqual(psi[1])
    expect(psi[1]).toBeLessThanOrEqual(psi[2])
    expect(psi[2]).toBe(1)
    expect(share(moved, 'shift .5 σ', 'ks', 100)).toBeLessThanOrEqual(share(moved, 'shift .5 σ', 'ks'))
    expect(share(moved, 'shift .25 σ', 'psi', 100)).toBeLessThan(psi[2])
  })

  it('see what they are there for, where others are blind', () => {
    expect(share(moved, 'wrong unit', 'out-of-range')).toBe(1)
    expect(share(moved, 'wrong unit', 'ks')).toBe(0)
    expect(share(moved, 'missing burst', 'missing')).toBe(1)
    expect(share(moved, 'missing burst', 'psi')).toBeLessThan(0.5)
    expect(share(moved, 'new name', 'unseen', rows, 'categorical')).toBe(1)
  })

  it('never pass the level of a budget more often than that of one comparison', () => {
    for (const [key, counts] of Object.entries(moved)) expect(counts.beyondBudget, key).toBeLessThanOrEqual(counts.warnings + counts.alarms)
    expect(Object.values(moved).reduce((sum, { beyondBudget }) => sum + beyondBudget, 0)).toBeGreaterThan(0)
  })
})

describe('rivals', () => {
  it('the e-detector keeps its promised run length without simulation, told the rate', () => {
    const seen = runLength(eDetector as Detector, { before: 0.1, runLength: 200 }, 0.1, 100_000, 3)
    expect(seen.alarms).toBeGreaterThan(50)
    expect(runLengthOf(seen)).toBeGreaterThan(200 * (1 - 4 / Math.sqrt(seen.alarms)))
  })

  it('CUSUM adds up log-likelihood ratios from 0', () => {
    const params = resolveParams(ratioCusum, { before: 0.1, rise: 0.1, threshold: 1.3 })
    const state = ratioCusum.init(params)
    const sums = [1, 0, 0, 0, 0, 0, 0, 1, 1].map((value) => {
      ratioCusum.update(state, value, params)
      return state.sums[0]
    })
    const [up, down] = [Math.log(2), Math.log(0.8 / 0.9)]
    expect(sums[0]).toBeCloseTo(up, 12)
    expect(sums[3]).toBeCloseTo(up + 3 * down, 12)
    expect(sums[6]).toBe(0)
    expect(sums[8]).toBeCloseTo(2 * up, 12)
    expect(state.alarmed).toBe(true)
  })

  it('learn the rate from their first labels where they are not told', () => {
    const params = resolveParams(eDetector, { learn: 100 })
    const state = eDetector.init(params)
    for (let i = 0; i < 100; i++) eDetector.update(state, Number(i % 5 === 0), params)
    expect(state.before).toBeCloseTo(20.5 / 101, 12)
    expect(eDetector.read(state, params).verdict).toBe('insufficient')
  })
})

describe('run lengths', () => {
  it.each(['page-hinkley', 'CUSUM, told both rates'])('of %s are matched by its dial', (name) => {
    const { detector, dial, given } = named(name)
    const found = matchRunLength(detector, dial, given(0.1, 0.26), 0.1, 500, 200_000, 5)
    expect(Math.abs(Math.log(found.runLength / 500))).toBeLessThan(Math.log(1.25))
  })
})

describe('delays', () => {
  const [flip, , , none] = changes
  it('of adwin are under 1,000 labels for a 20 % flip, and nothing is found where nothing changes', () => {
    const { detector } = named('adwin')
    const delays = delaysOf(detector, {}, 0.1, flip, 20, 1)
    expect(shareWithin(delays, 1_000)).toBe(1)
    expect(meanDelay(delays)).toBeGreaterThan(30)
    expect(delaysOf(detector, {}, 0.1, none, 20, 1)).toEqual({ found: [], missed: 20 })
  })

  it('grow where labels come late', () => {
    const { detector } = named('adwin')
    const prompt = delayQuantile(delaysOf(detector, {}, 0.1, flip, 20, 1), 0.5)!
    const { labels, hours } = lateDelaysOf(detector, {}, 0.1, 0.2, 20, 1)
    expect(delayQuantile(labels, 0.5)!).toBeGreaterThan(2 * prompt)
    expect(delayQuantile(labels, 0.5)! / delayQuantile(hours, 0.5)!).toBeGreaterThan(80)
    expect(delayQuantile(labels, 0.5)! / delayQuantile(hours, 0.5)!).toBeLessThan(120)
  })

  it('that were missed have no quantile, and count as the most there was in the mean', () => {
    expect(delayQuantile({ found: [10, 20], missed: 2 }, 0.5)).toBe(20)
    expect(delayQuantile({ found: [10, 20], missed: 2 }, 0.95)).toBeNull()
    expect(meanDelay({ found: [10, 20], missed: 2 })).toBe(5_007.5)
  })
})

describe('labels for a metric', () => {
  it('are read off between checkpoints, and only from where the interval stays narrow', () => {
    const widths = checkpoints.map((labels) => 1 / Math.sqrt(labels))
    expect(labelsFor(widths, 0.05)! / 400).toBeCloseTo(1, 2)
    expect(labelsFor(widths.map((width, i) => i === 30 ? 0.06 : width), 0.05)).toBeGreaterThan(checkpoints[30])
    expect(labelsFor(widths.map(() => null), 0.05)).toBeNull()
  })

  it('of recall .8 at one half of positives are about what the binomial law says', () => {
    const recall = labelCurves({ prevalence: 0.5, runs: 10, seed: 2 }).find(({ metric }) => metric === 'recall')!
    const wanted = 2 * (1.96 / 0.05) ** 2 * 0.8 * 0.2
    expect(Math.abs(labelsFor(recall.halfWidths, 0.05)! / wanted - 1)).toBeLessThan(0.15)
    expect(recall.held).toBeGreaterThan(0.8)
  })
})

describe('the page', () => {
  const page = readFileSync('docs/choosing.md', 'utf8')

  it('was written by a whole run of the bench, with its command and seed', () => {
    expect(page).toMatch(/<!-- written by the bench: run -->\n\n`npm run bench -- choosing --seed \d+` wrote this in [\d.]+ minutes/)
    for (const name of ['drift', 'detectors', 'late', 'labels']) {
      const [, held] = new RegExp(`<!-- written by the bench: ${name} -->\\n\\n([\\s\\S]*?)\\n\\n<!-- end -->`).exec(page)!
      expect(held).toContain('| --- |')
    }
  })

  it('shows every plot that the bench draws', () => {
    const shown = [...page.matchAll(/\]\(plots\/([\w.-]+)\)/g)].map(([, name]) => name)
    expect([...readdirSync('docs/plots')].sort()).toEqual([...shown].sort())
    for (const name of shown) expect(existsSync(`docs/plots/${name}`), name).toBe(true)
  })

  it('is refused where it has no place for a result', () => {
    expect(() => filledIn('# a page', { drift: 'x' })).toThrow("no place for results between '<!-- written by the bench: drift -->'")
    expect(filledIn('a <!-- written by the bench: drift -->old<!-- end --> b', { drift: 'new' })).toBe('a <!-- written by the bench: drift -->\n\nnew\n\n<!-- end --> b')
  })

  describe('of a tiny run', () => {
    let results: Results
    beforeAll(() => {
      const tiny = { stillRuns: 1, movedRuns: 1, rates: [0.1], detectorRuns: 4, runLengthLabels: 20_000, labelRuns: 3 }
      results = gathered(jobsOf(tiny, 1).map(work))
    }, 120_000)

    it('holds no number that is none', () => {
      const all = [...Object.values(sectionsOf(results)), ...Object.values(plotsOf(results))]
      for (const text of all) expect(text).not.toMatch(/NaN|undefined|Infinity|null/)
    })

    it('draws pictures whose tags close', () => {
      for (const [name, picture] of Object.entries(plotsOf(results))) {
        const open: string[] = []
        for (const [tag, end, word, single] of picture.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g)) {
          if (end === '/') expect(open.pop(), `${name}: ${tag}`).toBe(word)
          else if (single === '') open.push(word)
        }
        expect(open, name).toEqual([])
      }
    })

    it('replays from its seed', () => {
      const job = { name: 'ewma', rate: 0.1, runs: 4, labels: 20_000, seed: 9 }
      expect(detect(job)).toEqual(detect(job))
    })
  })
})
