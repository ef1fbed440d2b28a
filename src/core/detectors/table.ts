import { adwin } from './adwin.ts'
import { ddm } from './ddm.ts'
import { eddm } from './eddm.ts'
import { fhddm } from './fhddm.ts'
import { hddmA } from './hddm-a.ts'
import { hddmW } from './hddm-w.ts'
import { pageHinkley } from './page-hinkley.ts'

/** The family of error-stream detectors, by name. */
export const detectors = {
  adwin,
  'page-hinkley': pageHinkley,
  ddm,
  eddm,
  'hddm-a': hddmA,
  'hddm-w': hddmW,
  fhddm,
}

export type DetectorName = keyof typeof detectors
