import { readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'

export interface Dataset {
  names: string[]
  rows: { x: Float64Array; y: 0 | 1 }[]
}

const files = { phishing: 'phishing.csv', elec2: 'elec2_8feat.csv.gz' }

/** Rows in stream order; the last column is the label. */
export function dataset(name: keyof typeof files): Dataset {
  const bytes = readFileSync(new URL(`../../../examples/data/${files[name]}`, import.meta.url))
  const [header, ...lines] = (files[name].endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8').trim().split('\n')
  const rows = lines.map((line) => {
    const cells = line.split(',')
    return { x: Float64Array.from(cells.slice(0, -1), Number), y: Number(cells.at(-1)) as 0 | 1 }
  })
  return { names: header.trim().split(',').slice(0, -1), rows }
}

export const vectors = (name: string) => JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), 'utf8'))
