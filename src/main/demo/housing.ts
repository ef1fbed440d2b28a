/** California housing as NannyML ships it: one inference an hour, a reference period with labels, then months whose labels come in a file of their own. */
import { parse } from 'csv-parse/sync'
import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'

/** Numeric features of a block of houses. */
export const housingFeatures = ['MedInc', 'HouseAge', 'AveRooms', 'AveBedrms', 'Population', 'AveOccup', 'Latitude', 'Longitude'] as const

/** Score from which the first champion decides positive. */
export const housingThreshold = 0.8

export interface HousingRow {
  id: string
  atMs: number
  features: Readonly<Record<string, number>>
  /** what the first champion said */
  score: number
  y: 0 | 1
}

export interface Housing {
  reference: readonly HousingRow[]
  analysis: readonly HousingRow[]
}

/** The data stand beside the sources, or beside the folder that the program was built into. */
const folder = new URL(import.meta.url.endsWith('.ts') ? '../../../examples/data/' : '../../../../examples/data/', import.meta.url)

type Cells = Record<string, string>

async function table(name: string): Promise<Cells[]> {
  const packed = await readFile(fileURLToPath(new URL(`california_housing_${name}.csv.gz`, folder)))
  return parse(await promisify(gunzip)(packed), { columns: true })
}

export async function loadHousing(): Promise<Housing> {
  const [reference, analysis, labels] = await Promise.all([table('reference'), table('analysis'), table('analysis_gt')])
  const known = new Map(labels.map(({ id, clf_target: label }) => [id, label]))
  return { reference: reference.map((cells) => rowOf(cells, cells.clf_target)), analysis: analysis.map((cells) => rowOf(cells, known.get(cells.id)!)) }
}

const rowOf = (cells: Cells, label: string): HousingRow => ({
  id: cells.id, atMs: Date.parse(`${cells.timestamp.replace(' ', 'T')}Z`), score: Number(cells.y_pred_proba), y: label === '1' ? 1 : 0,
  features: Object.fromEntries(housingFeatures.map((name) => [name, Number(cells[name])])),
})
