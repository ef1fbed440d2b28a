/** Settings of one model, from what a person wrote to the frozen ModelPolicy that core reads. */
import type { ModelPolicy, TriggerPolicy, UnitUse } from '../core/policy.ts'
import type { PolicyRecord } from '../core/records.ts'
import { fillsWeek } from '../core/season/cells.ts'
import { UnitError } from '../core/unit.ts'
import { StewardError } from '../errors.ts'
import { canonicalJson, deepFreeze, sha256 } from './canonical.ts'
import { compileMetrics, metricProblems } from './metric-uses.ts'
import { performanceWatch, policySchema, triggerList, type PolicySettings } from './policy-schema.ts'
import { problemsOf, problemText, type Problem } from './schema.ts'
import { vainRules } from './vain-rules.ts'

/**
 * Metrics are of three uses: read, `compared` with a bound (so one way must be better), or `claimed` by a trainer, who may have metrics of
 * its own that no table knows.
 */
export type UnitFamily = 'drift' | 'score-drift' | 'decision-drift' | 'rows' | 'detectors' | 'learners' | 'metrics' | 'compared-metrics' | 'claimed-metrics'
/** @throws UnitError when the family has no such unit, its parameters are wrong, or it is of another task */
export type CheckUnit = (family: UnitFamily, use: UnitUse, task: ModelPolicy['task']) => void

/**
 * Parses one model's settings: strict, defaulted, units checked, frozen. `raw` null or `{}` gives the defaults.
 * `hash` is the SHA-256 of everything parsed, so that two ways to write the same policy are one policy.
 * @throws StewardError CONFIG_INVALID naming every problem by its path under `models.<model>`
 */
export function parsePolicy(model: string, raw: unknown, checkUnit: CheckUnit): ModelPolicy {
  const result = readPolicy(model, raw, checkUnit)
  if ('policy' in result) return result.policy
  throw new StewardError('CONFIG_INVALID', result.problems.map(problemText).join('\n'))
}

/** What the `policies` topic carries of it: the settings as the user wrote them, in canonical JSON. */
export const policyText = (raw: unknown): string => canonicalJson(raw ?? {})

/** The policy back from a PolicyRecord's text, by the same parser. @throws StewardError CONFIG_INVALID */
export function policyFromText(model: string, text: string, checkUnit: CheckUnit): ModelPolicy {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (cause) {
    throw new StewardError('CONFIG_INVALID', `the policy text of '${model}' is not JSON: publish it again with \`steward policy apply\``, { cause })
  }
  return parsePolicy(model, raw, checkUnit)
}

/** The record that `steward policy apply` publishes. */
export function policyRecord(
  model: string, raw: unknown, publication: { effectiveFrom: number | null; issuer: string }, checkUnit: CheckUnit,
): PolicyRecord {
  return { kind: 'policy', model, text: policyText(raw), hash: parsePolicy(model, raw, checkUnit).hash, ...publication }
}

/** As parsePolicy, with problems as values: for whoever has more to report. */
export function readPolicy(model: string, raw: unknown, checkUnit: CheckUnit): { policy: ModelPolicy } | { problems: Problem[] } {
  const at = ['models', model]
  const parsed = policySchema.safeParse(raw ?? {})
  if (!parsed.success) return { problems: problemsOf(parsed.error, at) }
  const policy = compile(model, parsed.data)
  const problems = [
    ...acrossKeys(policy), ...writtenInVain(raw, policy), ...metricProblems(metricUses(parsed.data), policy, (use) => checkUnit('metrics', use, policy.task)),
    ...unitProblems(policy, checkUnit), ...vainRules(policy),
  ].map(({ path, text }) => ({ path: [...at, ...path], text }))
  if (problems.length > 0) return { problems }
  return { policy: deepFreeze({ ...policy, hash: sha256(canonicalJson(policy)) }) }
}

type Unhashed = Omit<ModelPolicy, 'hash'>

/**
 * Defaults that depend on the task, because metrics do. A drop of a regression metric is in the target's own unit, which no default can
 * know: such a model has no performance rule until its policy states one.
 */
