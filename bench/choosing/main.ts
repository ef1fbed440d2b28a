/** `npm run bench -- choosing`: what to choose when, measured; tables on standard output, and of a whole run in docs/choosing.md with plots in docs/plots. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { detectorPlots, detectorTables, lateTable } from './detector-page.ts'
import { driftPlots, driftTables } from './drift-page.ts'
import { gathered, jobsOf, quick, whole, type Results } from './jobs.ts'
import { labelPlots, labelTables } from './label-page.ts'
import { runAll } from './run.ts'

const processes = 2

/** Text by the name of its place in the page. */
export function sectionsOf({ power, detections, curves }: Results): Record<'drift' | 'detectors' | 'late' | 'labels', string> {
  return { drift: driftTables(power), detectors: detectorTables(detections), late: lateTable(detections), labels: labelTables(curves) }
}

/** Pictures by file name. */
export const plotsOf = ({ power, detections, curves }: Results): Record<string, string> => ({ ...driftPlots(power), ...detectorPlots(detections), ...labelPlots(curves) })

/**
 * Puts each text between `<!-- written by the bench: name -->` and the next `<!-- end -->`.
 * @throws Error when the page has no such place
 */
export function filledIn(page: string, sections: Readonly<Record<string, string>>): string {
  let filled = page
  for (const [name, text] of Object.entries(sections)) {
    const from = `<!-- written by the bench: ${name} -->`
    const start = filled.indexOf(from)
    const end = filled.indexOf('<!-- end -->', start)
    if (start < 0 || end < 0) throw new Error(`docs/choosing.md has no place for results between '${from}' and '<!-- end -->'`)
    filled = `${filled.slice(0, start + from.length)}\n\n${text}\n\n${filled.slice(end)}`
  }
  return filled
}

/** A quick run leaves page and plots as they are. `text` is what the page says. */
export async function choosing(given: { quick: boolean; seed: number }): Promise<{ results: Results; text: string }> {
  const begun = performance.now()
  const size = given.quick ? quick : whole
  const { results: shares, cpuMinutes } = await runAll(jobsOf(size, given.seed), processes)
  const results = gathered(shares)
  const minutes = (performance.now() - begun) / 60_000
  const command = `npm run bench -- choosing${given.quick ? ' --quick' : ''} --seed ${given.seed}`
  const run = `\`${command}\` wrote this in ${minutes.toFixed(1)} minutes with ${processes} processes, ${cpuMinutes.toFixed(1)} minutes of CPU time: ${size.stillRuns.toLocaleString('en')} runs without and ${size.movedRuns} with each change of a feature, ${size.detectorRuns} of each change of an error stream, run lengths over ${size.runLengthLabels.toLocaleString('en')} labels (a fifth for \`kswin\`).`
  const sections = { run, ...sectionsOf(results) }
  if (!given.quick) {
    const page = fileURLToPath(new URL('../../docs/choosing.md', import.meta.url))
    const plots = fileURLToPath(new URL('../../docs/plots/', import.meta.url))
    mkdirSync(plots, { recursive: true })
    for (const [name, picture] of Object.entries(plotsOf(results))) writeFileSync(`${plots}${name}`, picture)
    writeFileSync(page, filledIn(readFileSync(page, 'utf8'), sections))
  }
  return { results, text: Object.values(sections).join('\n\n') }
}
