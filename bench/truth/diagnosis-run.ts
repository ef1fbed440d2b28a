/** Runs of the diagnosis worlds, record by record through the program's own observe and decide under a policy with hardly a setting, and what it came to say. */
import { parsePolicy } from '../../src/config/policy.ts'
import { checkUnitInTables } from '../../src/config/units.ts'
import { buildProfile } from '../../src/cli/table/profile.ts'
import { createDecide } from '../../src/core/decide.ts'
import { Observe } from '../../src/core/observe.ts'
import { createParts, type PartStore } from '../../src/core/parts.ts'
import { seeded, uniform, type Random } from '../../src/core/random.ts'
import type { Decision, FeatureShape, Profile, RetrainRequested } from '../../src/core/records.ts'
import { hash, model, paneMs, version } from './common.ts'
import { categoryName, diagnosisWorlds, drawCalm, importances, numericNames, type DiagnosisWorld, type Row } from './diagnosis-worlds.ts'

export const diagnosisRows = { table: 5_000, pane: 400 }
/** Panes before the change: enough for the dispersion of panes and for labels older than the longest window. */
export const calmPanes = 80
/** Panes after it, at the end of which a person asks where nobody did. */
export const changedPanes = 24
const usualDelayMs = paneMs / 3

const policy = parsePolicy(model, { time: { pane: '1h', labelHorizon: '12h', correctionHorizon: '0s' } }, checkUnitInTables)
const shape: FeatureShape = { numeric: [...numericNames], categorical: [categoryName] }

/** What was said of one run. */
export interface Diagnosed {
  world: string
  diagnosis: string
  /** how it came to be said */
  by: 'request' | 'withheld' | 'asked'
  /** panes from the change to it; negative: before anything had changed */
  afterPanes: number
}

/** One burn-in, then each world from there on: what was drawn before the change is the same in all, and each world is drawn by itself after it. */
export function diagnosisRuns(worlds: readonly DiagnosisWorld[], seed: number): Diagnosed[] {
  const random = seeded(seed)
  const profile = profileFrom(random)
  const calm = program(newStored(), profile)
  const late: Due[] = []
  for (let pane = 0; pane < calmPanes; pane++) runPane(calm, pane, late, () => drawCalm(random), 1, random)
  const stored = calm.stored()
  return worlds.map((world) => runWorld(world, seeded(seed * 31 + diagnosisWorlds.indexOf(world) + 1), program(structuredClone(stored), null), late.slice()))
}

function runWorld(world: DiagnosisWorld, random: Random, told: ReturnType<typeof program>, due: Due[]): Diagnosed {
  const end = calmPanes + changedPanes
  for (let pane = calmPanes; pane < end && told.first() === null; pane++) runPane(told, pane, due, () => world.draw(random), world.delayTimes, random)
  const { diagnosis, by, atMs } = told.first() ?? told.ask(end * paneMs + 1)
  return { world: world.name, diagnosis, by, afterPanes: Math.floor(atMs / paneMs) - calmPanes }
}

/** Predictions of one pane, and the labels that come meanwhile; those that come later stay in `due`. */
function runPane(told: ReturnType<typeof program>, pane: number, due: Due[], draw: () => Row, delayTimes: number, random: Random): void {
  const served = Array.from({ length: diagnosisRows.pane }, (_, i): Served => {
    const row = draw()
    const atMs = pane * paneMs + Math.floor(((i + 0.5) / diagnosisRows.pane) * paneMs)
    const inferenceId = `i${pane}-${i}`
    due.push({ atMs: Math.ceil(atMs - Math.log(1 - uniform(random)) * usualDelayMs * delayTimes), inferenceId, positive: row.positive })
    return { atMs, inferenceId, row }
  })
  due.sort((a, b) => a.atMs - b.atMs)
  const later = due.findIndex(({ atMs }) => atMs >= (pane + 1) * paneMs)
  told.pane(served, due.splice(0, later === -1 ? due.length : later))
}

interface Served {
  atMs: number
  inferenceId: string
  row: Row
}

interface Due {
  atMs: number
  inferenceId: string
  positive: boolean
}

