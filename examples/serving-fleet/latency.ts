/** What an answer takes and costs, as a function of its elementary operations: the same for the fleet that serves and the trainer that measures. */

const networkMs = 3
const operationsPerMs = 200_000
/** money for a thousand answers of one operation, beside a base price */
const pricePerOperation = 1e-9
const basePrice = 0.01

/** Standard deviation of the logarithm of the latency. */
export const latencySpread = 0.3

export const latencyMedianMs = (operations: number): number => networkMs + operations / operationsPerMs

/** The 99th percentile of a lognormal: its median times e^(2.326 σ). */
export const latencyP99Ms = (operations: number): number => latencyMedianMs(operations) * Math.exp(2.3263 * latencySpread)

export const costPerThousand = (operations: number): number => basePrice + pricePerOperation * operations * 1000
