import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import type { BinaryDraw } from './worlds.ts'

export type HousingRow = BinaryDraw & { month: string }

/** The California housing rows with their truths, which came late for the months of the analysis. */
export function housing(): { reference: HousingRow[]; analysis: HousingRow[] } {
  const labels = new Map(table('analysis_gt').map(({ id, clf_target: label }) => [id, label]))
  return { reference: table('reference').map((row) => rowOf(row, row.clf_target)), analysis: table('analysis').map((row) => rowOf(row, labels.get(row.id)!)) }
}

const rowOf = (row: Record<string, string>, label: string): HousingRow => ({
  score: Number(row.y_pred_proba), decision: row.y_pred === '1' ? 1 : 0, y: label === '1' ? 1 : 0, month: row.timestamp.slice(0, 7),
})

function table(part: string): Record<string, string>[] {
  const file = new URL(`../../../examples/data/california_housing_${part}.csv.gz`, import.meta.url)
  const [header, ...rows] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n').map((line) => line.trim().split(','))
  return rows.map((row) => Object.fromEntries(header.map((name, i) => [name, row[i]])))
}
