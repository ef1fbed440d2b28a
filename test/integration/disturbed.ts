/** The ground of tests that disturb a drain: a load, what an undisturbed run makes of it, and a drain slow enough to be met on its way. */
import { expect } from 'vitest'
import { HOUR, type Published } from '../main/traffic.ts'
import { PARTITIONS, type Cluster, type ClusterSettings } from './cluster.ts'
import { load, loadSettings } from './load.ts'
import { clusterOutcome, embeddedOutcome, policies, type Outcome } from './outcome.ts'

/** Small steps, so that a drain has some hundred epochs, and a group that notices a dead member soon. */
export const slowly: ClusterSettings = { limits: { epoch: '50ms', maxBufferRecords: 50 }, log: { level: 'info' }, kafka: { sessionTimeout: '2s' } }
/** To Redis, one way; a commit takes twice as long, so most disturbances cut one off, before it was applied or after. */
export const REDIS_DELAY_MS = 75

export const plainTasks = [...Array.from({ length: PARTITIONS }, (_, p) => `observe-${p}`), 'decide-0', 'decide-1']

/** A load of `inferences` with all that a cluster needs beside it, and its outcome in one process. */
export async function undisturbed(inferences: number, seed?: number): Promise<{ records: Published[]; outcome: Outcome }> {
  const traffic = load(inferences, seed)
  const { profiles, ...outcome } = await embeddedOutcome(loadSettings, traffic, [1_000 * HOUR, 1_030 * HOUR])
  return { records: [...policies(loadSettings), ...profiles, ...traffic], outcome }
}

/** Events first: they are the shorter to read where something differs. */
export async function expectOutcome(cluster: Cluster, { events, panes }: Outcome): Promise<void> {
  const found = await clusterOutcome(cluster)
  expect(found.events).toEqual(events)
  expect(found.panes).toEqual(panes)
}
