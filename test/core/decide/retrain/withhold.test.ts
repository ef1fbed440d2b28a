import { describe, expect, it } from 'vitest'
import { modelPart, type Withheld } from '../../../../src/core/decide/state.ts'
import { commandOf, DAY, decideTask, HOUR, paneOf, policyOf, profileOf, spread, type Cells, type PaneGiven } from '../build.ts'

const base = { amount: spread(500), age: spread(500) }
const moved = { ...base, amount: base.amount.map((x) => x + 0.5) }
const both = { amount: moved.amount, age: base.age.map((x) => x + 0.5) }
const profile = profileOf(base, { importances: { amount: 0.7, age: 0.3 }, metrics: { recall: 0.8 } })

/** Hourly panes and cohorts, windows of six, labels due within six hours; drift asks alone, recall may fall by a twentieth. */
const policy = policyOf({
  triggers: [
    { trigger: 'drift', minImportanceShare: 0.5, minPanes: 2, score: false }, { trigger: 'performance', metric: 'recall', minDrop: 0.05, floor: null, minLabels: 1_200 },
    { trigger: 'calendar', everyMs: 100 * DAY, cron: null, timezone: 'UTC', maxModelAgeMs: null },
  ],
  drift: { all: [{ unit: 'psi', params: {} }, { unit: 'missing', params: {} }] }, performance: { metrics: ['recall'], errorDetectors: [] },
  time: { paneMs: HOUR, cohortMs: HOUR, windows: [1, 6], labelHorizonMs: 6 * HOUR, correctionHorizonMs: 0 }, cooldownMs: 100 * DAY,
})

/** 400 predictions an hour of which 100 are positive, of recall and specificity .8. */
const well: Cells = { tp: 80, fn: 20, fp: 60, tn: 240 }
const ill: Cells = { tp: 45, fn: 55, fp: 60, tn: 240 }

/** The pane of an hour. Its labels come at once; `cohorts` says otherwise. */
function hour(nth: number, cells: Cells, features: PaneGiven['features'], cohorts?: Record<string, Cells>) {
  const pane = paneOf(6 * nth, { profile, features, versions: { v1: { predictions: 400, ...cells, ...(cohorts === undefined ? {} : { cohorts }) } } })
  return { ...pane, endMs: pane.startMs + HOUR }
}
const hours = (from: number, n: number, features: PaneGiven['features'], cells = well) => Array.from({ length: n }, (_, i) => hour(from + i, cells, features))

const watched = (given = policy) => {
  const task = decideTask(given)
  task.profile(profile)
  return task
}
/** Twelve calm hours, then so many in which a feature of seven tenths of the importance has moved. */
const drifting = (n: number, given = policy) => watched(given).send(...hours(0, 12, base), ...hours(12, n, moved))
type Task = ReturnType<typeof watched>
const requests = (task: Task) => task.events('retrain-requested')
const withheldOf = (task: Task) => task.view().withheld as Withheld | null
const triggersOf = (task: Task) => task.view().triggers as Record<string, { isArmed: boolean; isOn: boolean }>

