/** What the demo leaves behind. */
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { CaptureRecord, DemoItem } from '../../cli/services.ts'
import type { ModelStore } from './participants.ts'
import type { Table } from './tables.ts'

type Line = Extract<DemoItem, { item: 'event' }>

export interface Legacy {
  outDir: string
  seed: number
  partitions: number
  inputs: readonly CaptureRecord[]
  events: readonly CaptureRecord[]
  timeline: readonly Line[]
  tables: readonly Table[]
  closing: readonly string[]
  models: ModelStore
}

/** @returns the names of the files, in the order in which a person would look at them */
export async function leave(legacy: Legacy): Promise<string[]> {
  const { outDir, inputs, events, models } = legacy
  await mkdir(join(outDir, 'models'), { recursive: true })
  const files: Record<string, string> = {
    'summary.md': summaryOf(legacy), 'events.ndjson': lines(events), 'capture.ndjson': lines(inputs),
    ...Object.fromEntries([...models].map(([version, { artifact }]) => [`models/${version}.json`, `${JSON.stringify(artifact)}\n`])),
  }
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(outDir, name), text)))
  return [...Object.keys(files).filter((name) => !name.startsWith('models/')), 'models/']
}

const lines = (records: readonly CaptureRecord[]): string => records.map((record) => `${JSON.stringify(record)}\n`).join('')

function summaryOf({ seed, partitions, timeline, tables, closing }: Legacy): string {
  const story = timeline.map(({ at, kind, text }) => `| ${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} | ${kind} | ${inCell(text)} |`)
  return [
    '# What steward did with California housing', '',
    `Seed ${seed}, ${partitions === 1 ? 'one partition' : `${partitions} partitions`}. Run \`steward replay capture.ndjson${partitions === 1 ? '' : ` --partitions ${partitions}`}\``
    + ' to decide the same again, without trainer and fleet.', '',
    ...closing.flatMap((text) => [text, '']),
    ...tables.flatMap(({ title, columns, rows }) => [`## ${title}`, '', markdown(columns, rows), '']),
    '## Timeline', '', '| when (UTC) | what | |', '|---|---|---|', ...story, '',
  ].join('\n')
}

function markdown(columns: readonly string[], rows: Table['rows']): string {
  const row = (cells: readonly (string | number | null)[]) => `| ${cells.map((cell) => inCell(String(cell ?? '–'))).join(' | ')} |`
  return [row(columns), `|${'---|'.repeat(columns.length)}`, ...rows.map(row)].join('\n')
}

const inCell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('*', '\\*')
