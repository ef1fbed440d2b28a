/** Keys of segment values, `name=value`, and what a policy reads in them. */
import type { ModelPolicy, SegmentReads } from './policy.ts'

/** The value that all further ones of a segment are counted under once `limits.maxSegments` are known. */
export const otherValue = '(other)'

/** Per policy, since observe asks for every record. Policies are frozen and few. */
const known = new WeakMap<object, Map<string, SegmentReads | null>>()
/** Keys are bounded by `limits.maxSegments`, of one policy on one task: beyond this many somebody asks for what is none. */
const knownMax = 10_000

/**
 * What drift is read of in a segment; null: nothing. Nothing is ever read of the values beyond `limits.maxSegments` together: which they are differs from task to
 * task and with the order in which they came.
 */
export function readOf(policy: Pick<ModelPolicy, 'drift'>, key: string): SegmentReads | null {
  const { segments } = policy.drift
  if (segments === undefined) return null
  let keys = known.get(segments)
  if (keys === undefined) known.set(segments, (keys = new Map()))
  let found = keys.get(key)
  if (found === undefined) {
    found = isOther(key) ? null : readOfName(segments, key)
    if (keys.size < knownMax) keys.set(key, found)
  }
  return found
}

export const isOther = (key: string): boolean => key.endsWith(`=${otherValue}`)

/** A name may hold a `=` itself: the longest that fits is the segment's. */
function readOfName(segments: Readonly<Record<string, SegmentReads>>, key: string): SegmentReads | null {
  const [name] = Object.keys(segments).filter((each) => key.startsWith(`${each}=`)).sort((a, b) => b.length - a.length)
  return name === undefined ? null : segments[name]
}

/** One text for the keys of a prediction, from which `keysIn` takes them again whatever values hold. */
export const joinedKeys = (keys: readonly string[]): string => keys.map(escaped).join('|')

export const escaped = (key: string): string => key.includes('|') || key.includes('\\') ? key.replace(/[|\\]/g, '\\$&') : key

export const keysIn = (joined: string): string[] => (joined.match(/(?:\\[|\\]|[^|])+/g) ?? []).map((key) => key.replace(/\\([|\\])/g, '$1'))
