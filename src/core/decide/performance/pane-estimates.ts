/** What performance is estimated to be while labels are awaited, by window. */
import type { Reading } from '../../reading.ts'

/** A metric over labelled rows: as it was to be expected of them, and as it is. */
export interface RealisedLoss {
  expected: Reading
  realised: number
  /** on which side of the interval expected the realised value lies; null: within */
  beyond: 'above' | 'below' | null
}

/** The estimates of one window. */
export interface EstimateSight {
  panes: number
  fromMs: number
  toMs: number
  /** predictions in the window, with a label or without */
  predictions: number
  /** by metric; insufficient, with `detail.why`, where an assumption fails */
  readings: Readonly<Record<string, Reading>>
  /** of a regression: rows of predictions whose labels came in the window, and by metric what was expected of them beside what it is; absent for others, and with too few */
  labelled?: { rows: number; metrics: Readonly<Record<string, RealisedLoss>> }
}

/** How good what was learnt is; of several classes one a class. */
type Quality = Readonly<Record<string, Reading | string>>

/** What a pane says of performance without labels, shortest window first. Part `estimates/<model>`; of a regression only where the policy asks. */
export interface PaneEstimates {
  atMs: number
  champion: string
  /** what tells the meaning of scores: labelled rows of the profile, or the champion's own earlier labels; null: nothing does */
  reference: { from: 'profile' | 'labels'; n: number; quality: Quality | Readonly<Record<string, Quality>> } | null
  windows: EstimateSight[]
}
