/** What a policy may say and that could never work: refused, so that nobody believes in a rule that says nothing. */
import { longestEveryMs } from '../core/calibration/budget.ts'
import { readingShare } from '../core/decide/share.ts'
import { domainClassifier } from '../core/drift/domain-classifier.ts'
import { metrics } from '../core/metrics/table.ts'
import type { Metric } from '../core/metrics/metric.ts'
import type { ModelPolicy, UnitUse } from '../core/policy.ts'
import { duration, figure } from '../core/text.ts'
import type { Problem } from './schema.ts'

type Unhashed = Omit<ModelPolicy, 'hash'>

/** Each with its path under the model's policy. */
export function vainRules(policy: Unhashed): Problem[] {
  return [...impossibleBounds(policy), ...twiceNamed(policy), ...unfedDetectors(policy), ...unreadWindows(policy), ...timesThatCannotBe(policy), ...unkeptPromise(policy), ...unreadSegments(policy)]
}

const rangeOf = (metric: string): readonly [number, number] | undefined =>
  Object.hasOwn(metrics, metric) ? (metrics as unknown as Readonly<Record<string, Metric>>)[metric].range : undefined

/** Bounds and drops that lie beyond whatever the metric can be. */
function* impossibleBounds({ triggers, rollback, promotion }: Unhashed): Generator<Problem> {
  for (const [i, trigger] of triggers.entries()) {
    if (trigger.trigger !== 'performance') continue
    const { metric, floor, minDrop } = trigger
    const path = ['triggers', i, 'performance']
    if (floor !== null) yield* outside([...path, 'floor'], metric, floor)
    if (minDrop !== null) yield* tooWide([...path, 'minDrop'], metric, minDrop)
  }
  const watched = rollback.watch.performance
  if (watched !== null) yield* tooWide(['rollback', 'watch', 'performance', 'maxDrop'], watched.metric, watched.maxDrop)
  yield* tooWide(['promotion', 'minImprovement'], promotion.metric, promotion.minImprovement)
}

function* outside(path: PropertyKey[], metric: string, bound: number): Generator<Problem> {
  const range = rangeOf(metric)
  if (range === undefined || (bound >= range[0] && bound <= range[1])) return
  const least = range[1] === Infinity ? `never below ${range[0]}` : `always between ${range[0]} and ${range[1]}`
  yield { path, text: `must be a value that ${metric} can take, not ${bound}: it is ${least}${range[1] === 1 && bound > 1 && bound <= 100 ? ` (${bound}% is ${figure(bound / 100)})` : ''}` }
}

function* tooWide(path: PropertyKey[], metric: string, change: number): Generator<Problem> {
  const range = rangeOf(metric)
  if (range === undefined || change < range[1] - range[0]) return
  yield { path, text: `must be less than ${range[1] - range[0]}, not ${change}: ${metric} lies between ${range[0]} and ${range[1]}, so it could never change by so much` }
}

/** Units and names that stand twice in one list, where the later would hide the earlier. */
function* twiceNamed({ drift, performance, learners, segments }: Unhashed): Generator<Problem> {
  const names = (uses: readonly UnitUse[]) => uses.map(({ unit }) => unit)
  yield* repeats(['drift', 'features', 'all'], names(drift.all))
  for (const [feature, uses] of Object.entries(drift.byName)) yield* repeats(['drift', 'features', 'byName', feature], names(uses))
  yield* repeats(['drift', 'score'], names(drift.score))
  yield* repeats(['drift', 'decision'], names(drift.decision ?? []))
  yield* repeats(['drift', 'rows'], names(drift.rows ?? []))
  yield* repeats(['performance', 'errorDetectors'], performance.errorDetectors.map(({ unit, params }) => `${unit}${Object.keys(params).length === 0 ? '' : ` ${JSON.stringify(params)}`}`))
  yield* repeats(['learners'], names(learners))
  yield* repeats(['segments'], segments)
}

function* repeats(path: PropertyKey[], names: readonly string[]): Generator<Problem> {
  for (const [i, name] of names.entries()) {
    const first = names.indexOf(name)
    if (first < i) yield { path: [...path, i], text: `names '${name}' again, which stands at [${first}] already: remove one of them` }
  }
}