const byTask = {
  binary: {
    metric: 'roc-auc', metrics: ['precision', 'recall', 'roc-auc', 'log-loss', 'ece'], errorDetectors: [{ unit: 'adwin', params: {} }],
    triggers: triggerList.parse([{ drift: {} }, { performance: { minDrop: 0.05 } }]), watch: performanceWatch.parse({ maxDrop: 0.05 }),
  },
  multiclass: {
    metric: 'macro-f1', metrics: ['macro-f1', 'accuracy', 'log-loss'], errorDetectors: [{ unit: 'adwin', params: {} }],
    triggers: triggerList.parse([{ drift: {} }, { performance: { minDrop: 0.05 } }]), watch: performanceWatch.parse({ maxDrop: 0.05 }),
  },
  regression: { metric: 'rmse', metrics: ['mae', 'rmse', 'bias'], errorDetectors: [], triggers: triggerList.parse([{ drift: {} }]), watch: null },
}

const metricUses = ({ task, performance }: PolicySettings): UnitUse[] => performance.metrics ?? byTask[task].metrics.map((unit) => ({ unit, params: {} }))

/** What is watched live where nothing is named: with labels of acted inferences alone, the one metric that they tell. */
const liveMetric = ({ task, labels }: PolicySettings): string => (labels.exist === 'actedOnly' && task === 'binary' ? ACTED_METRIC : byTask[task].metric)
const ACTED_METRIC = 'precision'

function compile(model: string, settings: PolicySettings): Unhashed {
  const { mode, task, positive, threshold, labels, segments, learners } = settings
  return {
    model, mode, task, positive, threshold, labels, segments, learners,
    ...(task === 'multiclass' ? { multiclass: compileClasses(settings) } : {}),
    time: compileTime(settings.time),
    profile: compileProfile(settings.profile),
    drift: {
      all: settings.drift.features.all, byName: settings.drift.features.byName, score: settings.drift.score, decision: settings.drift.decision, rows: settings.drift.rows,
      ...(Object.keys(settings.drift.segments).length === 0 ? {} : { segments: settings.drift.segments }),
      severe: settings.drift.severe,
      falseAlarmEveryMs: settings.drift.falseAlarmEvery,
    },
    performance: {
      ...compileMetrics(metricUses(settings)), errorDetectors: settings.performance.errorDetectors ?? byTask[task].errorDetectors,
      ...(settings.performance.errorStreams === 'pooled' ? { errorStreams: 'pooled' as const } : {}),
      ...(settings.performance.estimate === null ? {} : { estimate: settings.performance.estimate }),
    },
    triggers: (settings.triggers ?? byTask[task].triggers).map((trigger) => compileTrigger(trigger, liveMetric(settings))),
    cooldownMs: settings.cooldown,
    requestExpiresMs: settings.requestExpires,
    promotion: compilePromotion(settings.promotion, task),
    rollback: compileRollback(settings.rollback, task, liveMetric(settings)),
    limits: compileLimits(settings.limits, readsSegmentFeatures(settings.drift)),
  }
}

const compileClasses = ({ classes, limits }: PolicySettings): NonNullable<ModelPolicy['multiclass']> =>
  ({ classes, classesMax: classes?.length ?? limits.maxClasses })

/** Of prediction time; not longer than the label horizon. */
const cohortMsUsual = 3_600_000

function compileTime(time: PolicySettings['time']): ModelPolicy['time'] {
  return {
    paneMs: time.pane, windows: time.windows, labelHorizonMs: time.labelHorizon, correctionHorizonMs: time.correctionHorizon,
    maxFutureSkewMs: time.maxFutureSkew, paneGraceMs: time.paneGrace, watchEveryMs: time.watchEvery, cohortMs: time.cohort ?? Math.min(cohortMsUsual, time.labelHorizon),
  }
}

function compileProfile({ minLayoutRows, ...rest }: PolicySettings['profile']): ModelPolicy['profile'] {
  return { ...rest, layoutRowsMin: minLayoutRows }
}

/** What a policy does not ask for is not in it: the hash of one from before it could be asked for stays the same. */
function compileLimits(limits: PolicySettings['limits'], ofSegments: boolean): ModelPolicy['limits'] {
  const { maxPending, maxProfiles, maxSegments, maxCohorts, maxFeatures, maxRows, maxSegmentFeatures, maxWaitingFeatures } = limits
  return {
    pendingMax: maxPending, profilesMax: maxProfiles, segmentsMax: maxSegments, cohortsMax: maxCohorts, featuresMax: maxFeatures, rowsMax: maxRows,
    ...(ofSegments ? { segmentFeaturesMax: maxSegmentFeatures, waitingFeaturesMax: maxWaitingFeatures } : {}),
  }
}

const readsSegmentFeatures = ({ segments }: Pick<PolicySettings['drift'], 'segments'>): boolean => Object.values(segments).includes('all')

