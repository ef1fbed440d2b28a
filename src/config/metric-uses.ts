/** The metrics that a policy names: over `time.windows`, or over windows of their own, with their parameters. */
import type { Metric } from '../core/metrics/metric.ts'
import { metrics } from '../core/metrics/table.ts'
import { exactCountMax, exactMetrics } from '../core/panes/score-sequence.ts'
import type { MetricWindow, ModelPolicy, UnitUse, WindowedMetric } from '../core/policy.ts'
import { duration } from '../core/text.ts'
import { UnitError } from '../core/unit.ts'
import { canonicalJson } from './canonical.ts'
import { parseDuration } from './quantities.ts'
import type { Problem } from './schema.ts'

type Params = UnitUse['params']

/** What the forms of a window take, beside `window` itself. */
const formKeys = { count: ['windowCount', 'exact'], time: ['span'], faded: ['alpha', 'halfLife'] } as const
type Form = keyof typeof formKeys
const windowKeys: readonly string[] = ['window', ...Object.values(formKeys).flat()]

const isOwn = (key: string): boolean => !windowKeys.includes(key)
const ownParams = (params: Params): Params => Object.fromEntries(Object.entries(params).filter(([key]) => isOwn(key)))
const hasWindow = ({ params }: UnitUse): boolean => Object.keys(params).some((key) => !isOwn(key))

/** The list as core reads it; what is wrong in it is told by `metricProblems`. */
export function compileMetrics(uses: readonly UnitUse[]): Omit<ModelPolicy['performance'], 'errorDetectors'> {
  const plain = uses.filter((use) => !hasWindow(use))
  const params = plain.filter((use) => Object.keys(use.params).length > 0).map(({ unit, params }) => [unit, params] as const)
  const windowed = uses.filter(hasWindow).flatMap((use): WindowedMetric[] => {
    const window = windowOf(use.params)
    return typeof window === 'string' ? [] : [{ unit: use.unit, params: ownParams(use.params), window }]
  })
  return {
    metrics: plain.map(({ unit }) => unit), ...(params.length === 0 ? {} : { params: Object.fromEntries(params) }), ...(windowed.length === 0 ? {} : { windowed }),
  }
}

/** The window that these parameters ask for, or what is wrong with them. */
function windowOf(params: Params): MetricWindow | string {
  const form = params.window as Form
  if (typeof form !== 'string' || !Object.hasOwn(formKeys, form)) {
    const given = form === undefined ? '' : `, not ${JSON.stringify(form)}`
    return `needs \`window\` to be count, time or faded${given}; without a window of its own a metric is read over \`time.windows\``
  }
  const taken: readonly string[] = formKeys[form]
  const stray = Object.keys(params).find((key) => key !== 'window' && !isOwn(key) && !taken.includes(key))
  if (stray !== undefined) return `takes ${taken.map((key) => `\`${key}\``).join(' or ')} with \`window: ${form}\`, not \`${stray}\``
  return parsers[form](params)
}

const parsers: Readonly<Record<Form, (params: Params) => MetricWindow | string>> = {
  count({ windowCount: count, exact = false }) {
    if (typeof count !== 'number' || !Number.isInteger(count) || count < 1) return 'needs `windowCount`, a whole number from 1 up, with `window: count`: the newest outcomes to cover'
    if (typeof exact !== 'boolean') return `needs \`exact\` to be true or false, not ${JSON.stringify(exact)}`
    return exact ? { form: 'count', count, exact } : { form: 'count', count }
  },
  time({ span }) {
    const spanMs = parseDuration(span)
    return typeof spanMs === 'number' && spanMs > 0 ? { form: 'time', spanMs } : 'needs `span`, a duration like 6h, with `window: time`'
  },
  faded({ alpha, halfLife }) {
    if ((alpha === undefined) === (halfLife === undefined)) return 'needs `alpha` or `halfLife`, one of them, with `window: faded`'
    if (alpha !== undefined) {
      return typeof alpha === 'number' && alpha >= 1e-6 && alpha <= 0.5 ? { form: 'faded', alpha }
        : 'needs `alpha` to be a share from 0.000001 to 0.5: what an outcome loses of its weight with each later one'
    }
    const halfLifeMs = parseDuration(halfLife)
    return typeof halfLifeMs === 'number' && halfLifeMs > 0 ? { form: 'faded', halfLifeMs } : 'needs `halfLife` to be a duration like 6h'
  },
}

/** @throws UnitError when there is no such metric, its parameters are wrong, or it is of another task */
type CheckMetric = (use: UnitUse) => void

/** Everything wrong with the list, where it stands. */
export function metricProblems(uses: readonly UnitUse[], policy: Omit<ModelPolicy, 'hash'>, check: CheckMetric): Problem[] {
  const seen: string[] = []
  return uses.flatMap((use, i) => {
    const path = ['performance', 'metrics', i]
    const key = hasWindow(use) ? canonicalJson(use) : use.unit
    const first = seen.indexOf(key)
    seen.push(key)
    const again = first === -1 ? [] : [`names '${use.unit}' again, which stands at [${first}] already: remove one of them`]
    return [...again, ...problemsOf(use, policy, check)].map((text) => ({ path, text }))
  })
}

function problemsOf(use: UnitUse, policy: Omit<ModelPolicy, 'hash'>, check: CheckMetric): string[] {
  if ('windowMs' in use.params) return ['says a window of time as a duration in a policy: `span: 6h` in place of `windowMs`']
  try {
    check({ unit: use.unit, params: ownParams(use.params) })
  } catch (error) {
    if (!(error instanceof UnitError)) throw error
    return [`cannot be used: ${error.message}`]
  }
  if (!hasWindow(use)) return []
  const window = windowOf(use.params)
  return typeof window === 'string' ? [window] : impossible(use.unit, window, policy)
}

/** Windows that cannot be read from what is kept. */
function impossible(unit: string, window: MetricWindow, { time }: Omit<ModelPolicy, 'hash'>): string[] {
  if (window.form === 'count' && window.exact === true) return inexact(unit, window.count)
  const keptMs = Math.max(...time.windows) * time.paneMs
  if (window.form === 'time' && window.spanMs > keptMs) {
    return [`covers ${duration(window.spanMs)}, and panes are kept for ${duration(keptMs)}, the longest of \`time.windows\`: shorten \`span\` or add a longer window there`]
  }
  const needs = Object.hasOwn(metrics, unit) ? (metrics as unknown as Readonly<Record<string, Metric>>)[unit].needs : null
  if (window.form === 'faded' && (needs === 'latency' || needs === 'labelling')) return [`cannot fade: ${unit} is read from a digest, which cannot forget. Windows of count and time it can`]
  if (window.form !== 'time' && unit === 'unlabelled-share') return ['has windows of time alone: it is read over whole cohorts of predictions']
  return []
}

/** What keeping scores one by one cannot do. */
function inexact(unit: string, count: number): string[] {
  if (!exactMetrics.includes(unit)) return [`is not read from single scores: \`exact\` is for ${exactMetrics.join(' and ')}; leave it out`]
  if (count > exactCountMax) return [`keeps ${count} scores one by one, and ${exactCountMax} is the most: shorten \`windowCount\`, or leave \`exact\` out and read bins`]
  return []
}
