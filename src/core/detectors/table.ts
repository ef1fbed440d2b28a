import { adwin } from './adwin.ts'
import { pageHinkley } from './page-hinkley.ts'

/** The family of error-stream detectors, by name. */
export const detectors = {
  adwin,
  'page-hinkley': pageHinkley,
}

export type DetectorName = keyof typeof detectors
