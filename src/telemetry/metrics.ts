/** What Prometheus reads of a worker. One registry an instance, so that tests and embedded runs do not share counts. */
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'

export interface Metrics {
  /** records of an input released to tasks */
  recordsReleased(role: string, n: number): void
  /** an epoch was applied, `seconds` after its commit began */
  epochCommitted(topology: string, seconds: number): void
  commitRefused(topology: string, reason: string): void
  deadLettered(role: string, code: string, n: number): void
  /** records between what a task has consumed and the log end */
  lag(role: string, partition: number, records: number): void
  /** inferences that wait for their label */
  pending(partition: number, inferences: number): void
  /** stream time of the newest decision of a model */
  decided(model: string, atMs: number): void
  /** forgets gauges of a partition that moved to another worker */
  dropPartition(partition: number): void
  text(): Promise<string>
  readonly contentType: string
}

/** Gauges named `_total`, which Prometheus' own linter objects to. */
const misnamedDefaults = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total']

/** Models come from topics; past this many the rest share the label `other`. */
const modelLabelsMax = 1000

export function createMetrics(): Metrics {
  const registry = new Registry()
  collectDefaultMetrics({ register: registry })
  for (const name of misnamedDefaults) registry.removeSingleMetric(name)
  const families = createFamilies(registry)
  const models = new Set<string>()
  const lagRoles = new Set<string>()
  return {
    recordsReleased: (role, n) => families.records.inc({ role }, n),
    epochCommitted(topology, seconds) {
      families.epochs.inc({ topology })
      families.commit.observe({ topology }, seconds)
    },
    commitRefused: (topology, reason) => families.refused.inc({ topology, reason }),
    deadLettered: (role, code, n) => families.deadLetters.inc({ role, code }, n),
    lag(role, partition, records) {
      lagRoles.add(role)
      families.lag.set({ role, partition }, records)
    },
    pending: (partition, inferences) => families.pending.set({ partition }, inferences),
    decided(model, atMs) {
      if (models.size < modelLabelsMax) models.add(model)
      families.lastDecision.set({ model: models.has(model) ? model : 'other' }, atMs / 1000)
    },
    dropPartition(partition) {
      for (const role of lagRoles) families.lag.remove({ role, partition })
      families.pending.remove({ partition })
    },
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

function createFamilies(registry: Registry) {
  const registers = [registry]
  return {
    records: new Counter({ name: 'steward_records_total', help: 'Records released to tasks', labelNames: ['role'], registers }),
    epochs: new Counter({ name: 'steward_epochs_total', help: 'Epochs committed', labelNames: ['topology'], registers }),
    refused: new Counter({ name: 'steward_commits_refused_total', help: 'Commits the store refused', labelNames: ['topology', 'reason'], registers }),
    deadLetters: new Counter({ name: 'steward_dead_letters_total', help: 'Records that could not be used', labelNames: ['role', 'code'], registers }),
    lag: new Gauge({ name: 'steward_lag_records', help: 'Records between the position of a task and the log end', labelNames: ['role', 'partition'], registers }),
    pending: new Gauge({ name: 'steward_pending_inferences', help: 'Inferences that wait for their label', labelNames: ['partition'], registers }),
    lastDecision: new Gauge({
      name: 'steward_last_decision_timestamp_seconds', help: 'Stream time of the newest decision', labelNames: ['model'], registers,
    }),
    commit: new Histogram({
      name: 'steward_commit_duration_seconds', help: 'Time from the begin of a commit to its answer', labelNames: ['topology'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10], registers,
    }),
  }
}
