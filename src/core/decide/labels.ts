/** What can be said at all under a policy's `labels`. */
import type { LabelPolicy } from '../policy.ts'
import { insufficient, type Reading } from '../reading.ts'

/** Made of decided positives alone. */
const ofActed: ReadonlySet<string> = new Set(['precision'])

const why = 'Labels exist only for inferences that were acted on: of the others nothing is known, so this cannot be told without a control slice that is labelled whatever was decided.'

/** The reading of a metric that needs labels which do not exist; null where it can be read. */
export const unidentified = (metric: string, { exist }: LabelPolicy, n: number): Reading | null =>
  exist === 'actedOnly' && !ofActed.has(metric) ? insufficient(Math.max(0, n), { detail: { why } }) : null

/** Why outcomes of all classes cannot be told from labels; null where they can. */
export const unidentifiedText = ({ exist }: LabelPolicy): string | null => (exist === 'actedOnly' ? why : null)
