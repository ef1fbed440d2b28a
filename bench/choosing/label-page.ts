/** What the page says of the number of labels. */
import { linePanels } from './charts.ts'
import { checkpoints, halfWidthWanted, labelsFor, metricNames, model, prevalences, type LabelCurve } from './label-counts.ts'
import { markdown, percent, short } from './words.ts'

export function labelPlots(curves: readonly LabelCurve[]): Record<string, string> {
  const panels = metricNames.map((metric) => ({
    title: metric,
    series: prevalences.map((prevalence) => {
      const { halfWidths } = curves.find((each) => each.metric === metric && each.prevalence === prevalence)!
      return { name: `${percent(prevalence)} positives`, points: halfWidths.flatMap((half, i) => (half === null || half < 0.005 || checkpoints[i] > 100_000 ? [] : [[checkpoints[i], half] as const])) }
    }),
  }))
  return {
    'labels.svg': linePanels({
      title: 'How sure a metric is: half the width of its 95 % interval', columns: 3, panels, about: 'Three panels, one a metric; in each a line a share of positives, falling with the number of labels.',
      x: { label: 'labels', ticks: [10, 100, 1_000, 10_000, 100_000], log: true }, y: { label: '± half width', ticks: [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5], log: true },
      level: { at: halfWidthWanted, label: '± .05' },
    }),
  }
}

export function labelTables(curves: readonly LabelCurve[]): string {
  const rows = metricNames.map((metric) => [`\`${metric}\``, ...prevalences.flatMap((prevalence) => {
    const { halfWidths, value, held } = curves.find((each) => each.metric === metric && each.prevalence === prevalence)!
    const labels = labelsFor(halfWidths, halfWidthWanted)
    return [labels === null ? `more than ${checkpoints[checkpoints.length - 1].toLocaleString('en')}` : short(labels), `${short(value)}, ${percent(held)}`]
  })])
  return [
    `A model of ROC AUC ${model.auc}, cut where recall is ${model.recall}; 95 % intervals as the program reads them, median over runs. *Held*: the true value, and the share of intervals that held it.`,
    markdown(['labels for ± .05', ...prevalences.flatMap((prevalence) => [`${percent(prevalence)} positives`, 'held'])], rows),
  ].join('\n\n')
}
