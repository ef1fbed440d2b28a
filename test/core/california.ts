import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export interface Column {
  values: number[]
  /** `2020-10` and so on, row by row */
  months: string[]
}

/** One numeric column of examples/data/california_housing_<part>.csv.gz with the month of each row. */
export function californiaColumn(part: 'reference' | 'analysis', column: string): Column {
  const file = new URL(`../../examples/data/california_housing_${part}.csv.gz`, import.meta.url)
  const [header, ...rows] = gunzipSync(readFileSync(file)).toString('utf8').trim().split('\n').map((line) => line.trim().split(','))
  const [at, time] = [header.indexOf(column), header.indexOf('timestamp')]
  return { values: rows.map((row) => Number(row[at])), months: rows.map((row) => row[time].slice(0, 7)) }
}

/** The rows of one month. */
export const ofMonth = ({ values, months }: Column, month: string): number[] => values.filter((_, i) => months[i] === month)
