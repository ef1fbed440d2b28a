import { categories } from './categories.ts'
import { histogram } from './histogram.ts'
import { moments } from './moments.ts'
import { digest } from './quantiles.ts'

/** The family of sketches. */
export const sketches = { moments, histogram, digest, categories } as const
