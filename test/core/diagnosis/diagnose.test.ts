import { describe, expect, it } from 'vitest'
import { diagnose, rows } from '../../../src/core/diagnosis/diagnose.ts'
import { isInputMoved } from '../../../src/core/diagnosis/signs.ts'
import type { DropEvidence, Evidence, InputEvidence } from '../../../src/core/diagnosis/evidence.ts'

/** A drop of a metric claimed at .8, give or take .01; .05 is tolerated. */
const dropOf = (drop: number, given: Partial<DropEvidence> = {}): DropEvidence =>
  ({ metric: 'recall', value: 0.8 - drop, against: 0.8, drop, interval: [drop - 0.01, drop + 0.01], tolerance: 0.05, labels: 2_000, ...given })
const calmInputs: InputEvidence = { moved: [], importanceShare: 0, shareMin: 0.05, isSevere: false, isScoreMoved: false, read: 20 }
const movedInputs: InputEvidence = { ...calmInputs, moved: ['amount', 'age'], importanceShare: 0.4 }
const rateOf = (share: number) => ({ positive: 1_000 * share, n: 1_000 })
const prevalence = (value: number) => [{ method: 'EM', reading: { value, n: 1_000, verdict: 'ok' as const, detail: { standardError: 0.01 } } }]

/** Everything measured, nothing wrong. */
const calm: Evidence = {
  rules: ['drift'], broken: [], volume: { jump: null }, arrival: { expected: 1_000, come: 990, error: 30, maturity: 0.95 },
  labelRate: { before: rateOf(0.2), now: rateOf(0.2), designEffect: 1 }, auc: dropOf(0, { metric: 'roc-auc' }), prevalence: prevalence(0.2),
  inputs: calmInputs, estimate: dropOf(0), estimateRefusal: null, realised: { ...dropOf(0), isMature: true }, since: null, detectors: { watched: ['adwin'], fired: [] },
}
const given = (part: Partial<Evidence>): Evidence => ({ ...calm, ...part })
const named = (part: Partial<Evidence>) => {
  const { name, advice } = diagnose(given(part))
  return [name, advice]
}

const slowLabels = { arrival: { expected: 1_000, come: 300, error: 30, maturity: 0.6 } }
const shifted = { labelRate: { before: rateOf(0.2), now: rateOf(0.4), designEffect: 1 }, prevalence: prevalence(0.39) }
const jump = { broken: [{ feature: 'amount', measure: 'missing', value: 0.5, jump: { atMs: 0, before: 0, after: 0.5 } }] }
const harmless = { inputs: movedInputs }
const harmful = { inputs: movedInputs, estimate: dropOf(0.08), realised: { ...dropOf(0.08), isMature: true } }
const concept = { realised: { ...dropOf(0.2), isMature: true }, detectors: { watched: ['adwin'], fired: ['adwin'] } }

