/** One model's settings as DESIGN's YAML has them. Every default stands here, in the unit a person would write. */
import { z } from 'zod'
import type { LabelPolicy } from '../core/policy.ts'
import { cronProblem } from './cron.ts'
import { amount, count, duration, name, notBuilt, scalar, section, share } from './schema.ts'

/** `psi` or `{ psi: { alarm: 0.25 } }` */
const unitUse = z.unknown().transform((value, context) => {
  if (typeof value === 'string') return { unit: value, params: {} }
  const entries = isSection(value) ? Object.entries(value) : []
  const params = entries.length === 1 ? entries[0][1] ?? {} : null
  if (isSection(params)) return { unit: entries[0][0], params }
  context.addIssue({ code: 'custom', message: 'must be the name of a unit, or one name with its parameters, like { psi: { alarm: 0.25 } }' })
  return z.NEVER
})
const unitUses = () => z.array(unitUse)

function isSection(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

const ascending = z.array(z.number()).check(({ value, issues }) => {
  if (value.some((edge, i) => i > 0 && edge <= value[i - 1])) issues.push({ code: 'custom', message: 'must ascend, without repeats', input: value })
})

const calendar = section({
  every: duration().nullable().prefault(null),
  cron: name().nullable().prefault(null),
  timezone: name().prefault('UTC'),
  maxModelAge: duration().nullable().prefault(null),
}).check(({ value, issues }) => {
  const add = (message: string, path: string[] = []) => issues.push({ code: 'custom', message, path, input: value })
  if (value.every !== null && value.cron !== null) add('takes `every` or `cron`, not both')
  if (value.every === null && value.cron === null && value.maxModelAge === null) add('needs `every`, `cron` or `maxModelAge`')
  const problem = value.cron === null ? null : cronProblem(value.cron, value.timezone)
  if (problem !== null) add(problem, [problem.startsWith('names the time zone') ? 'timezone' : 'cron'])
})

const performance = section({
  metric: name().nullable().prefault(null),
  minDrop: amount().nullable().prefault(null),
  floor: z.number().nullable().prefault(null),
  minLabels: count().prefault(500),
  leavePanes: count().prefault(3),
}).check(({ value, issues }) => {
  if (value.minDrop === null && value.floor === null) issues.push({ code: 'custom', message: 'needs `minDrop`, `floor` or both', input: value })
})

const drift = section({
  minImportanceShare: share().prefault('5%'), minPanes: count().prefault(3), leaveShare: share().prefault('80%'), score: z.boolean().prefault(true), decision: z.boolean().prefault(false),
})

/** A list entry with exactly one of these keys. */
const trigger = section({
  calendar: calendar.optional(),
  drift: drift.optional(),
  performance: performance.optional(),
  'new-labels': section({ count: count().prefault(10_000) }).optional(),
}, { economics: notBuilt }).check(({ value, issues }) => {
  const given = Object.values(value).filter((settings) => settings !== undefined).length
  if (given === 1 || issues.length > 0) return
  issues.push({ code: 'custom', message: 'must be one trigger an entry: calendar, drift, performance or new-labels', input: value })
})
export const triggerList = z.array(trigger)

/** Of a new champion against its predecessor or its own offline claim. */
export const performanceWatch = section({ metric: name().nullable().prefault(null), maxDrop: amount(), minLabels: count().prefault(500) })

const noTask: Readonly<Record<string, string>> = {
  ranking: `'ranking' is refused: ranking lists are not supported; send one inference an item as 'binary' or 'regression'`,
  'multi-label': `'multi-label' is refused: multi-label outputs are not supported; send one inference a label as 'binary'`,
  multilabel: `'multilabel' is refused: multi-label outputs are not supported; send one inference a label as 'binary'`,
  sequence: `'sequence' is refused: sequences are not supported; send one inference an element that has a label of its own`,
}
const task = z.unknown().transform((value, context): 'binary' | 'regression' | 'multiclass' => {
  if (value === 'binary' || value === 'regression' || value === 'multiclass') return value
  const known = typeof value === 'string' && Object.hasOwn(noTask, value)
  context.addIssue({ code: 'custom', message: known ? noTask[value] : 'must be binary, regression or multiclass' })
  return z.NEVER
})

/** A pane keeps a square of these, and 400 bins for each, for every version, segment and cohort. */
const CLASSES_MAX = 200

/** Classes as labels and decisions name them: numbers and booleans as their text. */
const classes = z.array(scalar().transform(String)).min(2).max(CLASSES_MAX).check(({ value, issues }) => {
  const [twice] = value.filter((one, i) => value.indexOf(one) < i)
  if (twice !== undefined) issues.push({ code: 'custom', message: `names the class '${twice}' twice`, input: value })
  const [unusable] = value.filter((one) => one === '' || one.length > 200 || one in Object.prototype)
  if (unusable !== undefined) issues.push({ code: 'custom', message: `holds '${unusable.slice(0, 20)}', which cannot name a class: 1 to 200 characters, and nothing that every object has`, input: value })
})

const positivesOnly = section({ positivesOnly: section({ negativeAfter: duration() }) })
  .transform(({ positivesOnly: { negativeAfter } }): LabelPolicy => ({ exist: 'positivesOnly', negativeAfterMs: negativeAfter }))

/** A name, or a section whose problems are told where they stand. */
const labels = z.unknown().transform((value, context): LabelPolicy => {
  if (value === 'all' || value === 'actedOnly') return { exist: value }
  if (!isSection(value)) {
    context.addIssue({ code: 'custom', message: "must be 'all', 'actedOnly' or { positivesOnly: { negativeAfter: 7d } }" })
    return z.NEVER
  }
  const parsed = positivesOnly.safeParse(value)
  if (parsed.success) return parsed.data
  for (const issue of parsed.error.issues) context.issues.push(issue as never)
  return z.NEVER
})

export const policySchema = section({
  mode: z.enum(['advise', 'act']).prefault('advise'),
  task: task.prefault('binary'),
  classes: classes.nullable().prefault(null),
  positive: scalar().prefault(true),
  threshold: z.number().prefault(0.5),
  time: section({
    pane: duration(1000).prefault('10m'),
    windows: z.array(count()).min(1).prefault([1, 6, 60]),
    labelHorizon: duration().prefault('7d'),
    correctionHorizon: duration(0).prefault('1d'),
    maxFutureSkew: duration(0).prefault('1m'),
    paneGrace: duration(0).prefault('5m'),
    watchEvery: duration(1000).prefault('5s'),
    cohort: duration(1000).nullable().prefault(null),
  }, { snapshotEvery: notBuilt }).prefault({}),
  labels: labels.prefault('all'),
  segments: z.array(name()).prefault([]),
  profile: section({
    reference: z.enum(['frozen', 'rolling', 'expanding', 'seasonal']).prefault('frozen'),
    referencePanes: count().prefault(60),
    seasonWeeks: count(3).prefault(3),
    minLayoutRows: count().prefault(1000),
    edges: z.record(name(), ascending).prefault({}),
    atoms: z.record(name(), ascending).prefault({}),
    categories: z.record(name(), z.array(z.string())).prefault({}),
    scoreBins: count(2).prefault(200),
  }).prefault({}),
  drift: section({
    features: section({
      all: unitUses().prefault(['psi', 'ks', 'missing', 'non-finite', 'unseen']),
      byName: z.record(name(), unitUses()).prefault({}),
    }).prefault({}),
    score: unitUses().prefault(['psi', 'ks']),
    decision: unitUses().prefault(['l-infinity']),
    rows: unitUses().prefault([]),
    segments: z.record(name(), z.enum(['score', 'all'])).prefault({}),
    severe: z.record(name(), amount()).prefault({ psi: 1, ks: 0.4 }),
    falseAlarmEvery: duration().nullable().prefault('10y'),
  }).prefault({}),
  performance: section({
    metrics: unitUses().nullable().prefault(null),
    errorDetectors: unitUses().nullable().prefault(null),
    errorStreams: z.enum(['byClass', 'pooled']).nullable().prefault(null),
    estimate: z.enum(['dle']).nullable().prefault(null),
  }).prefault({}),
  learners: unitUses().prefault([]),
  triggers: triggerList.nullable().prefault(null),
  cooldown: duration(0).prefault('12h'),
  requestExpires: duration().prefault('3d'),
  promotion: section({
    goal: z.enum(['superior', 'nonInferior']).prefault('superior'),
    metric: name().nullable().prefault(null),
    minImprovement: amount().prefault(0.005),
    maxSubgroupRegression: amount().prefault(0.01),
    maxLatencyP99: duration().nullable().prefault(null),
    maxCostPerThousand: amount().nullable().prefault(null),
    decideBy: duration().prefault('14d'),
  }, { shadow: notBuilt, canary: notBuilt, bandit: notBuilt, approval: notBuilt }).prefault({}),
  rollback: section({
    keepVersions: count().prefault(5),
    watch: section({
      maxErrorRate: share().nullable().prefault('2%'),
      maxLatencyP99: duration().nullable().prefault(null),
      minPredictions: count().prefault(200),
      bake: duration().prefault('1d'),
      performance: performanceWatch.nullable().optional(),
    }, { silence: notBuilt }).prefault({}),
  }).prefault({}),
  limits: section({
    maxPending: count().prefault(10_000_000),
    maxProfiles: count().prefault(3),
    maxSegments: count().prefault(64),
    maxCohorts: count().prefault(400),
    maxFeatures: count().prefault(500),
    maxClasses: z.int().min(2).max(CLASSES_MAX).prefault(50),
    maxRows: count(20).prefault(200),
    maxSegmentFeatures: count().prefault(200),
    maxWaitingFeatures: count().prefault(5000),
  }).prefault({}),
})

export type PolicySettings = z.infer<typeof policySchema>
