import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import type { CaptureRecord, ReplayItem } from '../../src/cli/services.ts'
import { replay } from '../../src/main/replay.ts'

const folder = mkdtempSync(join(tmpdir(), 'steward-replay-'))
afterAll(() => rmSync(folder, { recursive: true }))

const startMs = Date.UTC(2026, 0, 1)

async function* predictions(): AsyncGenerator<CaptureRecord> {
  for (let i = 0; i < 30; i++) {
    const at = startMs + i * 60_000
    yield { topic: 'predictions', key: `${i}`, timestampMs: at, value: { kind: 'prediction', model: 'fraud', version: 'v1', inferenceId: `${i}`, predictedAt: at, score: 0.5 } }
  }
}

async function replayed(policy: string, records = predictions()): Promise<ReplayItem[]> {
  const path = join(folder, 'policy.yaml')
  writeFileSync(path, policy)
  const items: ReplayItem[] = []
  const options = { records, policy: path, defaults: {}, rekey: [], partitions: 1, signal: new AbortController().signal, onProgress: () => undefined }
  for await (const item of replay(options)) items.push(item)
  return items
}

async function* withoutTime(): AsyncGenerator<CaptureRecord> {
  for await (const record of predictions()) yield { ...record, value: { ...record.value as object, predictedAt: undefined } }
}

describe('a replay of records that cannot be used', () => {
  it('says how many, and why the first was set aside', async () => {
    const [summary] = (await replayed('models: {}', withoutTime())).filter((item) => item.item === 'summary')
    expect(summary).toMatchObject({ summary: { deadLetters: 30, firstDeadLetter: expect.stringMatching(/^MISSING_FIELD in predictions: 'predictedAt' is missing/) as string } })
  })
})

describe('a replay under the policies of a file', () => {
  it('refuses policies of models that the input does not have', async () => {
    await expect(replayed('models: { spam: {}, churn: {} }')).rejects.toThrow(/policy\.yaml has policies for 'spam', 'churn', and the input is of 'fraud': name them alike/)
  })

  it('takes a file of which one policy is of a model of the input, and one without policies', async () => {
    for (const policy of ['models: { spam: {}, fraud: { mode: act } }', 'models: {}']) {
      const [summary] = (await replayed(policy)).filter((item) => item.item === 'summary')
      expect(summary).toMatchObject({ summary: { deadLetters: 0, records: { predictions: 30 } } })
    }
  })
})
