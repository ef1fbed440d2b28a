/**
 * One month of one world: a new reference, then 720 panes, read under several budgets at once. Windows are kept as running sums, which is exact for counts;
 * profile, dispersion, share of the budget, readings and trigger are what decide calls. `test/bench/truth.test.ts` holds it to decide, reading for reading.
 */
import { cellsOf } from '../../src/core/calibration/cells.ts'
import { dispersionOf, type PaneCells } from '../../src/core/calibration/dispersion.ts'
import { commonSerial } from '../../src/core/calibration/serial.ts'
import { driftOf } from '../../src/core/decide/drift/drift-of.ts'
import { unpacked, type Reference } from '../../src/core/decide/drift/reference.ts'
import { readingShare } from '../../src/core/decide/share.ts'
import { clonePlain } from '../../src/core/panes/merge.ts'
import { referenceOf } from '../../src/core/panes/reference.ts'
import type { Window } from '../../src/core/panes/window.ts'
import type { ModelPolicy, TriggerPolicy } from '../../src/core/policy.ts'
import { seeded } from '../../src/core/random.ts'
import type { NumericReference, Profile } from '../../src/core/records.ts'
import { mergeFeature, type FeatureSummary } from '../../src/core/sketches/feature.ts'
import { drift as driftTrigger, type DriftState } from '../../src/core/triggers/drift.ts'
import type { DriftSight, TriggerSight } from '../../src/core/triggers/trigger.ts'
import { bornPanes, count, featureName, monthPanes, paneMs, policyOf, profileOf, tableOf, type Onset, type Tally } from './common.ts'
import type { World } from './worlds.ts'

/** Sees every pane after the burn-in: its summaries, and the reference. */
export type Watcher = (summaries: readonly FeatureSummary[], reference: readonly FeatureSummary[], pane: number) => void

/** Runs one month, or more, under each budget, from the shortest time between false alarms to the longest. `also` may watch. */
export function runMonth(
  world: World, seed: number, budgets: readonly (string | null)[], tallies: readonly Tally[], onset: Onset | null = null, months = 1, also: Watcher = () => {},
): void {
  const draw = world.start(seeded(seed))
  const first = draw(0, null, 0)
  const table = world.tableRows === null ? null : profileOf(world, first, tableOf(world, draw))
  const policies = budgets.map((budget) => policyOf(world, budget))
  const windows = policies[0].time.windows.map(slidingWindow)
  const gathered: PaneCells[] = []
  let [reference, runs]: [Reference | null, ReturnType<typeof judge>[]] = [null, []]
  const burnIn: FeatureSummary[] = []
  for (let pane = 0; pane < world.referencePanes + months * monthPanes; pane++) {
    const after = pane - world.referencePanes
    const changed = onset !== null && after >= onset.atPane
    const progress = changed ? Math.min(1, (after - onset.atPane + 1) / Math.max(1, onset.change.rampPanes ?? 1)) : 0
    const summaries = draw(pane, changed ? onset.change : null, progress)
    for (const window of windows) window.add(summaries)
    if (after < 0) {
      gather(gathered, summaries)
      if (pane === 0) burnIn.push(...summaries.map((summary) => clonePlain(summary)))
      else summaries.forEach((summary, i) => mergeFeature(burnIn[i], summary))
      continue
    }
    if (reference === null) {
      const profile = table ?? countedProfile(profileOf(world, first, null), burnIn, world)
      reference = { ...unpacked(profile), calibration: null }
      runs = policies.map((policy, i) => judge(policy, profile, gathered, world.referencePanes, tallies[i]))
    }
    readAll(runs, windows.map(({ window }) => window((pane + 1) * paneMs)), after, onset?.atPane ?? null)
    also(summaries, [...Object.values(reference.features), reference.score!], after)
  }
  for (const run of runs) run.end(months, onset !== null)
}

/** Levels rise with the time between false alarms: what lies within those of the shortest lies within all others, and is not read again under them. */
function readAll(runs: readonly ReturnType<typeof judge>[], windows: readonly Window[], after: number, onset: number | null): void {
  let within: DriftSight[] | null = null
  for (const run of runs) {
    const { drift, isWithin } = run.read(windows, within, after, onset)
    within = isWithin ? drift : null
  }
}