describe('drift that does no harm', () => {
  it('asks for nothing while performance holds on labels and as estimated without them', () => {
    const task = drifting(8)
    expect(requests(task)).toEqual([])
    expect(withheldOf(task)).toMatchObject({ sinceMs: 14 * HOUR, subjects: ['amount'], diagnosis: 'harmless covariate drift', doubts: 0 })
    expect(triggersOf(task)['drift 1']).toEqual({ isArmed: true, isOn: true })
  })

  it('is decided once, with the drift, both readings of performance, and what would change it', () => {
    const decisions = drifting(8).decisions('retrain-withheld')
    expect(decisions).toHaveLength(1)
    const [{ subject, findings, text, at }] = decisions
    expect([subject, at]).toEqual(['drift', 14 * HOUR])
    expect(findings.map(({ rule, measure }) => `${rule} ${measure}`)).toEqual(['drift importance-share', 'drift psi', 'realised recall', 'estimated recall'])
    expect(findings[2]).toMatchObject({ threshold: 0.05, reading: { value: expect.closeTo(0, 6) as number, interval: [expect.any(Number), expect.any(Number)] } })
    expect(text).toContain('no retrain is requested for it (harmless covariate drift)')
    expect(text).toContain('Most blamed: amount (psi')
    expect(text).toMatch(/A request goes out as soon as performance falls, .* when for 2 panes neither can be told, or when anything but drift asks\.$/)
  })

  it('is decided once more when something else moves too, however often that comes and goes', () => {
    const task = drifting(4).send(...hours(16, 2, both), ...hours(18, 7, moved), ...hours(25, 3, both))
    expect(task.decisions('retrain-withheld').map(({ findings }) => [...new Set(findings.flatMap(({ subject }) => subject ?? []))])).toEqual([['amount'], ['amount', 'age']])
    expect(withheldOf(task)!.subjects).toEqual(['amount', 'age'])
    expect(requests(task)).toEqual([])
  })

  it('is decided once too where no feature moved, but the decision rate', () => {
    const task = decideTask({
      ...policy, triggers: policy.triggers.map((each) => (each.trigger === 'drift' ? { ...each, decision: true } : each)), drift: { ...policy.drift, decision: [{ unit: 'l-infinity', params: {} }] },
    })
    task.profile({ ...profile, decisions: { n: 4_000, positive: 1_400 } })
    for (let nth = 0; nth < 20; nth++) {
      const pane = hour(nth, well, base)
      Object.assign(pane.versions.v1, { decided: 400, positiveDecisions: nth < 12 ? 140 : 260 })
      task.send(pane)
    }
    expect(requests(task)).toEqual([])
    expect(task.decisions('retrain-withheld').map(({ at }) => at)).toEqual([14 * HOUR])
    expect(withheldOf(task)!.subjects).toEqual(['decision rate'])
  })

  it('is forgotten when the drift ends, and said anew when it comes back', () => {
    const task = drifting(3).send(...hours(15, 9, base))
    expect(withheldOf(task)).toBeNull()
    expect(task.decisions('retrain-withheld')).toHaveLength(1)
    task.send(...hours(24, 3, moved))
    expect(task.decisions('retrain-withheld')).toHaveLength(2)
  })

  it('asks at once when harm shows later, and says for how long it was withheld', () => {
    const task = drifting(4)
    let at = 16
    while (requests(task).length === 0 && at < 24) task.send(hour(at++, ill, moved))
    const [request] = requests(task)
    expect(at).toBeLessThanOrEqual(18)
    expect(request.diagnosis).not.toBe('harmless covariate drift')
    expect(request.explanation).toContain(`Drift has been seen, and withheld as harmless, for ${at - 14}h before this.`)
    expect(withheldOf(task)).toBeNull()
    expect(task.state().request!.id).toBe(request.id)
  })

  it('asks when whether it harms cannot be told for as many panes as the trigger dwells', () => {
    const silent = (nth: number) => hour(nth, {}, moved, {})
    const task = drifting(4).send(silent(16), silent(17))
    expect(requests(task)).toEqual([])
    expect(withheldOf(task)!.doubts).toBe(1)
    task.send(silent(18))
    expect(requests(task)[0]).toMatchObject({ diagnosis: 'label delay', advice: 'wait', explanation: expect.stringContaining('withheld as harmless, for 5h') as string })
  })

  it('is forgotten with the champion, that of segments too', () => {
    const task = drifting(4)
    const { versions, ...pane } = hour(16, well, moved)
    task.send({ ...pane, versions: { ...versions, v2: { ...versions.v1, version: 'v2' } } })
    task.state().withheldSegments = { 'region=jp': { ...withheldOf(task)! } }
    task.parts.touch(modelPart('fraud'))
    task.command(commandOf('promote', { version: 'v2' }), 17 * HOUR + 1)
    expect(task.state().champion!.version).toBe('v2')
    expect([task.state().withheld, task.state().withheldSegments]).toEqual([null, undefined])
  })

  it('leaves a person free to ask', () => {
    const task = drifting(4)
    task.command(commandOf('retrain'), 16 * HOUR + 1)
    expect(requests(task)).toHaveLength(1)
    expect(requests(task)[0]).toMatchObject({ diagnosis: 'refresh', advice: 'full' })
    expect(withheldOf(task)).toBeNull()
  })

  it('stands beside a calendar that is due: that asks', () => {
    const task = watched({ ...policy, triggers: policy.triggers.map((each) => (each.trigger === 'calendar' ? { ...each, everyMs: 17 * HOUR } : each)) })
    task.send(...hours(0, 12, base), ...hours(12, 4, moved))
    expect(requests(task)).toEqual([])
    task.send(...hours(16, 2, moved))
    expect(requests(task)[0].reasons.map(({ rule }) => rule)).toContain('calendar')
  })

  it('says the same however often it is run', () => {
    expect(drifting(6).said).toEqual(drifting(6).said)
  })
})

describe('drift of which harm cannot be told', () => {
  it('asks where there are no labels', () => {
    const task = watched().send(...Array.from({ length: 15 }, (_, i) => hour(i, {}, i < 12 ? base : moved, {})))
    expect(requests(task)[0]).toMatchObject({ diagnosis: 'undetermined', at: 14 * HOUR })
  })

  it('asks where labels are only of predictions made before it, and says so', () => {
    const late = (nth: number) => hour(nth, {}, nth < 14 ? base : moved, { [(nth - 4) * HOUR]: nth < 4 ? {} : well })
    const task = watched().send(...Array.from({ length: 16 }, (_, i) => late(i)))
    const [request] = requests(task)
    expect(request.diagnosis).toBe('undetermined')
    const row = request.considered.find(({ name }) => name === 'harmless covariate drift')!
    expect(row.outcome).toBe('open')
    expect(row.text).toContain('But only 0% of these predictions were made since the drift was seen.')
  })
})
