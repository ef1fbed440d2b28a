import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import type { Services } from '../../../src/cli/services.ts'
import { parsePolicyFile } from '../../../src/config/config.ts'
import { checkUnitInTables } from '../../../src/config/units.ts'
import { steward } from '../fake.ts'

const folder = mkdtempSync(join(tmpdir(), 'steward-gate-'))
afterAll(() => rmSync(folder, { recursive: true }))
const services: Pick<Services, 'readPolicies'> = {
  readPolicies: async (path, model) => parsePolicyFile(await readFile(path, 'utf8'), path, model, { checkUnit: checkUnitInTables, env: {} }),
}

const evaluation = (auc: number, over: object = {}) => ({
  testSetId: 'holdout-7', n: 20_000, metrics: { 'roc-auc': auc }, standardErrors: { 'roc-auc': 0.001 }, subgroups: {}, latencyMsP99: 20, costPerThousand: 0.1, ...over,
})
const candidate = (auc: number, over: object = {}) => ({
  model: 'fraud', version: 'v8', trainedBy: 'nightly', evaluation: evaluation(auc), baselineVersion: 'v7', baseline: evaluation(0.9), ...over,
})
const policy = join(folder, 'p.yaml')
writeFileSync(policy, 'models:\n  fraud: { promotion: { minImprovement: 0.005, maxLatencyP99: 50ms } }\n  churn: {}\n')

async function gate(given: unknown, ...more: string[]) {
  const path = join(folder, 'c.json')
  writeFileSync(path, JSON.stringify(given))
  return steward(['gate', '--candidate', path, '--policy', policy, ...more], { services })
}

describe('steward gate', () => {
  test('passes a clear improvement with exit code 0', async () => {
    const { code, out } = await gate(candidate(0.95))
    expect(out).toMatch(/^pass {2}fraud v8 against v7\n {2}ok {2}improvement roc-auc/)
    expect(code).toBe(0)
  })

  test('fails a candidate that is worse with exit code 1, and says why', async () => {
    const { code, lines } = await gate(candidate(0.85), '--json')
    expect(code).toBe(1)
    const { findings, ...verdict } = lines()[0] as { findings: unknown[] }
    expect(verdict).toEqual({ model: 'fraud', version: 'v8', verdict: 'fail' })
    expect(findings[0]).toMatchObject({ rule: 'improvement', measure: 'roc-auc', reading: { verdict: 'alarm' }, threshold: 0.005 })
  })

  test('leaves open what the noise does not settle, with exit code 2', async () => {
    const noisy = (auc: number) => evaluation(auc, { standardErrors: { 'roc-auc': 0.02 } })
    const { code, lines } = await gate(candidate(0, { evaluation: noisy(0.91), baseline: noisy(0.9) }), '--json')
    expect(lines()[0]).toMatchObject({ verdict: 'inconclusive' })
    expect(code).toBe(2)
  })

  test('holds the latency against its budget', async () => {
    const { code, lines } = await gate(candidate(0, { evaluation: evaluation(0.95, { latencyMsP99: 80 }) }), '--json')
    expect(code).toBe(1)
    expect((lines()[0] as { findings: { rule: string; reading: { verdict: string } }[] }).findings).toContainEqual(expect.objectContaining({ rule: 'latency', threshold: 50 }))
  })

  test('takes the candidate on standard input, and the policy of the model it names', async () => {
    const { code, lines } = await steward(['gate', '--candidate', '-', '--policy', policy, '--json'], { services, stdin: JSON.stringify(candidate(0.95, { model: 'churn' })) })
    expect(code).toBe(0)
    expect(lines()[0]).toMatchObject({ model: 'churn', verdict: 'pass' })
  })

  test.each([
    [{ ...candidate(0.95), baseline: undefined }, 'baseline'],
    [{ ...candidate(0.95), evaluation: evaluation(NaN) }, 'evaluation.metrics.roc-auc'],
    [[], 'is not a candidate'],
  ])('names the field of a candidate that cannot be used', async (given, field) => {
    const { code, err } = await gate(given)
    expect(code).toBe(2)
    expect(err).toContain(field)
    expect(err).toContain('INPUT_UNREADABLE')
  })

  test('says which models there are when the candidate’s is not among them', async () => {
    const { code, err } = await gate(candidate(0.95, { model: 'fraude' }))
    expect(code).toBe(2)
    expect(err).toContain("has no model 'fraude'. It has: fraud, churn")
  })
})