/** Errors of 0 and 1 are what detectors read, and a regression has none. */
function* unfedDetectors({ task, performance }: Unhashed): Generator<Problem> {
  if (task !== 'regression' || performance.errorDetectors.length === 0) return
  yield { path: ['performance', 'errorDetectors'], text: `must be empty for a ${task} model: detectors run over right and wrong decisions, of which it has none, so they would never be fed` }
}

/** The classifier learns from the older half of a window and is judged on the newer. */
function* unreadWindows({ time, drift }: Unhashed): Generator<Problem> {
  const at = (drift.rows ?? []).findIndex(({ unit }) => unit === domainClassifier.name)
  if (at === -1 || time.windows.some((panes) => panes >= 2)) return
  yield { path: ['drift', 'rows', at], text: `needs a window of two panes or more, of which it learns one half and judges the other: add one to \`time.windows\`, or remove '${domainClassifier.name}'` }
}

/** Segments that no prediction is counted under, readings that there are none of, and references that are kept of the whole alone. */
function* unreadSegments({ segments, drift, profile, task }: Unhashed): Generator<Problem> {
  const asked = Object.entries(drift.segments ?? {})
  for (const [name, what] of asked) {
    const path = ['drift', 'segments', name]
    if (!segments.includes(name)) {
      yield { path, text: segments.length === 0 ? `names a segment, and \`segments\` is empty: write \`segments: [${name}]\` beside \`drift\``
        : `is no segment of this model, which has ${segments.join(', ')}: add it to \`segments\`, or remove it here` }
    }
    if (what === 'score' && drift.score.length === 0 && (task !== 'binary' || (drift.decision ?? []).length === 0)) {
      yield { path, text: "cannot be 'score' while `drift.score` and `drift.decision` read nothing: name a measure there, or write `all`" }
    }
  }
  if (asked.length > 0 && profile.reference !== 'frozen') {
    yield {
      path: ['drift', 'segments'],
      text: `cannot be read against a ${profile.reference} reference, which is kept of the whole model alone: leave it out, or write \`profile: { reference: frozen }\``,
    }
  }
}

/** By the readings that there are with one feature at least; with a reference there may be more, and decide says so. */
function* unkeptPromise(policy: Unhashed): Generator<Problem> {
  const { drift, time } = policy
  if (drift.falseAlarmEveryMs === null) return
  const readings = readingShare({ ...policy, hash: '' }, null)!.readings + drift.all.length * time.windows.length
  const longestMs = longestEveryMs(time.paneMs, readings)
  if (drift.falseAlarmEveryMs <= longestMs) return
  yield {
    path: ['drift', 'falseAlarmEvery'],
    text: `must not be longer than ${duration(Math.floor(longestMs))} with ${readings} readings or more every ${duration(time.paneMs)}: each would have to err less than once in 10^12, which no law here is trusted with; shorten it or lengthen \`time.pane\``,
  }
}

/** Panes of the longest window: each is kept, and merged anew whenever a pane closes. */
const windowPanesMax = 10_000

function* timesThatCannotBe({ time, drift }: Unhashed): Generator<Problem> {
  const long = time.windows.findIndex((panes) => panes > windowPanesMax)
  if (long >= 0) {
    yield { path: ['time', 'windows', long], text: `must be at most ${windowPanesMax} panes, not ${time.windows[long]}: all of them are kept and read together each time a pane closes; lengthen \`time.pane\`` }
  }
  if (drift.falseAlarmEveryMs !== null && drift.falseAlarmEveryMs < time.paneMs) {
    yield {
      path: ['drift', 'falseAlarmEvery'],
      text: `must not be shorter than \`time.pane\` (${duration(time.paneMs)}): readings come once a pane, so this would allow more false alarms than there are readings`,
    }
  }
  if (time.cohortMs > time.labelHorizonMs) {
    yield {
      path: ['time', 'cohort'],
      text: `must not be longer than \`time.labelHorizon\` (${duration(time.labelHorizonMs)}): the first labels of a cohort would be past their time before its last predictions are made`,
    }
  }
}
