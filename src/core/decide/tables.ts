/** The two broadcast tables, policies and profiles, as a decide task holds them: what is in force when. */
import { canonicalJson, type Hash } from '../hash.ts'
import { layoutHash } from '../panes/layout-hash.ts'
import type { Parts } from '../parts.ts'
import type { ModelPolicy } from '../policy.ts'
import type { Profile } from '../records.ts'
import { policyPart, profilePart, profilesPart } from './state.ts'

interface PolicyEntry {
  policy: ModelPolicy
  /** as published: with the hash it identifies the publication */
  publishedMs: number
  /** in force from the first pane that starts at or after */
  fromMs: number
}

export interface ProfileEntry {
  hash: string
  version: string
  fromMs: number
  /** inferences behind it; 0 fixes only the layout */
  n: number
  isProvisional: boolean
  /** hash of its feature bins */
  layout: string
}

/** Policies kept of one model: the newest, since older ones can be in force for no pane that is still open. */
const policiesMax = 16

/** A repeated publication changes nothing; one that comes after its time is in force from now. */
export function keepPolicy(parts: Parts, policy: ModelPolicy, effectiveFromMs: number, nowMs: number): void {
  const entries = parts.get<PolicyEntry[]>(policyPart(policy.model)) ?? []
  if (entries.some((entry) => entry.policy.hash === policy.hash && entry.publishedMs === effectiveFromMs)) return
  const entry = { policy, publishedMs: effectiveFromMs, fromMs: Math.max(effectiveFromMs, nowMs) }
  parts.put(policyPart(policy.model), inserted(entries, entry).slice(-policiesMax))
}

/** The policy in force at a time: the last that began; null before the first, as observe sees it too. */
export function policyAt(parts: Parts, model: string, atMs: number): ModelPolicy | null {
  const entries = parts.get<PolicyEntry[]>(policyPart(model)) ?? []
  return entries.filter(({ fromMs }) => fromMs <= atMs).at(-1)?.policy ?? null
}

/** When the next policy comes into force; null when none waits. */
export const nextPolicyMs = (parts: Parts, model: string, atMs: number): number | null =>
  (parts.get<PolicyEntry[]>(policyPart(model)) ?? []).find(({ fromMs }) => fromMs > atMs)?.fromMs ?? null

/** Profiles are immutable: the same content is kept once. Beyond `profilesMax` the one that began first goes, unless it is of a version in `needed`. */
export function keepProfile(parts: Parts, profile: Profile, effectiveFromMs: number, nowMs: number, hash: Hash, profilesMax: number, needed: readonly string[]): void {
  const entries = profileEntries(parts, profile.model)
  const id = hash(canonicalJson(profile)).slice(0, 16)
  if (entries.some((entry) => entry.hash === id)) return
  const entry: ProfileEntry = {
    hash: id, version: profile.version, fromMs: Math.max(effectiveFromMs, nowMs), n: profile.n, isProvisional: profile.provisional, layout: layoutHash(profile, hash),
  }
  const kept = inserted(entries, entry)
  parts.put(profilePart(profile.model, id), profile)
  while (kept.length > Math.max(1, profilesMax)) {
    const spare = kept.findIndex(({ version, hash: held }) => held !== id && !needed.includes(version))
    const [dropped] = kept.splice(Math.max(0, spare), 1)
    parts.delete(profilePart(profile.model, dropped.hash))
  }
  parts.put(profilesPart(profile.model), kept)
}

export const profileEntries = (parts: Parts, model: string): readonly ProfileEntry[] => parts.get<ProfileEntry[]>(profilesPart(model)) ?? []

/** The reference of a version at a time: its newest own profile, else its newest provisional one with counts. */
export function referenceAt(parts: Parts, model: string, version: string, atMs: number): { entry: ProfileEntry; profile: Profile } | null {
  const own = profileEntries(parts, model).filter((entry) => entry.version === version && entry.fromMs <= atMs && entry.n > 0)
  const entry = own.filter(({ isProvisional }) => !isProvisional).at(-1) ?? own.at(-1)
  const profile = entry && parts.get<Profile>(profilePart(model, entry.hash))
  return entry === undefined || profile === undefined ? null : { entry, profile }
}

/** By `fromMs`; among equals the later arrival is the later. */
const inserted = <T extends { fromMs: number }>(entries: readonly T[], entry: T): T[] =>
  [...entries.filter(({ fromMs }) => fromMs <= entry.fromMs), entry, ...entries.filter(({ fromMs }) => fromMs > entry.fromMs)]
