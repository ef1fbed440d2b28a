import type { RunSummary } from './services.ts'

/** Counts of a finished run, a line a group. */
export function summaryText({ records, events, deadLetters, firstDeadLetter, elapsedMs }: RunSummary): string {
  const list = (counts: Readonly<Record<string, number>>) =>
    Object.entries(counts).filter(([, n]) => n > 0).map(([name, n]) => `${name} ${n.toLocaleString('en')}`).join(', ') || 'none'
  const lines = [
    `read          ${list(records)}`, `emitted       ${list(events)}`, `dead letters  ${deadLetters.toLocaleString('en')}${firstDeadLetter === undefined ? '' : `, the first: ${firstDeadLetter}`}`, `took          ${(elapsedMs / 1000).toFixed(1)} s`,
  ]
  return `${lines.join('\n')}\n`
}
