import { budgetGate } from './budget.ts'

export const latency = budgetGate({
  name: 'latency',
  summary: 'The 99th percentile of latency stays within its budget.',
  measure: 'latency p99',
  most: ({ maxLatencyP99Ms }) => maxLatencyP99Ms,
  measured: ({ latencyMsP99 }) => latencyMsP99,
  unit: ' ms',
})
