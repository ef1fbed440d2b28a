/** docs/events.md as the schemas and codes say it should be now. */
export function eventsPage(): string
