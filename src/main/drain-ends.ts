/** Where a draining run ends, for tasks and for those downstream of them. */
import { isRekeyed, taskName, type ObservedRole, type Source } from '../engine/ports.ts'
import { rekeyTasks } from '../engine/programs/rekey.ts'
import type { DrainEnds } from '../engine/worker-options.ts'

interface RunEnds {
  of(source: Source): DrainEnds['own']
  ofRekeyTasks: DrainEnds['upstream']
  ofObserveTasks: DrainEnds['upstream']
}

/** Ends of log as first seen: however late a task asks, it is told what its fellows were told. */
export function drainEnds(observe: Source, partitions: number, rekey: ReadonlyMap<ObservedRole, Source>, rekeyed: Readonly<Record<string, number>>): RunEnds {
  const known = new Map<Source, Map<number, ReturnType<Source['logEnds']>>>([observe, ...rekey.values()].map((source) => [source, new Map()]))

  const endsOf = (source: Source, partition: number) => {
    const ends = known.get(source) ?? known.set(source, new Map()).get(source)!
    const seen = ends.get(partition)
    if (seen !== undefined) return seen
    const asked = source.logEnds(partition)
    ends.set(partition, asked)
    // an outage is asked again
    asked.catch(() => ends.delete(partition))
    return asked
  }

  async function ofRekeyTasks(): Promise<Map<string, Record<string, number>>> {
    const ends = new Map<string, Record<string, number>>()
    for (const [role, source] of rekey) {
      for (const id of rekeyTasks(role, rekeyed[role])) ends.set(taskName(id), Object.fromEntries(await endsOf(source, id.partition)))
    }
    return ends
  }

  /** An observe task has ended in this run when it read its topics to their ends and, where it reads copies, the copying tasks had ended in this run. */
  async function ofObserveTasks(): Promise<Map<string, Record<string, number>>> {
    const copied: Record<string, number> = {}
    for (const [task, ends] of await ofRekeyTasks()) for (const [name, end] of Object.entries(ends)) copied[`${task}/${name}`] = end
    const ends = new Map<string, Record<string, number>>()
    for (let partition = 0; partition < partitions; partition++) {
      const own = [...(await endsOf(observe, partition))].filter(([role]) => !isRekeyed(role))
      ends.set(taskName({ topology: 'observe', partition }), { ...Object.fromEntries(own), ...copied })
    }
    return ends
  }

  return { of: (source) => (partition) => endsOf(source, partition), ofRekeyTasks, ofObserveTasks }
}