/** As `steward profile` freezes it from a table of labelled rows. */
function profileFrom(random: Random): Profile {
  const rows = Array.from({ length: diagnosisRows.table }, () => drawCalm(random))
  const numeric = (of: (row: Row) => number) => ({ type: 'numeric' as const, values: Float64Array.from(rows, of) })
  const columns = {
    ...Object.fromEntries(numericNames.map((name, i) => [name, numeric(({ numeric: x }) => x[i])])),
    [categoryName]: { type: 'text' as const, values: rows.map(({ channel }) => channel) }, score: numeric(({ score }) => score),
  }
  const table = { path: 'reference', rows: rows.length, names: Object.keys(columns), columns }
  const roles = { id: null, time: null, version: null, label: null, score: 'score', decision: null, segments: [], features: [...numericNames, categoryName] }
  return buildProfile(table, roles, {
    model, version, effectiveFromMs: 0, task: 'binary', positive: true, threshold: policy.threshold, bins: 10, scoreBins: 200, importances,
    labelAt: (row) => rows[row].positive, rows: null,
  })
}

type Said = Pick<Diagnosed, 'diagnosis' | 'by'> & { atMs: number }

/** What observe and decide have committed, as a store holds it. */
interface Stored {
  observe: Map<string, unknown>
  chunks: Uint8Array[]
  decide: Map<string, unknown>
  nowMs: number
  first: Said | null
}

const newStored = (): Stored => ({ observe: new Map(), chunks: [], decide: new Map(), nowMs: 0, first: null })

function commit(parts: PartStore, stored: Map<string, unknown>): void {
  const { written, removed } = parts.takeDirty()
  for (const [name, part] of written) stored.set(name, part)
  for (const name of removed) stored.delete(name)
}

/** Observe and decide as they stand side by side in one process, taken up where `stored` left them; it is brought up to date after every pane. */
function program(stored: Stored, profile: Profile | null) {
  const decide = createDecide({ nextCron: (_expression, _timezone, afterMs) => afterMs + 1e12, upstreamTasks: 1, hash, defaultPolicy: () => policy })
  const [parts, observeParts] = [createParts(stored.decide), createParts(stored.observe)]
  let { nowMs, first } = stored
  const emit = (_role: string, _key: string, event: object): void => {
    const { kind, diagnosis, decision, at } = event as RetrainRequested & Decision
    if (kind as string === 'retrain-requested') first ??= { diagnosis, by: 'request', atMs: at }
    if (kind === 'decision' && decision === 'retrain-withheld') first ??= { diagnosis: 'harmless covariate drift', by: 'withheld', atMs: at }
  }
  const observe = new Observe({
    task: 0, hash, defaultPolicy: () => policy, emit: {
      summary: (record) => { if (record.kind === 'pane') decide.pane(parts, structuredClone(record), nowMs, emit) },
      broadcast: (record) => decide.broadcast(parts, record, nowMs, emit),
      deadLetter: (code, message) => { throw new Error(`${code}: ${message}`) },
    },
  }, observeParts, stored.chunks)
  if (profile !== null) {
    observe.applyProfile(profile, 0)
    decide.applyProfile(parts, profile, 0, 0)
  }
  return {
    first: () => first,
    stored: () => ({ ...stored, nowMs, first }),
    pane(served: readonly Served[], due: readonly Due[]): void {
      let next = 0
      for (const { atMs, inferenceId, row } of served) {
        for (; next < due.length && due[next].atMs <= atMs; next++) label(due[next])
        nowMs = atMs
        observe.prediction({
          kind: 'prediction', inferenceId, model, version, predictedAt: atMs, score: row.score, decision: null, acted: true, outcome: 'ok', errorCode: null, entityId: null,
          configSequence: null, latencyMs: 5, cost: NaN, segments: null, features: { shape, numeric: row.numeric, categorical: [row.channel] },
        }, atMs)
      }
      for (; next < due.length; next++) label(due[next])
      nowMs = (Math.floor(nowMs / paneMs) + 1) * paneMs
      observe.advance(nowMs)
      const { chunk, chunksDropped } = observe.flush()
      if (chunk !== null) stored.chunks.push(chunk)
      stored.chunks.splice(0, chunksDropped)
      commit(observeParts, stored.observe)
      commit(parts, stored.decide)
    },
    /** A person asks for a retrain: what the request is said to mean. */
    ask(atMs: number): Said {
      decide.command(parts, { kind: 'command', commandId: 'c', model, issuedAt: atMs, issuer: 'bench', command: 'retrain', version: null, reason: 'the run ends' }, atMs, emit)
      if (first === null) throw new Error('a request by command was not sent')
      return { ...(first as Said), by: 'asked' }
    },
  }

  function label({ atMs, inferenceId, positive }: Due): void {
    nowMs = atMs
    observe.label({ kind: 'label', inferenceId, model, observedAt: atMs, value: positive, weight: 1 }, atMs)
  }
}

export const diagnosisWorldNamed = (name: string): DiagnosisWorld => diagnosisWorlds.find((each) => each.name === name)!