function gather(into: PaneCells[], summaries: readonly FeatureSummary[]): void {
  summaries.forEach((summary, i) => {
    const cells = cellsOf(summary)
    const held = (into[i] ??= { cells: cells.length, isOrdered: summary.kind === 'numeric', counts: [] })
    held.counts.push(...cells)
  })
}

/** What the burn-in counted, as the provisional reference that decide would publish. */
function countedProfile(layout: Profile, burnIn: readonly FeatureSummary[], world: World): Profile {
  const names = Object.keys(layout.features)
  return {
    ...layout, n: world.rows * world.referencePanes, features: Object.fromEntries(names.map((name, i) => [name, referenceOf(burnIn[i], null)])),
    score: referenceOf(burnIn[burnIn.length - 1], null) as NumericReference,
  }
}

/** The last `length` panes as sums of counts. */
function slidingWindow(length: number) {
  const held: (readonly FeatureSummary[])[] = []
  let sums: FeatureSummary[] = []
  return {
    add(summaries: readonly FeatureSummary[]): void {
      if (held.length === 0) sums = summaries.map((summary) => clonePlain(summary))
      else summaries.forEach((summary, i) => addCounts(sums[i], summary, 1))
      held.push(summaries)
      if (held.length > length) held.shift()!.forEach((summary, i) => addCounts(sums[i], summary, -1))
    },
    window: (endMs: number): Window => ({
      panes: length, fromMs: endMs - length * paneMs, toMs: endMs, decisions: null, outcomes: null, leftOut: 0,
      features: Object.fromEntries(sums.slice(0, -1).map((summary, i) => [featureName(i), summary])), score: sums[sums.length - 1] as Window['score'],
    }),
  }
}

function addCounts(into: FeatureSummary, from: FeatureSummary, sign: 1 | -1): void {
  into.n += sign * from.n
  into.missing += sign * from.missing
  for (let b = 0; b < into.counts.length; b++) into.counts[b] += sign * from.counts[b]
  if (into.kind === 'numeric' && from.kind === 'numeric') {
    if (from.digest.n > 0) throw new Error('a digest is no sum of counts: run this world through decide')
    for (let a = 0; a < into.atomCounts.length; a++) into.atomCounts[a] += sign * from.atomCounts[a]
  } else if (into.kind === 'categorical' && from.kind === 'categorical') {
    into.other += sign * from.other
    into.unseen += sign * from.unseen
  }
}

type DriftPolicy = Extract<TriggerPolicy, { trigger: 'drift' }>

function judge(policy: ModelPolicy, profile: Profile, gathered: readonly PaneCells[], panes: number, tally: Tally) {
  const trigger = policy.triggers.find((each): each is DriftPolicy => each.trigger === 'drift')!
  const state: DriftState = driftTrigger.init(trigger, {} as TriggerSight)
  const share = readingShare(policy, profile)
  const features = dispersionOf(Object.fromEntries(gathered.slice(0, -1).map((cells, i) => [featureName(i), cells])))
  const score = dispersionOf({ score: gathered[gathered.length - 1] }, commonSerial(Object.values(features).map(({ serial }) => serial)))
  const reference: Reference = { ...unpacked(profile), calibration: share === null ? null : { share, features: { panes, features }, score: { panes, features: score }, decision: { panes: 0, features: null } } }
  let [beyond, isOn]: [Set<string>, boolean] = [new Set(), false]
  let [warned, requested]: (number | null)[] = [null, null]
  return {
    read(windows: readonly Window[], within: DriftSight[] | null, after: number, onset: number | null): { drift: DriftSight[]; isWithin: boolean } {
      const drift = (share === null ? null : within) ?? windows.map((window) => driftOf(window, reference, policy))
      const was = isOn
      isOn = driftTrigger.evaluate(trigger, state, { isPane: true, drift } as unknown as TriggerSight).length > 0
      beyond = count(drift, beyond, tally)
      if (onset !== null && after >= onset) {
        if (warned === null && [...beyond].some((key) => key.startsWith(`${featureName(0)} `))) warned = after - onset + 1
        if (requested === null && isOn) requested = after - onset + 1
      } else if (isOn && !was) {
        tally.requests += 1
        if (after < bornPanes) tally.born += 1
      }
      return { drift, isWithin: share !== null && beyond.size === 0 }
    },
    end(months: number, hasOnset: boolean): void {
      tally.months += months
      if (hasOnset) {
        tally.warnedAfter.push(warned)
        tally.requestedAfter.push(requested)
      }
    },
  }
}
