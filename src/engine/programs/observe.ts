/** OBSERVE as the engine runs it: records in, pane summaries and broadcasts to `panes`. */
import { Observe } from '../../core/observe.ts'
import { createParts } from '../../core/parts.ts'
import type { Features, Label, ObserveRecord, Prediction } from '../../core/records.ts'
import { sha256 } from '../hash.ts'
import { taskName } from '../ports.ts'
import type { ProgramFactory, TopologyInputs } from '../program.ts'
import { rekeyedRole, rekeyTasks, type Rekeyed } from './rekey.ts'
import { applyTable, type TableEnvironment } from './tables.ts'

/**
 * Features first: at one stream time what a prediction was made from comes before it, and a label after.
 * @param rekeyed source partitions of the topics whose records come as copies under their inference id
 */
export const observeInputs = (rekeyed: Rekeyed = {}): TopologyInputs => ({
  name: 'observe', urgent: null, tables: true,
  merged: (['features', 'predictions', 'labels'] as const).map((role) => {
    const partitions = rekeyed[role]
    return partitions === undefined ? role : { role: rekeyedRole(role), as: role, tasks: rekeyTasks(role, partitions).map(taskName) }
  }),
})

export const observeProgram = (env: TableEnvironment): ProgramFactory => (task, stored, chunks, output) => {
  const parts = createParts(stored)
  const observe = new Observe({
    task: task.partition,
    hash: sha256,
    defaultPolicy: env.defaultPolicy,
    emit: {
      summary: (record) => output.keyed('panes', record.model, record),
      broadcast: (record) => output.everywhere('panes', record),
      deadLetter: output.deadLetter,
    },
  }, parts, chunks)
  return {
    step(_role, record, streamTimeMs) {
      const { kind } = record as ObserveRecord
      if (kind === 'features') observe.features(record as Features, streamTimeMs)
      else if (kind === 'prediction') observe.prediction(record as Prediction, streamTimeMs)
      else observe.label(record as Label, streamTimeMs)
    },
    table: (role, record, publishedMs) => applyTable(env, output, role, record, publishedMs, {
      policy: (policy, fromMs) => observe.applyPolicy(policy, fromMs),
      profile: (profile, fromMs) => observe.applyProfile(profile, fromMs),
      paneMs: (model) => observe.policyOf(model).time.paneMs,
    }),
    advance: (streamTimeMs) => observe.advance(streamTimeMs),
    finish: (streamTimeMs) => observe.finish(streamTimeMs),
    flush() {
      const { chunk, chunksDropped } = observe.flush()
      return { parts: parts.takeDirty(), chunk, chunksDropped, views: new Map() }
    },
    pendingCount: () => observe.pendingCount(),
  }
}
