/** The topologies of a run, the same wherever it runs: in one process, on a cluster, or again from its journal. */
import { nextCron } from '../config/cron.ts'
import type { Config } from '../config/config.ts'
import { isRekeyed, taskName, type InputRole, type ObservedRole, type OutputRole, type TaskId } from '../engine/ports.ts'
import { decideInputs, decideProgram } from '../engine/programs/decide.ts'
import { observeInputs, observeProgram } from '../engine/programs/observe.ts'
import { allRekeyTasks, rekeyedRole, rekeyedTopic, rekeyInputs, rekeyProgram, type Rekeyed } from '../engine/programs/rekey.ts'
import type { TaskSettings } from '../engine/task.ts'
import type { PolicyEnvironment } from './policies.ts'

export const observedRoles = ['features', 'predictions', 'labels'] as const satisfies readonly ObservedRole[]
export const decidedRoles = ['panes', 'candidates', 'commands'] as const satisfies readonly InputRole[]

export interface Partitions {
  observe: number
  decide: number
  /** of the topics that are rekeyed */
  rekeyed: Rekeyed
}

export const rekeyTopology = (role: ObservedRole): TaskId['topology'] => `rekey-${role}`

/** What the settings ask to be rekeyed. */
export const rekeyedRolesOf = ({ inputs }: Pick<Config, 'inputs'>): ObservedRole[] => observedRoles.filter((role) => inputs[role].rekey)

/** The topics that observe tasks read: those of the settings, or the copies of what is rekeyed. */
export const observedTopics = (rekeyed: readonly ObservedRole[]): InputRole[] => observedRoles.map((role) => (rekeyed.includes(role) ? rekeyedRole(role) : role))

const tasks = (topology: 'observe' | 'decide', partitions: number): TaskId[] => Array.from({ length: partitions }, (_, partition) => ({ topology, partition }))

/** Partitions that a role is published over: of copies those that observe tasks read, whatever their topic has beyond. */
export const publishedOver = (observe: number, countOf: (role: OutputRole) => number) => (role: OutputRole): number => (isRekeyed(role) ? observe : countOf(role))

/** Every task, each after those whose records it reads. */
export const tasksOf = ({ rekeyed, observe, decide }: Partitions): TaskId[] => [...allRekeyTasks(rekeyed), ...tasks('observe', observe), ...tasks('decide', decide)]

/** Inputs and program of each topology. */
export function topologiesOf(policies: PolicyEnvironment, { observe, rekeyed }: Omit<Partitions, 'decide'>): (topology: TaskId['topology']) => Pick<TaskSettings, 'inputs' | 'factory'> {
  const observing = { inputs: observeInputs(rekeyed), factory: observeProgram(policies) }
  const deciding = { inputs: decideInputs(tasks('observe', observe).map(taskName)), factory: decideProgram({ ...policies, nextCron, upstreamTasks: observe }) }
  return (topology) => {
    const role = rekeyedTopic(topology)
    if (role !== null) return { inputs: rekeyInputs(role), factory: rekeyProgram(role) }
    return topology === 'observe' ? observing : deciding
  }
}
