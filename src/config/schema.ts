/** The words in which settings are described: strict sections, quantities in human units, and problems that say where and what to do. */
import { z } from 'zod'
import { nearest } from '../core/unit.ts'
import { parseDuration, parseShare, parseSize, shown, type Parsed } from './quantities.ts'

export interface Problem {
  path: readonly PropertyKey[]
  /** goes on after the quoted path: "must be …" */
  text: string
}

/** Keys that a section knows and does not take, each with the rest of the sentence that begins with its path. */
export type Refused = Readonly<Record<string, string>>
export const notBuilt = 'is not built yet: remove it'

/**
 * An object that takes these keys and no other. An unknown key names its nearest neighbour; a refused one says why.
 * One line of the message a key, in the order of the issue's `keys`: `problemsOf` pairs them.
 */
export function section<Shape extends z.ZodRawShape>(shape: Shape, refused: Refused = {}) {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) => issue.code === 'unrecognized_keys' ? issue.keys.map((key) => aboutKey(key, known, refused)).join('\n') : undefined,
  })
}

function aboutKey(key: string, known: readonly string[], refused: Refused): string {
  if (Object.hasOwn(refused, key)) return refused[key]
  const near = nearest(key, known)
  return near === null ? `is not a setting. Here there are: ${known.join(', ')}` : `is not a setting; did you mean '${near}'?`
}

const measured = (parse: (value: unknown) => Parsed) => (min: number) => z.unknown().transform((value, context) => {
  const parsed = parse(value)
  if (typeof parsed === 'number' && parsed >= min) return parsed
  context.addIssue({ code: 'custom', message: typeof parsed === 'number' ? `must be longer or larger than ${shown(value)}` : parsed.problem })
  return z.NEVER
})

/** milliseconds, at least `minMs` */
export const duration = (minMs = 1) => measured(parseDuration)(minMs)
/** bytes, at least `minBytes` */
export const size = (minBytes = 1) => measured(parseSize)(minBytes)
/** a share in [0, 1] */
export const share = () => measured(parseShare)(0)
export const count = (min = 1) => z.int().min(min)
/** a metric's unit, or money: any finite number from `min` */
export const amount = (min = 0) => z.number().min(min)
export const name = () => z.string().min(1)
export const scalar = () => z.union([z.boolean(), z.number(), z.string()])

/** Every issue of a failed parse as problems, one a key. */
export function problemsOf(error: z.ZodError, at: readonly PropertyKey[] = []): Problem[] {
  return error.issues.flatMap((issue): Problem[] => {
    const path = [...at, ...issue.path]
    if (issue.code !== 'unrecognized_keys') return [{ path, text: sentence(issue) }]
    const lines = issue.message.split('\n')
    return issue.keys.map((key, i) => ({ path: [...path, key], text: lines[i] }))
  })
}

function sentence(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'custom': return issue.message
    case 'invalid_type': return `must be ${typeNames[issue.expected] ?? `a ${issue.expected}`}`
    case 'invalid_value': return `must be ${issue.values.length === 1 ? '' : 'one of '}${issue.values.map((value) => String(value)).join(', ')}`
    case 'invalid_union': return `must be ${[...new Set(issue.errors.flat().map((inner) => sentence(inner).replace(/^must be /, '')))].join(' or ')}`
    case 'too_small': if (issue.origin === 'array') return `must have at least ${issue.minimum} ${issue.minimum === 1 ? 'entry' : 'entries'}`
      return issue.origin === 'string' ? 'must not be empty' : `must be ${issue.inclusive === false ? 'more than' : 'at least'} ${issue.minimum}`
    case 'invalid_key': return `must have a name that fits: ${issue.issues.map(sentence).join(', ')}`
    case 'invalid_format': return issue.message
    case 'too_big': return issue.origin === 'array' ? `must have at most ${issue.maximum} entries` : `must be at most ${issue.maximum}`
    default: return issue.message
  }
}

const typeNames: Readonly<Record<string, string>> = {
  object: 'a section of settings', record: 'a map of names', array: 'a list', int: 'a whole number', string: 'text', number: 'a number', boolean: 'true or false',
}

/** `models.fraud.triggers[0].drift` */
export function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => typeof part === 'number' ? `${text}[${part}]` : text === '' ? String(part) : `${text}.${String(part)}`, '')
}

export function problemText({ path, text }: Problem): string {
  return path.length === 0 ? `the settings: ${text}` : `\`${pathText(path)}\` ${text}`
}
