import type { Learner } from '../learners/learner.ts'
import { learners } from '../learners/table.ts'
import { member, resolveParams, UnitError } from '../unit.ts'
import { badLine, bit, linesBetweenReadings, onlyOptions, record, type Trial, type TrialOptions } from './input.ts'

const featuresMax = 100_000
const wanted = 'an object like {"x":{"age":41,"amount":12.5},"y":1}'

/** `{x: {feature: number or null}, y}` in; each row is scored, then learnt. Out: how the scores fared so far, with the weights by feature. */
export function tryLearner(name: string, given: Readonly<Record<string, unknown>>, options: TrialOptions): Trial {
  onlyOptions('learners', options, ['every'])
  const learner = member<Learner>('learner', learners, name)
  const params = resolveParams(learner, given)
  const state = learner.init(params)
  const every = linesBetweenReadings(options)
  const slots = new Map<string, number>()
  const reading = () => {
    const { weights, intercept, n, scored, accuracy, logLoss } = learner.read(state, params)
    return { lines: n, scored, accuracy, logLoss, intercept, weights: Object.fromEntries(Array.from(slots, ([feature, slot]) => [feature, weights[slot] ?? 0])) }
  }
  return {
    line(value) {
      const row = record(value, wanted)
      const y = bit(row.y, `"y" to be 0 or 1, in ${wanted}`)
      learner.update(state, { x: toSlots(record(row.x, `"x" to be an object, in ${wanted}`), slots), y }, params)
      return state.n % every === 0 ? [reading()] : []
    },
    end: () => (state.n > 0 && state.n % every === 0 ? [] : [reading()]),
  }
}

/** Values by slot, NaN where missing; a feature not met before gets the next slot. */
function toSlots(x: Readonly<Record<string, unknown>>, slots: Map<string, number>): Float64Array {
  for (const [feature, value] of Object.entries(x)) {
    if (value !== null && typeof value !== 'boolean' && (typeof value !== 'number' || !Number.isFinite(value))) {
      throw badLine(`feature "${feature}" to be a finite number, true, false or null (write a category as one 0/1 feature each)`, value)
    }
  }
  for (const feature of Object.keys(x)) if (!slots.has(feature)) slots.set(feature, slots.size)
  if (slots.size > featuresMax) throw new UnitError(`more than ${featuresMax} features: are ids or free text among the names in "x"?`)
  const row = new Float64Array(slots.size).fill(NaN)
  for (const [feature, value] of Object.entries(x)) if (value !== null) row[slots.get(feature)!] = Number(value)
  return row
}
