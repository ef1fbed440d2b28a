/**
 * How much more panes differ from each other than rows drawn one by one would: the design effect. Rows that come in groups (one entity ten times), shocks
 * that a whole pane shares and seasons all show there, so the pane is the unit of analysis.
 */
import { symmetricEigenvalues } from '../math/eigenvalues.ts'
import { faultCells } from './cells.ts'
import { growth, serialOf, type Serial } from './serial.ts'

/** Counts of one feature, pane after pane, so many cells a pane: see `cellsOf`. */
export interface PaneCells {
  cells: number
  /** bins of a number, which have an order, rather than categories */
  isOrdered: boolean
  counts: number[]
}

/** What panes say of one feature; every design effect is of one pane, at least 1. */
export interface FeatureDispersion {
  panes: number
  /** mean records a pane */
  rows: number
  /** of the bins: variances along their principal directions, greatest first, 1 where rows are independent */
  directions: number[]
  /** of the distribution function, where it is greatest */
  curve: number
  /** of the share of missing values, and of non-finite or unseen ones */
  missing: number
  other: number
  serial: Serial
  /** degrees of freedom behind these estimates */
  degrees: number
}

/** A share that occurred less often than this says nothing of its own about how it clusters. */
const occurrencesMin = 20

/**
 * All features of one layout, gathered over the same panes.
 * @param known what others showed together over these panes, where they are not among the gathered ones
 */
export function dispersionOf(gathered: Readonly<Record<string, PaneCells>>, known: Serial | null = null): Record<string, FeatureDispersion> {
  const names = Object.keys(gathered).sort()
  const samples = names.map((name) => sampleOf(gathered[name]))
  const serials = serialOf(samples.map(({ contrast }) => contrast), known)
  return Object.fromEntries(names.map((name, i) => [name, describe(samples[i], serials[i])]))
}

interface Sample {
  panes: number
  rows: number
  directions: number[]
  curve: number
  missing: number | null
  other: number | null
  /** the contrast that disperses most, pane by pane */
  contrast: number[]
}

/**
 * The design effect of the mean of `panes` consecutive panes.
 * @param effect of one pane
 * @param rows records a pane; what exceeds 1 grows with them where there are more than were gathered, and is taken to stay where there are fewer
 */
export function effectOver(effect: number, { serial, rows: gathered }: Pick<FeatureDispersion, 'serial' | 'rows'>, panes: number, rows: number): number {
  const scale = gathered > 0 ? Math.max(1, rows / gathered) : 1
  return 1 + (effect - 1 + serial.variance * (growth(serial.rho, panes) - 1)) * scale
}

function describe({ panes, rows, directions, curve, missing, other }: Sample, serial: Serial): FeatureDispersion {
  const hidden = (serial.variance * (growth(serial.rho, panes) - 1)) / Math.max(1, panes)
  const atLeast = 1 + serial.variance
  const most = Math.max(atLeast, curve) + hidden
  const share = serial.variance / most
  return {
    panes, rows, serial, curve: most, missing: missing ?? most, other: other ?? most,
    directions: directions.map((each, i) => i === 0 ? Math.max(atLeast, each) + hidden : each),
    degrees: Math.max(0, panes - 1) / (1 + share * ((1 + serial.rho ** 2) / (1 - serial.rho ** 2) - 1)),
  }
}

function sampleOf({ cells, isOrdered, counts }: PaneCells): Sample {
  const all = Array.from({ length: counts.length / cells }, (_, i) => counts.slice(i * cells, (i + 1) * cells))
  const panes = all.map((pane) => pane.slice(faultCells)).filter((pane) => total(pane) > 0)
  const kept = Array.from({ length: Math.max(0, cells - faultCells) }, (_, b) => b).filter((b) => panes.some((pane) => pane[b] > 0))
  const residuals = residualsOf(panes.map((pane) => kept.map((b) => pane[b])))
  const { effects, series } = contrastsOf(residuals, isOrdered)
  const greatest = effects.reduce((best, effect, k) => effect > effects[best] ? k : best, 0)
  return {
    panes: panes.length, rows: panes.length === 0 ? 0 : panes.reduce((sum, pane) => sum + total(pane), 0) / panes.length,
    directions: directionsOf(residuals), curve: steadied(effects, panes.length, 2), contrast: series[greatest] ?? [],
    missing: shareEffect(all, 0), other: shareEffect(all, 1),
  }
}

