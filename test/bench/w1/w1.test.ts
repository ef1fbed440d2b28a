/** W1 without servers: its own settings, decoder, observe and formatter against its own truth. */
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, it } from 'vitest'
import { differences } from '../../../bench/w1/check.ts'
import { encode, timestampOf } from '../../../bench/w1/encode.ts'
import { generate, type Inferences } from '../../../bench/w1/generate.ts'
import { Summariser } from '../../../bench/w1/summarise.ts'
import { truthOf, type Truth } from '../../../bench/w1/truth.ts'
import { PARTITIONS, roles, START_MS, type Role, type Summary } from '../../../bench/w1/workload.ts'
import { createDecoder, type Decoder } from '../../../src/codec/decoder.ts'
import { createSchemaSource } from '../../../src/codec/schemas.ts'
import { loadConfig, type Config } from '../../../src/config/config.ts'
import { checkUnitInTables } from '../../../src/config/units.ts'
import { Observe } from '../../../src/core/observe.ts'
import { createParts } from '../../../src/core/parts.ts'
import type { Features, Label, Prediction } from '../../../src/core/records.ts'
import { sha256 } from '../../../src/engine/hash.ts'
import { fieldMappings } from '../../../src/main/mappings.ts'

const N = 60_000
const configFile = fileURLToPath(new URL('../../../bench/w1/steward.yaml', import.meta.url))

/** Every record of one partition in the order of a backlog: by time, features before predictions before labels. */
function merged(w: Inferences, partition: number): [role: Role, i: number][] {
  const records = roles.flatMap((role, rank) => Array.from({ length: w.n }, (_, i) => ({ role, rank, i, at: timestampOf(role, w, i) - START_MS })))
  return records.filter(({ i }) => w.partition[i] === partition).sort((a, b) => a.at - b.at || a.rank - b.rank).map(({ role, i }) => [role, i])
}

function summaries(w: Inferences, partition: number, config: Config, decoder: Decoder): Summary[] {
  const found: Summary[] = []
  const summariser = new Summariser()
  const observe = new Observe({
    task: partition, hash: sha256, defaultPolicy: () => config.models.m00.policy,
    emit: { summary: (record) => { if (record.kind === 'pane') found.push(summariser.summarise(record)) }, broadcast() {}, deadLetter(code, message) { throw new Error(`${code}: ${message}`) } },
  }, createParts(new Map()), [])
  for (const [role, i] of merged(w, partition)) {
    const atMs = timestampOf(role, w, i)
    const decoded = decoder.decode(role, { offset: 0, timestampMs: atMs, key: null, value: encode(role, w, i), headers: {} })
    if (decoded.ok !== true) throw new Error(`a record of ${role} cannot be decoded: ${JSON.stringify(decoded)}`)
    if (role === 'features') observe.features(decoded.record as Features, atMs)
    else if (role === 'predictions') observe.prediction(decoded.record as Prediction, atMs)
    else observe.label(decoded.record as Label, atMs)
  }
  observe.finish(0)
  return found
}

describe('workload W1', () => {
  let truth: Truth
  let found: Summary[]

  beforeAll(async () => {
    const config = await loadConfig(configFile, { checkUnit: checkUnitInTables, env: { W1_KAFKA: 'localhost:9092', W1_REDIS: 'redis://localhost', W1_RUN: 'test' } })
    const decoder = createDecoder({ schemas: await createSchemaSource({ files: config.schemaFiles }), mappings: fieldMappings(config) })
    const w = generate(N)
    truth = truthOf(w)
    found = Array.from({ length: PARTITIONS }, (_, partition) => summaries(w, partition, config, decoder)).flat()
  })

  it('needs nothing but its settings and its formatter to give every answer of its truth', () => {
    expect(differences(truth, found)).toEqual([])
    expect(found.filter(({ psi }) => psi !== null)).toHaveLength(PARTITIONS)
    expect(found.reduce((sum, { labelled }) => sum + labelled, 0)).toBe(N)
  })

  it.each<[string, (summary: Summary) => Summary, string]>([
    ['a count', (summary) => ({ ...summary, labelled: summary.labelled + 1 }), 'labelled is'],
    ['a confusion', (summary) => ({ ...summary, conf: {} }), 'conf is'],
    ['a drift', (summary) => ({ ...summary, psi: summary.psi!.map((value) => value + 1e-5) }), 'psi is off'],
    ['a distance', (summary) => ({ ...summary, ks: null }), 'ks is off'],
    ['an AUC', (summary) => ({ ...summary, auc: summary.auc! + 0.05 }), 'auc is off'],
    ['a loss', (summary) => ({ ...summary, logloss: null }), 'logloss is off'],
  ])('finds %s that is wrong', (_, spoil, text) => {
    const at = found.findIndex(({ psi }) => psi !== null)
    const problems = differences(truth, found.map((summary, i) => (i === at ? spoil(summary) : summary)))
    expect(problems).toHaveLength(1)
    expect(problems[0]).toContain(text)
  })

  it('finds a summary that is missing and one that should not be', () => {
    const moved = found.map((summary, i) => (i === 0 ? { ...summary, pane: 0 } : summary))
    expect(differences(truth, moved).map((text) => text.split(': ')[1])).toEqual(['missing', 'has no place in the truth'])
  })

  it('finds a learner that learnt something else', () => {
    const spoilt = found.map((summary) => ({ ...summary, learner: { ...summary.learner, logloss: summary.learner.logloss + 0.01 } }))
    expect(differences(truth, spoilt)).toHaveLength(PARTITIONS)
  })
})

describe('the generator', () => {
  it('gives the same inferences for the same seed and others for another', () => {
    expect(generate(500, 7)).toEqual(generate(500, 7))
    expect(generate(500, 8).ids).not.toEqual(generate(500, 7).ids)
  })

  it('draws what the workload says', () => {
    const n = 20_000
    const w = generate(n)
    const mean = (values: ArrayLike<number>, from = 0, to = n) => Array.from({ length: to - from }, (_, i) => values[from + i]).reduce((sum, value) => sum + value, 0) / (to - from)
    const column = (j: number) => Float64Array.from({ length: n }, (_, i) => w.x[i * 12 + j])
    expect(column(1).filter((value) => value === 0).length / n).toBeCloseTo(0.6, 1)
    expect(mean(column(3), 0.6 * n) - mean(column(3), 0, 0.6 * n)).toBeCloseTo(1, 1)
    expect(mean(w.labelAtMs.map((at, i) => at - START_MS - i)) / 1000).toBeCloseTo(60, -1)
    expect(new Set(w.ids).size).toBe(n)
    expect([0, 1, 2, 3].map((p) => w.partition.filter((partition) => partition === p).length / n).every((share) => Math.abs(share - 0.25) < 0.02)).toBe(true)
  })
})
