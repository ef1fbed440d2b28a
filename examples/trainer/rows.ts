/** What the trainer has seen: features, and labels once they have arrived. */
import type { NumericFeatures } from '../../src/main/demo/participants.ts'

export interface LabelledRow {
  inferenceId: string
  /** stream time of the inference */
  atMs: number
  /** stream time at which the label arrived */
  labelAtMs: number
  features: NumericFeatures
  segments: Readonly<Record<string, string>>
  y: 0 | 1
}

interface SeenRow {
  atMs: number
  features: NumericFeatures | null
  segments: Readonly<Record<string, string>>
  label: { y: 0 | 1; atMs: number } | null
}

export class SeenRows {
  private readonly rows = new Map<string, SeenRow>()
  private readonly positive: number

  constructor(positive: number) {
    this.positive = positive
  }

  features(inferenceId: string, atMs: number, features: NumericFeatures): void {
    Object.assign(this.row(inferenceId), { features, atMs })
  }

  segments(inferenceId: string, segments: Readonly<Record<string, string>>): void {
    this.row(inferenceId).segments = segments
  }

  /** A later label corrects; null withdraws. */
  label(inferenceId: string, value: unknown, atMs: number): void {
    this.row(inferenceId).label = value === null ? null : { y: value === this.positive ? 1 : 0, atMs }
  }

  /** Rows whose label has arrived, in the order of their inference. */
  labelled(): LabelledRow[] {
    const known: LabelledRow[] = []
    for (const [inferenceId, { atMs, features, segments, label }] of this.rows) {
      if (features !== null && label !== null) known.push({ inferenceId, atMs, labelAtMs: label.atMs, features, segments, y: label.y })
    }
    return known.sort((a, b) => a.atMs - b.atMs || (a.inferenceId < b.inferenceId ? -1 : 1))
  }

  private row(inferenceId: string): SeenRow {
    let row = this.rows.get(inferenceId)
    if (row === undefined) this.rows.set(inferenceId, (row = { atMs: 0, features: null, segments: {}, label: null }))
    return row
  }
}
