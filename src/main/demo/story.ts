/** One line of the timeline for an event, in the event's own words. */
import type { DecideEvent } from '../../core/records.ts'
import { counted, duration } from '../../core/text.ts'
import type { DemoItem } from '../../cli/services.ts'

/** Decisions that no event of their own tells. */
const told: ReadonlySet<string> = new Set([
  'policy-applied', 'champion-adopted', 'candidate-rejected', 'candidate-waits', 'candidate-expired', 'candidate-refused', 'retrain-answered', 'bake-passed',
  'rollback-done', 'reading', 'closed',
])

/** Null for what only repeats another event. */
export function storyOf(event: DecideEvent, publishedMs: number): Extract<DemoItem, { item: 'event' }> | null {
  const line = (text: string, kind: string = event.kind, at = publishedMs) => ({ item: 'event' as const, at, kind, text })
  switch (event.kind) {
    case 'retrain-requested': return line(`${event.id} for ${event.champion ?? 'a model without champion'} (${event.diagnosis}, advice ${event.advice}): ${event.reasons[0].text}`)
    case 'promote': return line(`${event.version} takes over from ${event.previous ?? 'nobody'}: ${event.cause}. ${event.gates[0]?.text ?? ''}`.trim())
    case 'rollback': return line(`back from ${event.previous} to ${event.version}${event.detectionDelayMs === null ? '' : `, ${duration(event.detectionDelayMs)} after the first bad evidence`}: `
      + (event.findings[0]?.text ?? event.cause))
    case 'serving-config': return line(`sequence ${event.sequence}: ${event.champion} acts${event.shadows.length === 0 ? '' : `, ${event.shadows.join(', ')} in shadow`} (${event.cause})`)
    case 'incident': return line(`${event.incident} ${event.state}, for ${event.owner}: ${event.cause}`)
    case 'profile': return line(`the reference of ${event.version}, from ${counted(event.n, 'row')}${event.provisional ? ', provisional' : ''}, in force from ${dayOf(event.effectiveFrom)}`)
    case 'decision': return told.has(event.decision) ? line(event.text, event.decision) : null
  }
}

const dayOf = (ms: number | null): string => (ms === null ? 'two panes on' : new Date(ms).toISOString().slice(0, 10))