function compilePromotion({ metric, maxLatencyP99, decideBy, ...rest }: PolicySettings['promotion'], task: ModelPolicy['task']): ModelPolicy['promotion'] {
  return { ...rest, metric: metric ?? byTask[task].metric, maxLatencyP99Ms: maxLatencyP99, decideByMs: decideBy }
}

function compileRollback({ keepVersions, watch }: PolicySettings['rollback'], task: ModelPolicy['task'], metric: string): ModelPolicy['rollback'] {
  const watched = watch.performance === undefined ? byTask[task].watch : watch.performance
  const performance = watched === null ? null : { ...watched, metric: watched.metric ?? metric }
  const { maxErrorRate, maxLatencyP99, minPredictions, bake } = watch
  return { keepVersions, watch: { maxErrorRate, maxLatencyP99Ms: maxLatencyP99, minPredictions, bakeMs: bake, performance } }
}

function compileTrigger(settings: (typeof byTask)['binary']['triggers'][number], metric: string): TriggerPolicy {
  const { calendar, drift, performance } = settings
  if (calendar !== undefined) {
    return { trigger: 'calendar', everyMs: calendar.every, cron: calendar.cron, timezone: calendar.timezone, maxModelAgeMs: calendar.maxModelAge }
  }
  if (drift !== undefined) return { trigger: 'drift', ...drift }
  if (performance !== undefined) return { trigger: 'performance', ...performance, metric: performance.metric ?? metric }
  return { trigger: 'new-labels', count: settings['new-labels']!.count }
}

/** Rules between keys, each of which alone is fine. */
function acrossKeys({ task, threshold, labels, time, profile, limits, triggers, rollback }: Unhashed): Problem[] {
  const problems: Problem[] = []
  const refuse = (path: string, text: string) => problems.push({ path: path.split('.'), text })
  if (time.windows.some((panes, i) => i > 0 && panes <= time.windows[i - 1])) refuse('time.windows', 'must ascend, without repeats')
  if (time.watchEveryMs > time.paneMs) refuse('time.watchEvery', 'must not be longer than `time.pane`: it is the faster of the two')
  if (task === 'binary' && (threshold < 0 || threshold > 1)) refuse('threshold', 'must be a probability in [0, 1] for a binary model')
  if (labels.exist !== 'all' && task !== 'binary') refuse('labels', `must be 'all' for a ${task} model: which labels are missing is told by class`)
  if (labels.exist === 'positivesOnly' && labels.negativeAfterMs > time.labelHorizonMs) {
    refuse('labels.positivesOnly.negativeAfter', 'must not be longer than `time.labelHorizon`, for which a prediction is kept')
  }
  if (labels.exist === 'actedOnly' && task === 'binary') {
    const dead = (metric: string) => metric !== ACTED_METRIC
    const text = `must be '${ACTED_METRIC}' under \`labels: actedOnly\`: of what was not acted on nothing is known, so no other metric can ever be read`
    for (const [i, trigger] of triggers.entries()) if (trigger.trigger === 'performance' && dead(trigger.metric)) problems.push({ path: ['triggers', i, 'performance', 'metric'], text })
    if (rollback.watch.performance !== null && dead(rollback.watch.performance.metric)) refuse('rollback.watch.performance.metric', text)
  }
  if (profile.reference === 'seasonal' && !fillsWeek(time.paneMs)) {
    refuse('profile.reference', "cannot be 'seasonal' with panes that do not fill hours of the week: `time.pane` must divide an hour, or be whole hours that divide a week")
  }
  const cohorts = Math.ceil((time.labelHorizonMs + time.correctionHorizonMs) / time.cohortMs)
  if (cohorts > limits.cohortsMax) {
    refuse('limits.maxCohorts', `must be at least ${cohorts}: labelHorizon + correctionHorizon hold so many cohorts. Or lengthen \`time.cohort\``)
  }
  return problems
}

