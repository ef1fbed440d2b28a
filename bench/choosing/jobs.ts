/** The bench in shares that processes take one by one; every share has its own seed, so that the order does not matter. */
import { contenders } from './contenders.ts'
import { detect, errorRates, type Detection, type DetectionJob } from './detection.ts'
import { labelCurves, prevalences, type LabelCurve, type LabelJob } from './label-counts.ts'
import { addPower, powerOf, type Power, type PowerJob } from './power.ts'

export type Job = { part: 'power'; job: PowerJob } | { part: 'detection'; job: DetectionJob } | { part: 'labels'; job: LabelJob }
export type JobResult = { part: 'power'; power: Power } | { part: 'detection'; detection: Detection } | { part: 'labels'; curves: LabelCurve[] }

/** How much is simulated. */
export interface Size {
  /** runs of the worlds without change, and of each with one */
  stillRuns: number
  movedRuns: number
  rates: readonly number[]
  /** runs a change of an error stream, and labels for a run length; a fifth as many for what takes ten times as long */
  detectorRuns: number
  runLengthLabels: number
  labelRuns: number
}

export const whole: Size = { stillRuns: 2_000, movedRuns: 200, rates: errorRates, detectorRuns: 200, runLengthLabels: 2_000_000, labelRuns: 100 }
export const quick: Size = { stillRuns: 100, movedRuns: 10, rates: [0.05, 0.1], detectorRuns: 40, runLengthLabels: 150_000, labelRuns: 10 }

export interface Results {
  power: Power
  detections: Detection[]
  curves: LabelCurve[]
}

/** runs of samples that one share holds */
const powerChunk = { still: 50, moved: 10 }
/** detectors that take ten times as long as the others */
const slow: readonly string[] = ['kswin']

export function jobsOf({ stillRuns, movedRuns, rates, detectorRuns, runLengthLabels, labelRuns }: Size, seed: number): Job[] {
  const base = seed * 1_000_003
  const chunks = (runs: number, chunk: number): number[] => Array.from({ length: Math.ceil(runs / chunk) }, (_, i) => Math.min(chunk, runs - i * chunk))
  const detection = rates.flatMap((rate, r) => contenders.map(({ name }): Job => ({
    part: 'detection',
    // of one rate all see the same labels
    job: { name, rate, runs: detectorRuns, labels: slow.includes(name) ? runLengthLabels / 5 : runLengthLabels, seed: base + 500_000 + r * 20_000 },
  })))
  return [
    ...detection.sort((a, b) => Number(isSlow(b)) - Number(isSlow(a))),
    ...chunks(stillRuns, powerChunk.still).map((runs, i): Job => ({ part: 'power', job: { seed: base + i * powerChunk.still, runs, still: true } })),
    ...chunks(movedRuns, powerChunk.moved).map((runs, i): Job => ({ part: 'power', job: { seed: base + 100_000 + i * powerChunk.moved, runs, still: false } })),
    ...prevalences.map((prevalence, i): Job => ({ part: 'labels', job: { prevalence, runs: labelRuns, seed: base + 700_000 + i * 1_000 } })),
  ]
}

const isSlow = (job: Job): boolean => job.part === 'detection' && slow.includes(job.job.name)

export function work(job: Job): JobResult {
  switch (job.part) {
    case 'power': return { part: 'power', power: powerOf(job.job) }
    case 'detection': return { part: 'detection', detection: detect(job.job) }
    case 'labels': return { part: 'labels', curves: labelCurves(job.job) }
  }
}

/** In the order of the tables, whatever the order of the shares. */
export function gathered(results: readonly JobResult[]): Results {
  const power: Power = {}
  for (const result of results) if (result.part === 'power') addPower(power, result.power)
  const place = ({ name }: Detection): number => contenders.findIndex((each) => each.name === name)
  const detections = results.flatMap((result) => result.part === 'detection' ? [result.detection] : [])
  const curves = results.flatMap((result) => result.part === 'labels' ? result.curves : [])
  return { power, detections: detections.sort((a, b) => a.rate - b.rate || place(a) - place(b)), curves: curves.sort((a, b) => a.prevalence - b.prevalence) }
}
