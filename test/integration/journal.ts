/** The journal of a cluster executed again, in this process. */
import { expect } from 'vitest'
import type { CaptureRecord, JournalVerdict } from '../../src/cli/services.ts'
import { services } from '../../src/main.ts'
import type { Cluster } from './cluster.ts'

export async function replayJournal({ configFile: config }: Pick<Cluster, 'configFile'>, { outputs = false } = {}): Promise<{ verdicts: JournalVerdict[]; records: CaptureRecord[] }> {
  const program = services()
  const [verdicts, records]: [JournalVerdict[], CaptureRecord[]] = [[], []]
  for await (const item of program.replayJournal({ config, task: null, outputs, signal: new AbortController().signal, onProgress: () => {} })) {
    if (item.item === 'task') verdicts.push(item.verdict)
    else records.push(item.record)
  }
  await program.stop()
  return { verdicts, records }
}

/** Every epoch of every task came to the state and the output bytes that the journal has hashes of. */
export function expectEqual(verdicts: readonly JournalVerdict[], tasks: readonly string[]): void {
  expect(verdicts.map(({ task, isEqual, remarks, statesEqual, outputsEqual, epochs }) => [task, isEqual, remarks, statesEqual === epochs, outputsEqual === epochs]))
    .toEqual(tasks.map((task) => [task, true, [], true, true]))
  expect(verdicts.every(({ epochs, records }) => epochs > 0 && records > 0)).toBe(true)
}
