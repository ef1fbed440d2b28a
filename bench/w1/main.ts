/** Workload W1 from loading to the checked answer, with W2 and, where there are any, the peers in the same run. */
import { clientOf, servers, withPrograms, type Servers } from './cluster.ts'
import { differences } from './check.ts'
import { drain, raw, type Cost, type Drain } from './drain.ts'
import { generate } from './generate.ts'
import { load } from './load.ts'
import { peers, type Peer } from './peers.ts'
import { readSummaries } from './read.ts'
import { truthOf } from './truth.ts'

export interface W1Options {
  n: number
  seed: number
  rounds: number
  /** addresses of servers that run already */
  kafka?: string
  redis?: string
  /** the topics were loaded by somebody else, who also checks the answers */
  loaded: boolean
  nodeArgs: readonly string[]
}

export interface W1Report {
  n: number
  /** one a round */
  w1: Drain[]
  w2: Cost[]
  peers: Peer[]
  /** null when somebody else checks */
  differences: string[] | null
}

export async function w1(options: W1Options): Promise<W1Report> {
  const cluster = await servers(options)
  try {
    const truth = options.loaded ? null : await loadWithTruth(cluster, options)
    const report: W1Report = { n: options.n, w1: [], w2: [], peers: [], differences: null }
    await withPrograms(async () => {
      for (let round = 0; round < options.rounds; round++) {
        note(`round ${round + 1} of ${options.rounds}`)
        report.w1.push(await drain(cluster, options.nodeArgs))
        report.w2.push(await raw(cluster, 3 * options.n))
      }
    })
    if (truth !== null) report.differences = differences(truth, await readSummaries(clientOf(cluster.kafka)))
    report.peers = await peers(cluster)
    return report
  } finally {
    await cluster.stop()
  }
}

async function loadWithTruth({ kafka }: Servers, { n, seed }: W1Options): Promise<ReturnType<typeof truthOf>> {
  note(`loading ${n} inferences`)
  const inferences = generate(n, seed)
  await load(clientOf(kafka), inferences)
  note('computing what the answers must be')
  return truthOf(inferences)
}

const note = (text: string): void => void process.stderr.write(`${text}\n`)