describe('the diagnosis', () => {
  it('takes for harmless only what nothing else says is harmful: one metric may rise where errors do', () => {
    expect(diagnose(given({ ...harmless, detectors: { watched: ['adwin'], fired: ['adwin'] } })).considered.find(({ name }) => name === 'harmless covariate drift')).toEqual(
      { name: 'harmless covariate drift', outcome: 'ruled-out', text: 'adwin saw errors rise.' })
    expect(diagnose(given({ ...harmless, auc: dropOf(0.2, { metric: 'roc-auc' }) })).name).not.toBe('harmless covariate drift')
    expect(named({ ...harmless, auc: null })).toEqual(['harmless covariate drift', 'none'])
  })

  it('rules prior shift out where there are no classes', () => {
    const { considered } = diagnose(given({ rules: ['performance'], labelRate: null, prevalence: null, auc: null, positivesRefusal: 'a regression model has no positives', realised: null }))
    expect(considered.find(({ name }) => name === 'prior shift')).toMatchObject({ outcome: 'ruled-out', text: 'There is no label rate: a regression model has no positives.' })
  })

  it.each([
    ['pipeline fault', 'fix-data', jump],
    ['pipeline fault', 'fix-data', { volume: { jump: { atMs: 0, before: 500, after: 100 } } }],
    ['label delay', 'wait', slowLabels],
    ['prior shift', 'recalibrate', shifted],
    ['harmless covariate drift', 'none', harmless],
    ['harmful covariate drift', 'fine-tune', harmful],
    ['harmful covariate drift', 'full', { ...harmful, estimate: dropOf(0.2), realised: { ...dropOf(0.2), isMature: true } }],
    ['concept drift', 'full', concept],
    ['undetermined', 'review', { rules: ['drift'], inputs: { ...calmInputs, isScoreMoved: true }, estimate: null, realised: null }],
  ])('is %s, advice %s, when its row fits', (name, advice, part) => {
    expect(named(part as Partial<Evidence>)).toEqual([name, advice])
  })

  it('takes the first row that fits, in the order of the table', () => {
    const parts = [jump, slowLabels, shifted, harmless, concept] as Partial<Evidence>[]
    const together = (from: number) => named(Object.assign({}, ...[...parts.slice(from)].reverse()) as Partial<Evidence>)[0]
    expect([0, 1, 2].map(together)).toEqual(['pipeline fault', 'label delay', 'prior shift'])
    expect(rows.map(({ name }) => name)).toEqual([
      'pipeline fault', 'label delay', 'prior shift', 'harmless covariate drift', 'harmful covariate drift', 'concept drift',
    ])
  })

  it('says of every row before it why it was ruled out, in words', () => {
    const { text, considered } = diagnose(given(concept))
    expect(considered.map(({ outcome }) => outcome)).toEqual(['ruled-out', 'ruled-out', 'ruled-out', 'ruled-out', 'ruled-out', 'named'])
    expect(text).toBe('Recall on mature labels is 0.6 where 0.8 was estimated without them. adwin saw errors rise.')
    expect(considered[1].text).toBe('Labels come as they did: 990 labels of recent predictions have come where 1000 were due. Cohorts are mature: 94.05% of the labels of recent predictions are in.')
  })

  it('names nothing on what was not measured, and says what was not', () => {
    const { name, advice, text, considered } = diagnose(given({ ...harmless, estimate: null, estimateRefusal: 'nobody tried' }))
    expect([name, advice]).toEqual(['undetermined', 'review'])
    expect(considered[3]).toEqual({ name: 'harmless covariate drift', outcome: 'open', text: 'Performance is not estimated without labels (CBPE): nobody tried.' })
    expect(text).toBe('No row of the table fits: a person should look. Left open: harmless covariate drift.')
  })

  it('says what scores promise while labels are awaited, and names nothing by that alone', () => {
    const awaiting = { inputs: movedInputs, realised: null }
    expect(diagnose(given({ ...awaiting, estimate: dropOf(0.2, { labels: 0 }) }))).toMatchObject({
      name: 'undetermined', text: 'No row of the table fits: a person should look. Recall as estimated without labels is 0.6, held against 0.8: it fell. Left open: harmful covariate drift.',
    })
    expect(diagnose(given({ ...awaiting, estimate: dropOf(0, { labels: 0 }) })).text).toContain('it holds. Left open: harmless covariate drift.')
  })

  it('says of a metric where less is better that it got worse, not that it fell, and counts expected cases in whole digits', () => {
    const estimate = { ...dropOf(0.2, { labels: 37.33221175086794 }), metric: 'log-loss', value: 0.9, against: 0.7 }
    const { text } = diagnose(given({ inputs: movedInputs, realised: null, estimate }))
    expect(text).toContain('Log-loss as estimated without labels is 0.9 over 37.33 predictions, held against 0.7: it got worse.')
  })

  const since = (labelledShare: number, drop = 0) => ({ since: { labelledShare, estimate: dropOf(drop, { labels: 0 }), estimateRefusal: null } })

  it('takes labels of predictions made before inputs moved for no word on what moved', () => {
    const { name, considered, text } = diagnose(given({ ...harmless, ...since(0.2) }))
    expect(name).toBe('undetermined')
    expect(considered[3].text).toBe('Recall on labels is 0.8 over 2000 labels, held against 0.8: it holds. But only 20% of these predictions were made since the drift was seen.')
    expect(text).toContain('Recall as estimated without labels is 0.8, held against 0.8: it holds.')
    expect(named({ ...harmless, ...since(0.6) })).toEqual(['harmless covariate drift', 'none'])
  })

  it('is harmful by scores and not by labels that lag: that stays open', () => {
    const { name, considered } = diagnose(given({ ...harmless, ...since(0.2, 0.2) }))
    expect(name).toBe('undetermined')
    expect(considered.slice(3, 5).map(({ outcome }) => outcome)).toEqual(['ruled-out', 'open'])
  })

  it('is not harmless where the newest predictions fell short since those that have labels', () => {
    expect(diagnose(given({ ...harmless, ...since(0.8, 0.2) })).considered[3].outcome).toBe('ruled-out')
  })

  it('is not harmless by labels that are not all in', () => {
    expect(diagnose(given({ ...harmless, realised: { ...dropOf(0), isMature: false } })).considered[3]).toMatchObject({ outcome: 'open', text: expect.stringContaining('But not all labels are in.') as string })
    expect(diagnose(given({ ...harmless, realised: { ...dropOf(0), isMature: null } })).considered[3].outcome).toBe('open')
  })

  it('of nothing measured is undetermined, and every row is open', () => {
    const nothing: Evidence = {
      rules: ['drift'], broken: null, volume: null, arrival: null, labelRate: null, auc: null, prevalence: null, inputs: null, estimate: null, estimateRefusal: null, realised: null,
      since: null, detectors: null,
    }
    const { name, considered } = diagnose(nothing)
    expect(name).toBe('undetermined')
    expect(considered.map(({ outcome }) => outcome)).toEqual(Array(6).fill('open'))
    expect(considered.every(({ text }) => text !== '')).toBe(true)
  })
})

