import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import type { CaptureRecord } from '../../src/cli/services.ts'
import { createDecoder } from '../../src/codec/decoder.ts'
import type { InputRole, OutputRole } from '../../src/engine/ports.ts'
import { demo } from '../../src/main/demo/demo.ts'
import type { Published } from '../main/traffic.ts'
import { testServers } from '../servers/index.ts'
import { createCluster, PARTITIONS } from './cluster.ts'

const roles: readonly OutputRole[] = ['retrain-requested', 'promote', 'rollback', 'serving-config', 'incidents', 'decisions']

const linesOf = async (path: string) => (await readFile(path, 'utf8')).trimEnd().split('\n').map((line) => JSON.parse(line) as CaptureRecord)

describe('the capture that the demo leaves', () => {
  it('gives the same decisions on a real cluster, without its trainer and fleet', async () => {
    const outDir = await mkdtemp(join(tmpdir(), 'steward-demo-'))
    for await (const item of demo({ outDir, seed: 1, partitions: PARTITIONS, signal: new AbortController().signal, onProgress: () => {} })) void item
    const decoder = createDecoder()
    const records = (await linesOf(join(outDir, 'capture.ndjson'))).map(({ topic, key, timestampMs, value }): Published => {
      const decoded = decoder.decode(topic as InputRole, { offset: 0, timestampMs, key: null, value: Buffer.from(JSON.stringify(value)), headers: {} })
      if (decoded.ok !== true) throw new Error(`a captured record of ${topic} cannot be decoded`)
      return [topic as InputRole, key, timestampMs, decoded.record]
    })
    const cluster = await createCluster(testServers(), {})
    await cluster.load(records)
    const workers = [cluster.worker('--drain'), cluster.worker('--drain')]
    for (const worker of workers) expect(await worker.ended, worker.output()).toBe(0)

    const expected = await linesOf(join(outDir, 'events.ndjson'))
    for (const role of roles) {
      const embedded = expected.filter(({ topic }) => topic === role).map(({ timestampMs, value }) => {
        const decoded = decoder.decodeOutput(role, Buffer.from(JSON.stringify(value)))
        return { timestampMs, event: decoded.ok === true ? decoded.record : null }
      })
      expect(await cluster.events(role), role).toEqual(embedded)
      if (role !== 'incidents') expect(embedded, `${role} of the demo`).not.toEqual([])
    }
  }, 240_000)
})
