/** Class probabilities of a prediction: interned sets of names, and how to collect them from a map or from fields. */
import type { ClassScores } from '../core/records.ts'
import { refuse } from './codes.ts'
import { asNumber, isContainer, sentNumber, shown, smallFloat64Array } from './features.ts'

/** Sets of names remembered; beyond it the table starts anew: slower, but the same probabilities. */
const SETS_MAX = 4096
/** Classes that one prediction may name. */
const CLASSES_MAX = 1000
const NAME_LENGTH_MAX = 200
/** Probabilities made in single precision miss 0 and 1 by so much. */
const ROUNDING = 1e-6

/** One set of names, and where in it each name of a record goes. */
interface ClassSet {
  /** in record order */
  names: readonly string[]
  /** ascending */
  classes: readonly string[]
  at: readonly number[]
}

const sets = new Map<string, ClassSet>()
const sorted = new Map<string, readonly string[]>()
let last: ClassSet | null = null

/** @returns null where there are no probabilities @throws Refusal naming the class */
export function classScoresOf(value: unknown): ClassScores | null {
  if (value === null || value === undefined) return null
  if (Array.isArray(value)) return refuse('UNSUPPORTED', '`classScores` is a list: send a map of class name to probability')
  if (!isContainer(value)) return refuse('WRONG_TYPE', `\`classScores\` must map class names to probabilities, not ${shown(value)}`)
  const [names, scores] = value instanceof Map ? [[...value.keys()] as string[], [...value.values()] as unknown[]] : [Object.keys(value), Object.values(value)]
  return collect(names, scores, 0)
}

/** From fields of their own: the probability of `names[i]` is `slots[from + i]`. */
export const classScoresFrom = (names: readonly string[], slots: readonly unknown[], from: number): ClassScores | null => collect(names, slots, from)

function collect(names: readonly string[], values: readonly unknown[], from: number): ClassScores | null {
  for (let i = 0; i < names.length; i++) {
    if (values[from + i] !== null && values[from + i] !== undefined) continue
    const given = names.map((_, j) => j).filter((j) => values[from + j] !== null && values[from + j] !== undefined)
    return collect(given.map((j) => names[j]), given.map((j) => values[from + j]), 0)
  }
  if (names.length === 0) return null
  const { classes, at } = setOf(names)
  const scores = smallFloat64Array(names.length)
  for (let i = 0; i < names.length; i++) scores[at[i]] = probability(values[from + i], names[i])
  return { classes, scores }
}

function probability(value: unknown, name: string): number {
  const given = typeof value === 'number' ? value : asNumber(value, `the probability of class '${name}'`)
  if (given >= 0 && given <= 1) return given
  if (!Number.isFinite(given)) return sentNumber(given)
  if (given >= -ROUNDING && given <= 1 + ROUNDING) return given < 0 ? 0 : 1
  return refuse('WRONG_TYPE', `the probability of class '${name}' must lie in [0, 1]: send probabilities, not logits or votes`)
}

function setOf(names: readonly string[]): ClassSet {
  if (last !== null && isSame(last.names, names)) return last
  if (names.length > CLASSES_MAX) refuse('UNSUPPORTED', `\`classScores\` names ${names.length} classes, at most ${CLASSES_MAX} can be: send the most probable ones, a class that is left out has 0`)
  const key = names.join('\u0000')
  last = sets.get(key) ?? newSet(names, key)
  return last
}

function newSet(names: readonly string[], key: string): ClassSet {
  for (const name of names) {
    if (name === '' || name.length > NAME_LENGTH_MAX || name in Object.prototype) refuse('WRONG_TYPE', `a class may not be named '${name.slice(0, 20)}': 1 to ${NAME_LENGTH_MAX} characters, and nothing that every object has`)
  }
  const ascending = [...names].sort()
  const own = ascending.join('\u0000')
  if (sets.size >= SETS_MAX) {
    sets.clear()
    sorted.clear()
  }
  const classes = sorted.get(own) ?? Object.freeze(ascending)
  sorted.set(own, classes)
  const made = { names: [...names], classes, at: names.map((name) => classes.indexOf(name)) }
  sets.set(key, made)
  return made
}

function isSame(a: readonly string[], b: readonly string[]): boolean {
  if (a.length !== b.length) return false
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false
  return true
}