describe('a prior shift', () => {
  it('that no label can show is open for that reason, not for want of labels', () => {
    const refused = { labelRate: null, auc: null, prevalence: null, positivesRefusal: 'a multiclass model has no positives' }
    const row = diagnose(given(refused)).considered.find(({ name }) => name === 'prior shift')!
    expect(row.outcome).toBe('open')
    expect(row.text).toContain('The label rate is not measured: a multiclass model has no positives.')
    expect(row.text).not.toContain('too few')
  })
})

describe('a pipeline fault', () => {
  it('is a jump: values that go missing more and more are not', () => {
    const { name, considered } = diagnose(given({ broken: [{ ...jump.broken[0], jump: null }] }))
    expect(name).not.toBe('pipeline fault')
    expect(considered[0].text).toBe('missing of amount grew, without a jump; no other missing, unseen, non-finite or out-of-range values jumped, nor did traffic.')
  })

  it('is not a jump that is spared, and says why', () => {
    const left = { feature: 'amount', measure: 'out-of-range', value: 1, jump: { atMs: 0, before: 0, after: 1 } }
    expect(diagnose(given({ broken: [left] })).name).toBe('pipeline fault')
    const { name, considered } = diagnose(given({ broken: [{ ...left, spared: 'age and height changed with it' }] }))
    expect(name).not.toBe('pipeline fault')
    expect(considered[0].text).toBe('out-of-range of amount went from 0% to 100% at one instant, but age and height changed with it; no other missing, unseen, non-finite or out-of-range values jumped, nor did traffic.')
    expect(diagnose(given({ broken: [{ ...left, spared: 'age changed' }], volume: null })).considered[0].text).toMatch(/^out-of-range of amount went .* but age changed\. Traffic is not measured/)
  })
})

describe('label delay', () => {
  it('needs labels that are late, not few: a mature cohort waits for nothing', () => {
    expect(named({ arrival: { expected: 1_000, come: 960, error: 5, maturity: 1 } })[0]).not.toBe('label delay')
  })

  it('is seen when labels stop, however mature cohorts should be', () => {
    expect(named({ arrival: { expected: 1_000, come: 0, error: 30, maturity: 1 } })).toEqual(['label delay', 'wait'])
  })

  it('is not told from a few labels', () => {
    expect(named({ arrival: { expected: 10, come: 4, error: 3.2, maturity: 0.5 } })[0]).not.toBe('label delay')
  })
})

