import { budgetGate } from './budget.ts'

export const cost = budgetGate({
  name: 'cost',
  summary: 'The cost of a thousand inferences stays within its budget.',
  measure: 'cost per thousand',
  most: ({ maxCostPerThousand }) => maxCostPerThousand,
  measured: ({ costPerThousand }) => costPerThousand,
  unit: '',
})