interface Residuals {
  shares: number[]
  /** (count − expected) / √rows, by pane and cell */
  panes: number[][]
}

function residualsOf(panes: readonly number[][]): Residuals {
  const rows = panes.map(total)
  const all = total(rows)
  const shares = (panes[0] ?? []).map((_, b) => panes.reduce((sum, pane) => sum + pane[b], 0) / all)
  return { shares, panes: panes.map((pane, i) => pane.map((count, b) => (count - rows[i] * shares[b]) / Math.sqrt(rows[i]))) }
}

/** Contrasts whose sampling variance is 1: what lies below each cut of an ordered feature, or each category. */
function contrastsOf({ shares, panes }: Residuals, isOrdered: boolean): { effects: number[]; series: number[][] } {
  const upTo = shares.map((share, b) => isOrdered ? total(shares.slice(0, b + 1)) : share)
  const used = upTo.map((_, b) => b).filter((b) => upTo[b] > 1e-9 && upTo[b] < 1 - 1e-9)
  const series = used.map((b) => panes.map((pane) => (isOrdered ? total(pane.slice(0, b + 1)) : pane[b]) / Math.sqrt(upTo[b] * (1 - upTo[b]))))
  return { series, effects: series.map((z) => sumOfSquares(z) / Math.max(1, z.length - 1)) }
}

/** Principal variances of the standardised bins, of which one is lost to their common total. */
function directionsOf({ shares, panes }: Residuals): number[] {
  const size = shares.length
  if (size < 2) return []
  const matrix = new Float64Array(size * size)
  for (const pane of panes) {
    for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) matrix[i * size + j] += (pane[i] * pane[j]) / Math.sqrt(shares[i] * shares[j])
  }
  for (let i = 0; i < size; i++) for (let j = 0; j <= i; j++) matrix[j * size + i] = matrix[i * size + j] /= Math.max(1, panes.length - 1)
  const found = symmetricEigenvalues(matrix, size).slice(0, size - 1)
  const edge = (1 + Math.sqrt(found.length / Math.max(1, panes.length))) ** 2
  let spikes = 0
  while (spikes < found.length && found[spikes] > edge * Math.max(1, mean(found.slice(spikes)))) spikes++
  const rest = Math.max(1, mean(found.slice(spikes)))
  return found.map((each, i) => i < spikes ? each : rest)
}

/** The greatest of several variances where it stands out from what sampling makes of equal ones (so many errors), else their mean; at least 1. */
function steadied(effects: readonly number[], panes: number, errors: number): number {
  const [usual, greatest] = [Math.max(1, mean(effects)), Math.max(1, ...effects)]
  return greatest > usual * (1 + errors * Math.sqrt(2 / Math.max(1, panes))) ? greatest : usual
}

/** Null where the share occurs too seldom to tell. */
function shareEffect(panes: readonly number[][], cell: number): number | null {
  const rows = panes.map(total)
  const [count, all] = [panes.reduce((sum, pane) => sum + pane[cell], 0), total(rows)]
  if (count < occurrencesMin || all - count < occurrencesMin) return null
  const share = count / all
  const square = panes.reduce((sum, pane, i) => rows[i] === 0 ? sum : sum + (pane[cell] - rows[i] * share) ** 2 / rows[i], 0)
  return Math.max(1, square / Math.max(1, panes.length - 1) / (share * (1 - share)))
}

const total = (values: readonly number[]): number => values.reduce((sum, x) => sum + x, 0)
const mean = (values: readonly number[]): number => values.length === 0 ? 0 : total(values) / values.length
const sumOfSquares = (values: readonly number[]): number => values.reduce((sum, x) => sum + x * x, 0)
