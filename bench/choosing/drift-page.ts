/** What the page says of drift measures. */
import { keyOf, measuresOf, referenceRows, spokeShare, windowRows, type Kind, type Power, type PowerCount } from './power.ts'
import { linePanels, shadeTable } from './charts.ts'
import { markdown, percent } from './words.ts'
import { categoricalWorlds, numericWorlds } from './worlds.ts'

/** chance of passing the noise without change that the measures promise by default: 1 − `floorLevel` */
const promised = 0.001
const shareTicks = [0, 0.25, 0.5, 0.75, 1]
const wholePercent = (share: number): string => `${Math.round(100 * share)} %`
const rowsAxis = { label: 'rows in the window', ticks: windowRows, log: true }
const shareAxis = { label: 'runs that say so', ticks: shareTicks, log: false, show: wholePercent }
const names = (kind: Kind): string[] => measuresOf(kind).map(({ name }) => name)
const worldsOf = (kind: Kind): readonly { name: string; about: string }[] => kind === 'numeric' ? numericWorlds : categoricalWorlds

/** Looks up one cell; a measure that was not run there is a mistake of the bench. */
const cellOf = (power: Power) => (kind: Kind, world: string, measure: string, rows: number): PowerCount => {
  const cell = power[keyOf(kind, world, measure, rows)]
  if (cell === undefined) throw new Error(`nothing was counted for ${keyOf(kind, world, measure, rows)}`)
  return cell
}

/** Plots by file name. */
export function driftPlots(power: Power): Record<string, string> {
  const cell = cellOf(power)
  const lines = ['psi', 'ks', 'wasserstein', 'energy', 'cramer-von-mises', 'out-of-range']
  const panels = ['shift .25 σ', 'shift .5 σ', 'scale × 1.5', 'heavy tails', 'new atom', 'wrong unit'].map((world) => ({
    title: world, series: lines.map((name) => ({ name, points: windowRows.map((rows) => [rows, spokeShare(cell('numeric', world, name, rows))] as const) })),
  }))
  const shades = (kind: Kind, rows: number, title: string, about: string, share: (counts: PowerCount) => number, note: string): string => shadeTable({
    title, about, rows: names(kind), columns: worldsOf(kind).map(({ name }) => name), hue: 'cool', note,
    cell(r, c) {
      const counts = cell(kind, worldsOf(kind)[c].name, names(kind)[r], rows)
      if (counts.insufficient === counts.runs) return null
      return { shade: share(counts), words: percent(share(counts)) }
    },
  })
  const budget = ['shift .25 σ', 'shift .5 σ', 'scale × 1.5'].map((world) => ({
    title: world,
    series: ['psi', 'ks', 'wasserstein'].flatMap((name, look) => [
      { name: `${name}, one comparison`, look, points: windowRows.map((rows) => [rows, spokeShare(cell('numeric', world, name, rows))] as const) },
      { name: `${name}, one of 10⁸`, look, dash: '5 4', points: windowRows.map((rows) => [rows, cell('numeric', world, name, rows).beyondBudget / cell('numeric', world, name, rows).runs] as const) },
    ]),
  }))
  return {
    'drift-power.svg': linePanels({
      title: 'A number moved: share of windows with a warning or an alarm', columns: 3, panels, x: rowsAxis, y: shareAxis, dodge: 2.5,
      about: 'Six panels, one a kind of change; in each the share of windows in which six measures say something, over windows of 100 to 10,000 rows.',
    }),
    'drift-500.svg': shades('numeric', 500, 'Numbers, 500 rows: share of windows with a warning or an alarm', 'A row a measure, a column a change, the darker the more often the measure says something.',
      spokeShare, 'A dash: too few rows for a verdict. The first column is noise: it should read about 0.1 % or less.'),
    'drift-alarms.svg': shades('numeric', 10_000, 'Numbers, 10,000 rows: share of windows with an alarm', 'A row a measure, a column a change, the darker the more often the measure alarms.',
      ({ alarms, runs }) => alarms / runs, 'With so many rows noise is small: whether it alarms depends on the practical threshold of the measure.'),
    'drift-names.svg': shades('categorical', 500, 'Names, 500 rows: share of windows with a warning or an alarm', 'A row a measure, a column a change, the darker the more often the measure says something.',
      spokeShare, 'The first column is noise: it should read about 0.1 % or less.'),
    'drift-budget.svg': linePanels({
      title: 'What a budget of false alarms costs: the same changes at two levels', columns: 3, panels: budget, x: rowsAxis, y: shareAxis, dodge: 2.5,
      about: 'Three panels; in each the share of windows beyond the noise by psi, ks and wasserstein, solid at the level of one comparison, dashed at one in a hundred million.',
    }),
  }
}

interface Advice {
  ask: string
  take: string
  kind: Kind
  world: string
  beside: readonly string[]
  why: string
}

