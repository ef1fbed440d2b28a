import { adwin } from './adwin.ts'
import { cusum } from './cusum.ts'
import { ddm } from './ddm.ts'
import { eddm } from './eddm.ts'
import { ewma } from './ewma.ts'
import { fhddm } from './fhddm.ts'
import { hddmA } from './hddm-a.ts'
import { hddmW } from './hddm-w.ts'
import { kswin } from './kswin.ts'
import { pageHinkley } from './page-hinkley.ts'
import { rddm } from './rddm.ts'
import { stepd } from './stepd.ts'

/** The family of error-stream detectors, by name. */
export const detectors = {
  adwin,
  'page-hinkley': pageHinkley,
  cusum,
  ddm,
  eddm,
  rddm,
  'hddm-a': hddmA,
  'hddm-w': hddmW,
  fhddm,
  kswin,
  stepd,
  ewma,
}

export type DetectorName = keyof typeof detectors
