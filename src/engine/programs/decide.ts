/** DECIDE as the engine runs it: panes of every observe task, candidates and commands in, events and views out. */
import { createDecide, type DecideEnvironment, type Emit } from '../../core/decide.ts'
import { createParts } from '../../core/parts.ts'
import type { PanesRecord } from '../../core/panes/summary.ts'
import type { Candidate, Command } from '../../core/records.ts'
import { sha256 } from '../hash.ts'
import type { ProgramFactory, TopologyInputs } from '../program.ts'
import { applyTable, type TableEnvironment } from './tables.ts'

/** Name of the view that lists a task's models; no model can be called so, as names of models are not empty and have no control characters. */
export const MODELS_VIEW = '\u0000models'

/** @param tasks names of the observe tasks, in order of partition */
export const decideInputs = (tasks: readonly string[]): TopologyInputs =>
  ({ name: 'decide', merged: [{ role: 'panes', as: 'panes', tasks }, 'candidates'], urgent: 'commands', tables: true })

export const decideProgram = (env: TableEnvironment & Omit<DecideEnvironment, 'hash'>): ProgramFactory => (_task, stored, _chunks, output) => {
  const parts = createParts(stored)
  const decide = createDecide({ ...env, hash: sha256 })
  const emit: Emit = (role, key, event) => output.keyed(role, key, event)
  const viewed = new Set<string>()
  return {
    step(role, record, streamTimeMs) {
      if (role === 'candidates') decide.candidate(parts, record as Candidate, streamTimeMs, emit)
      else if (role === 'commands') decide.command(parts, record as Command, streamTimeMs, emit)
      else stepPanes(record as PanesRecord, streamTimeMs)
      for (const model of decide.models(parts)) viewed.add(model)
    },
    table: (role, record, publishedMs, streamTimeMs) => applyTable(env, output, role, record, publishedMs, {
      policy: (policy, fromMs) => decide.applyPolicy(parts, policy, fromMs, streamTimeMs),
      profile: (profile, fromMs) => decide.applyProfile(parts, profile, fromMs, streamTimeMs),
      paneMs: (model) => decide.policyOf(parts, model).time.paneMs,
    }),
    advance: (streamTimeMs) => decide.advance(parts, streamTimeMs, emit),
    finish: (streamTimeMs) => decide.end(parts, streamTimeMs, emit),
    reopened: (task) => decide.reopen(parts, task),
    flush() {
      const dirty = parts.takeDirty()
      const views = new Map<string, string>()
      for (const model of viewed) {
        const view = decide.view(parts, model)
        if (view !== null) views.set(model, JSON.stringify(view))
      }
      if (viewed.size > 0) views.set(MODELS_VIEW, JSON.stringify(decide.models(parts)))
      viewed.clear()
      return { parts: dirty, chunk: null, chunksDropped: 0, views }
    },
    pendingCount: () => 0,
  }

  function stepPanes(record: PanesRecord, streamTimeMs: number): void {
    if (record.kind === 'pane') decide.pane(parts, record, streamTimeMs, emit)
    else if (record.kind === 'watch') decide.watch(parts, record, streamTimeMs, emit)
    else decide.broadcast(parts, record, streamTimeMs, emit)
  }
}
