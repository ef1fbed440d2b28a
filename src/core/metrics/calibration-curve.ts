import { wilsonInterval } from '../math/proportion.ts'
import { insufficient } from '../reading.ts'
import { integer } from '../unit.ts'
import { calibrationPValue, equalCountGroups, type Group } from './calibration-groups.ts'
import { readingParams, twoSidedZ, type BinaryMetric, type TabledReading } from './metric.ts'

const params = { ...readingParams, bins: integer(10, 'groups of about equal count, one a point of the curve', { min: 1, max: 1000 }) }

/**
 * The calibration curve: `rows` has one point a group of neighbouring scores with about equal counts, from the lowest scores up: mean score, share of
 * positives and Wilson's interval of that share on n / designEffect. The value is the widest gap between share and mean score (maximum calibration error), which
 * noise alone makes larger than 0: judge it against `noiseFloor`, what a calibrated model stays below in `confidence` of readings, or by `detail.pValue`.
 * Floor and interval allow for the number of groups (Šidák), so the interval holds the widest true gap of these groups conservatively; the floor is
 * normal, asymptotic.
 */
export const calibrationCurve: BinaryMetric<typeof params> = {
  name: 'calibration-curve',
  summary: 'Share of positives beside mean score in groups of equal count; the value is the widest gap between them.',
  source: 'Murphy & Winkler 1977; Naeini, Cooper & Hauskrecht 2015; intervals Wilson 1927, Šidák 1967',
  needs: 'binary',
  reads: 'score',
  better: 'lower',
  range: [0, 1],
  params,
  read(outcomes, { nMin, confidence, designEffect, bins }): TabledReading {
    const groups = equalCountGroups(outcomes, bins)
    if (outcomes.scored < nMin || groups === null || groups.length === 0) return insufficient(Math.max(0, outcomes.scored))
    const together = confidence ** (1 / groups.length)
    const value = Math.max(...groups.map(gapOf))
    const reaches = groups.map((group) => reachOf(group, designEffect, together))
    const interval = [Math.max(0, ...reaches.map(([low]) => low)), Math.min(1, Math.max(value, ...reaches.map(([, high]) => high)))] as const
    return {
      value, n: outcomes.scored, verdict: 'ok', interval,
      noiseFloor: Math.max(...groups.map((group) => noiseOf(group, designEffect, together))),
      detail: { groups: groups.length, pValue: calibrationPValue(groups, designEffect) }, rows: groups.map((group) => rowOf(group, designEffect, confidence)),
    }
  },
}

const held = (share: number): number => Math.min(1, Math.max(0, share))

const gapOf = ({ n, positives, scoreMean }: Group): number => Math.abs(held(positives / n) - scoreMean)

/** Least and greatest gap that the interval of the share of positives leaves possible. */
function reachOf({ n, positives, scoreMean }: Group, designEffect: number, confidence: number): readonly [number, number] {
  const [low, high] = wilsonInterval(Math.min(positives, n) / designEffect, n / designEffect, confidence)
  return [Math.max(0, low - scoreMean, scoreMean - high), Math.max(Math.abs(low - scoreMean), Math.abs(high - scoreMean))]
}

/** What the gap of a calibrated group stays below. */
function noiseOf({ n, scoreMean }: Group, designEffect: number, confidence: number): number {
  const share = held(scoreMean)
  return twoSidedZ(confidence) * Math.sqrt((share * (1 - share) * designEffect) / n)
}

function rowOf({ n, positives, scoreMean }: Group, designEffect: number, confidence: number): Readonly<Record<string, number>> {
  const [low, high] = wilsonInterval(Math.min(positives, n) / designEffect, n / designEffect, confidence)
  return { n, score: scoreMean, share: held(positives / n), low, high }
}
