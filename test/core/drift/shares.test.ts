import { describe, expect, it } from 'vitest'
import { missing } from '../../../src/core/drift/missing.ts'
import { nonFinite } from '../../../src/core/drift/non-finite.ts'
import { layoutOfSample, sampleSummary } from '../../../src/core/drift/sample.ts'
import type { SampleValue } from '../../../src/core/drift/sample.ts'
import { unseen } from '../../../src/core/drift/unseen.ts'
import { resolveParams } from '../../../src/core/unit.ts'

const mixed = (counts: readonly (readonly [SampleValue, number])[]) => counts.flatMap(([value, count]) => Array<SampleValue>(count).fill(value))
const pair = (reference: SampleValue[], current: SampleValue[]) => {
  const layout = layoutOfSample(reference)
  return [sampleSummary(reference, layout), sampleSummary(current, layout)] as const
}

describe('missing', () => {
  const params = resolveParams(missing)

  it('alarms when values go missing and when they stop to be, numbers and names alike', () => {
    const full = mixed([[1, 500], [2, 500]])
    const holed = mixed([[1, 400], [2, 400], [null, 200]])
    expect(missing.compare(...pair(full, holed), params)).toMatchObject({ value: 0.2, verdict: 'alarm', detail: { share: 0.2, shareReference: 0 } })
    expect(missing.compare(...pair(holed, full), params)).toMatchObject({ value: 0.2, verdict: 'alarm' })
    expect(missing.compare(...pair(mixed([['a', 1_000]]), mixed([['a', 800], [null, 200]])), params).verdict).toBe('alarm')
  })

  it('warns of a small sure change and is silent about a few', () => {
    const full = mixed([[1, 10_000]])
    expect(missing.compare(...pair(full, mixed([[1, 9_800], [null, 200]])), params).verdict).toBe('warning')
    expect(missing.compare(...pair(full, mixed([[1, 499], [null, 1]])), params).verdict).toBe('ok')
  })

  it('still speaks when everything is missing', () => {
    expect(missing.compare(...pair(mixed([[1, 100]]), mixed([[null, 100]])), params)).toMatchObject({ value: 1, n: 100, verdict: 'alarm' })
    expect(missing.compare(...pair(mixed([[1, 100]]), []), params)).toMatchObject({ value: null, verdict: 'insufficient' })
  })
})

describe('unseen', () => {
  const params = resolveParams(unseen)

  it('alarms at new names and lists them sorted', () => {
    const reading = unseen.compare(...pair(mixed([['a', 500], ['b', 500]]), mixed([['a', 900], ['z', 60], ['y', 40]])), params)
    expect(reading).toMatchObject({ value: 0.1, verdict: 'alarm', detail: { share: 0.1, names: 'y, z' } })
  })

  it('does not take the long tail of the reference for new', () => {
    const tail = Array.from({ length: 120 }, (_, i) => [`name ${i}`, 10] as const)
    const reading = unseen.compare(...pair(mixed([['a', 5_000], ...tail]), mixed([['a', 500], ...tail])), params)
    expect(reading).toMatchObject({ value: 0, verdict: 'ok', detail: { names: null } })
  })

  it('judges names beyond what a layout can know by the rise of their share only', () => {
    const tail = Array.from({ length: 600 }, (_, i) => [`name ${i}`, 5] as const)
    const sample = mixed([['a', 5_000], ...tail])
    expect(unseen.compare(...pair(sample, sample), params)).toMatchObject({ value: 0, verdict: 'ok' })
  })
})

describe('non-finite', () => {
  it('alarms when a number field begins to carry text', () => {
    const reading = nonFinite.compare(...pair(mixed([[1, 500], [2, 500]]), mixed([[1, 900], ['n/a', 100]])), resolveParams(nonFinite))
    expect(reading).toMatchObject({ value: 0.1, n: 1_000, verdict: 'alarm' })
  })
})