/** Keys that were written and say nothing about a model of this task, or beside another key: refused rather than passed over. */
function writtenInVain(raw: unknown, { task, profile, labels, performance, drift }: Unhashed): Problem[] {
  const written = (raw ?? {}) as Readonly<Record<string, unknown>>
  const isWritten = (key: string): boolean =>
    key.split('.').reduce<unknown>((section, name) => (section as Readonly<Record<string, unknown>> | null | undefined)?.[name], written) !== undefined
  const refused = (isVain: boolean, key: string, text: string): Problem[] => (isVain && isWritten(key) ? [{ path: key.split('.'), text }] : [])
  const ofMulticlass = 'is a key of multiclass models alone: leave it out, or write `task: multiclass`'
  const isMulticlass = task === 'multiclass'
  const isByClass = performance.errorStreams !== 'pooled'
  return [
    ...refused(!isMulticlass, 'classes', ofMulticlass), ...refused(!isMulticlass, 'limits.maxClasses', ofMulticlass),
    ...refused(isMulticlass, 'positive', 'has no meaning for a multiclass model: no class is the positive one. Leave it out'),
    ...refused(isMulticlass, 'threshold', 'has no meaning for a multiclass model: the decision is the fleet\'s, else the likeliest class. Leave it out'),
    ...refused(isMulticlass && isWritten('classes'), 'limits.maxClasses', 'has no meaning beside `classes`, which lists the classes kept apart: leave one of them out'),
    ...refused(task === 'regression', 'drift.decision', 'has no meaning for a regression model, which decides for no class. Leave it out'),
    ...refused(task !== 'binary', 'performance.errorStreams', `is a key of binary models alone: ${task === 'multiclass' ? 'whether a decision was right is read as one stream' : 'a regression has no errors of 0 and 1'}. Leave it out`),
    ...refused(isByClass && labels.exist === 'actedOnly', 'performance.errorStreams', 'can only be `pooled` where labels are those of acted inferences: within a class these are all right or all wrong. Leave it out'),
    ...refused(task === 'binary' && performance.errorDetectors.length === 0, 'performance.errorStreams', 'has no meaning without `errorDetectors`: leave it out, or name one'),
    ...refused(task !== 'regression' && performance.estimate !== undefined, 'performance.estimate', `is a key of regression models alone: performance of a ${task} model is estimated from its scores by itself. Leave it out`),
    ...['maxSegmentFeatures', 'maxWaitingFeatures'].flatMap((key) => refused(!readsSegmentFeatures({ segments: { ...drift.segments } }), `limits.${key}`,
      'is a limit of `drift.segments` that read features: leave it out, or write `all` for a segment there')),
    ...refused(profile.reference !== 'seasonal', 'profile.seasonWeeks', 'is a key of seasonal references alone: leave it out, or write `reference: seasonal` beside it'),
  ]
}

/** Every unit named anywhere in a policy, with where it stands in the user's file. */
function* unitsOf(policy: Unhashed): Generator<[path: PropertyKey[], family: UnitFamily, use: UnitUse]> {
  const { drift, performance, promotion, rollback } = policy
  const metric = (unit: string): UnitUse => ({ unit, params: {} })
  for (const [i, use] of drift.all.entries()) yield [['drift', 'features', 'all', i], 'drift', use]
  for (const [feature, uses] of Object.entries(drift.byName)) {
    for (const [i, use] of uses.entries()) yield [['drift', 'features', 'byName', feature, i], 'drift', use]
  }
  for (const [i, use] of drift.score.entries()) yield [['drift', 'score', i], 'score-drift', use]
  for (const [i, use] of (drift.decision ?? []).entries()) yield [['drift', 'decision', i], 'decision-drift', use]
  for (const [i, use] of (drift.rows ?? []).entries()) yield [['drift', 'rows', i], 'rows', use]
  for (const unit of Object.keys(drift.severe)) yield [['drift', 'severe', unit], 'drift', { unit, params: {} }]
  for (const [i, use] of performance.errorDetectors.entries()) yield [['performance', 'errorDetectors', i], 'detectors', use]
  for (const [i, use] of policy.learners.entries()) yield [['learners', i], 'learners', use]
  for (const [i, trigger] of policy.triggers.entries()) {
    if (trigger.trigger === 'performance') yield [['triggers', i, 'performance', 'metric'], 'compared-metrics', metric(trigger.metric)]
  }
  yield [['promotion', 'metric'], 'claimed-metrics', metric(promotion.metric)]
  const watched = rollback.watch.performance
  if (watched !== null) yield [['rollback', 'watch', 'performance', 'metric'], 'compared-metrics', metric(watched.metric)]
}

function unitProblems(policy: Unhashed, checkUnit: CheckUnit): Problem[] {
  const problems: Problem[] = []
  for (const [path, family, use] of unitsOf(policy)) {
    try {
      checkUnit(family, use, policy.task)
    } catch (error) {
      if (!(error instanceof UnitError)) throw error
      problems.push({ path, text: `cannot be used: ${error.message}` })
    }
  }
  return problems
}