const advice: readonly Advice[] = [
  { ask: 'Has this number moved?', take: 'ks', kind: 'numeric', world: 'shift .25 σ', beside: ['psi', 'energy'], why: 'needs no bins and no unit' },
  { ask: 'Does it fill other places: a default filled in, a sensor that sticks?', take: 'psi', kind: 'numeric', world: 'new atom', beside: ['ks', 'wasserstein'], why: 'looks at every bin' },
  { ask: 'Is it spread wider?', take: 'psi', kind: 'numeric', world: 'scale × 1.5', beside: ['ks', 'wasserstein'], why: 'both ends of the bins fill' },
  { ask: 'How far did values move, in a unit that an expert knows?', take: 'wasserstein', kind: 'numeric', world: 'shift .25 σ', beside: ['ks', 'psi'], why: 'reads in interquartile ranges' },
  { ask: 'Is it outside anything the model was trained on: units, extremes?', take: 'out-of-range', kind: 'numeric', world: 'wrong unit', beside: ['psi', 'ks', 'wasserstein'], why: 'the others hold outliers down on purpose' },
  { ask: 'Are values missing, or no numbers at all?', take: 'missing', kind: 'numeric', world: 'missing burst', beside: ['psi', 'ks'], why: 'the others leave out what is not there; `non-finite` is its twin' },
  { ask: 'Did the shares of names move?', take: 'chi2', kind: 'categorical', world: 'share, rare name', beside: ['psi', 'l-infinity'], why: 'weighs a rare name by how rare it is; `psi`, the default, does too' },
  { ask: 'Which one name moved?', take: 'l-infinity', kind: 'categorical', world: 'share, common name', beside: ['psi', 'chi2'], why: 'reads as "a tenth of the rows changed name"' },
  { ask: 'Are there names that the model never saw?', take: 'unseen', kind: 'categorical', world: 'new name', beside: ['psi', 'chi2'], why: 'counts just them' },
  { ask: 'Do few names take over?', take: 'cardinality', kind: 'categorical', world: 'collapse', beside: ['psi', 'l-infinity'], why: 'has one number for variety' },
]

export function driftTables(power: Power): string {
  const cell = cellOf(power)
  const told = ({ kind, world, take, beside, why }: Advice): string => {
    const at = (measure: string): string => percent(spokeShare(cell(kind, world, measure, 500)))
    return `${why}. ${world[0].toUpperCase()}${world.slice(1)}: seen in ${at(take)} of windows of 500 rows; ${beside.map((name) => `${name} ${at(name)}`).join(', ')}`
  }
  return [
    markdown(['you ask', 'take', 'because'], advice.map((each) => [each.ask, `\`${each.take}\``, told(each)])),
    `Changes: ${numericWorlds.map(({ name, about }) => `*${name}*, ${about}`).join('; ')}. Of names: ${categoricalWorlds.map(({ name, about }) => `*${name}*, ${about}`).join('; ')}. The reference holds ${referenceRows.toLocaleString('en')} rows.`,
    falseAlarms(power),
  ].join('\n\n')
}

/** Whether noise was passed more often than promised, by more than four standard errors. */
const isRestless = ({ runs, warnings, alarms }: PowerCount): boolean => (warnings + alarms) / runs > promised + 4 * Math.sqrt((promised * (1 - promised)) / runs)

/** Without change, beside what each level promises; on windows that had a verdict. */
function falseAlarms(power: Power): string {
  const cell = cellOf(power)
  const rows = (['numeric', 'categorical'] as const).flatMap((kind) => names(kind).map((name) => [
    kind === 'numeric' ? 'numbers' : 'names', `\`${name}\``, ...windowRows.map((size) => {
      const { runs, insufficient, warnings, alarms } = cell(kind, 'no change', name, size)
      return insufficient === runs ? '–' : `${percent((warnings + alarms) / (runs - insufficient))}${insufficient === 0 ? '' : ` (no verdict in ${percent(insufficient / runs)})`}`
    }),
  ]))
  const { runs } = cell('numeric', 'no change', 'ks', 500)
  const restless = (['numeric', 'categorical'] as const).flatMap((kind) => names(kind).filter((name) => windowRows.some((size) => isRestless(cell(kind, 'no change', name, size)))))
  return [
    `Windows without any change that were beyond the noise, of ${runs.toLocaleString('en')} (each measure promises at most ${percent(promised)}):`,
    markdown(['', 'measure', ...windowRows.map((size) => `${size.toLocaleString('en')} rows`)], rows),
    restless.length === 0 ? 'None is beyond its promise by more than four standard errors of this count.' : `Beyond its promise by more than four standard errors of this count: ${restless.map((name) => `\`${name}\``).join(', ')}.`,
  ].join('\n\n')
}