describe('prior shift', () => {
  it('is ruled out when scores do not follow the labels: that is concept drift', () => {
    expect(named({ ...shifted, prevalence: prevalence(0.2), ...concept })[0]).toBe('concept drift')
  })

  it('is ruled out when ROC AUC fell', () => {
    expect(named({ ...shifted, auc: dropOf(0.2, { metric: 'roc-auc' }) })[0]).not.toBe('prior shift')
  })

  it('stands where no fall of ROC AUC shows on a fair number of labels, and is open on few', () => {
    const wide = (half: number) => ({ ...shifted, auc: dropOf(0.02, { interval: [0.02 - half, 0.02 + half] }) })
    expect(named(wide(0.08))[0]).toBe('prior shift')
    expect(diagnose(given(wide(0.15))).considered[2].outcome).toBe('open')
  })

  it('stays open while the estimate is too wide', () => {
    const wide = [{ method: 'BBSE', reading: { value: 0.5, n: 60, verdict: 'ok' as const, detail: { standardError: 0.2 } } }]
    expect(diagnose(given({ ...shifted, prevalence: wide })).considered[2].outcome).toBe('open')
  })

  it('needs more change than cohorts differ by anyway', () => {
    expect(diagnose(given({ ...shifted, labelRate: { ...shifted.labelRate, designEffect: 50 } })).considered[2].text).toBe('The label rate is 40% where it was 20%, no more than it varies anyway.')
    expect(named({ ...shifted, labelRate: { ...shifted.labelRate, designEffect: 50 } })[0]).not.toBe('prior shift')
  })
})

describe('concept drift', () => {
  it('needs mature labels', () => {
    expect(named({ ...concept, realised: { ...concept.realised, isMature: false } })[0]).toBe('performance drop')
    expect(diagnose(given({ ...concept, realised: { ...concept.realised, isMature: null } })).considered.at(-1)!.outcome).toBe('open')
  })

  it('is told without an estimate where nothing moved: it would still be the claim', () => {
    const { name, text } = diagnose(given({ ...concept, rules: ['performance'], estimate: null }))
    expect(name).toBe('concept drift')
    expect(text).toContain('Neither features nor score moved. So an estimate without labels would still be the claim.')
  })

  it('is a drop without a name where inputs moved too and nothing was estimated', () => {
    expect(named({ ...concept, ...harmless, estimate: null })).toEqual(['performance drop', 'full'])
  })

  it('needs a detector that saw errors rise where the gap is small, and none where it is beyond the tolerance', () => {
    const silent = { detectors: { watched: ['adwin'], fired: [] } }
    const small = { realised: { ...dropOf(0.06), isMature: true }, estimate: dropOf(0.02) }
    expect(named({ ...concept, ...small })).toEqual(['concept drift', 'full'])
    expect(named({ ...concept, ...small, ...silent })).toEqual(['undetermined', 'review'])
    expect(diagnose(given({ ...concept, ...silent })).text).toContain('No error detector fired (adwin), but the gap alone is beyond 0.05.')
  })
})

describe('features that moved together', () => {
  it('are inputs that moved, told by what moved most, whatever each feature says', () => {
    const { name, text } = diagnose(given({ inputs: { ...calmInputs, rowsMoved: '−age·amount' } }))
    expect(name).toBe('harmless covariate drift')
    expect(text).toContain('how features go together moved (−age·amount)')
    expect(isInputMoved(given({ rules: [], inputs: { ...calmInputs, rowsMoved: null } })).is).toBe('no')
  })
})

describe('a wish that is none of drift', () => {
  it.each(['calendar', 'new-labels', 'manual'])('by %s alone is a refresh', (rule) => {
    expect(named({ rules: [rule] })).toEqual(['refresh', 'full'])
  })

  it('stays one where inputs moved harmlessly: it is due all the same', () => {
    const { name, considered } = diagnose(given({ ...harmless, rules: ['drift', 'calendar'] }))
    expect(name).toBe('refresh')
    expect(considered[3].text).toBe('It is asked for by calendar whatever drift says.')
  })

  it('waits for data that are broken', () => {
    expect(named({ ...jump, rules: ['manual'] })).toEqual(['pipeline fault', 'fix-data'])
  })
})
