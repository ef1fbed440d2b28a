/** Control limits of the EWMA chart for errors, solved for the mean time between false alarms. */

/** Error rates are taken at fixed points, even in log-odds, and no further out than these ends. */
const logOddsMax = 7.5
const logOddsStep = 0.125
const cellCount = (2 * logOddsMax) / logOddsStep

/** The cell of error rates that p lies in, the nearest where it lies beyond them; its ends are `cellRate` of it and of the next. */
export function cellOf(p: number): number {
  if (p <= 0) return 0
  if (p >= 1) return cellCount - 1
  const cell = Math.floor((Math.log(p / (1 - p)) + logOddsMax) / logOddsStep)
  return Math.max(0, Math.min(cellCount - 1, cell))
}

/** The error rate at the low end of a cell. */
export const cellRate = (cell: number): number => 1 / (1 + Math.exp(logOddsMax - cell * logOddsStep))

/** Rates and settings recur: what was solved is kept. The results are the same with or without. */
const solved = new Map<string, number>()
const solvedMax = 4096

/**
 * L such that a moving mean Z of errors at the known rate p, in its stationary state, exceeds p + L·σ_Z once in `averageRunLength` values in the mean,
 * or the least above that the lumps of 0/1 errors allow; σ_Z = √(p(1−p)λ/(2−λ)). For p in (0, 1), λ in (0, 1].
 * Brook & Evans (1972): Z is followed as a chain over a grid of [0, 1], with what lies beyond the limit taken out, until the share taken out a step is steady.
 */
export function controlLimit(p: number, lambda: number, averageRunLength: number): number {
  const key = `${p} ${lambda} ${averageRunLength}`
  let limit = solved.get(key)
  if (limit === undefined) {
    limit = (boundOf(p, lambda, 1 / averageRunLength) - p) / Math.sqrt((p * (1 - p) * lambda) / (2 - lambda))
    if (solved.size < solvedMax) solved.set(key, limit)
  }
  return limit
}

function boundOf(p: number, lambda: number, hazardMax: number): number {
  const size = Math.ceil(Math.min(4000, Math.max(400, 10 / (lambda * Math.sqrt(p * (1 - p))))))
  const [from, into] = [new Float64Array(size + 1), new Float64Array(size + 1)]
  let [low, high] = [Math.floor(p * size), size]
  while (high - low > 1) {
    const last = (low + high) >> 1
    if (hazard(p, lambda, last, from, into) <= hazardMax) high = last
    else low = last
  }
  return high / size
}

/** Share of the chain that steps beyond grid point `last` a value, once the shape of the rest is steady. */
function hazard(p: number, lambda: number, last: number, from: Float64Array, into: Float64Array): number {
  const size = from.length - 1
  from.fill(0)
  from[Math.round(p * size)] = 1
  let left = 0
  for (let step = Math.ceil(12 / lambda); step > 0; step--) {
    into.fill(0)
    for (let i = 0; i <= last; i++) {
      if (from[i] === 0) continue
      place(into, (1 - lambda) * i, (1 - p) * from[i])
      place(into, (1 - lambda) * i + lambda * size, p * from[i])
    }
    let kept = 0
    for (let i = 0; i <= last; i++) kept += into[i]
    left = 1 - kept
    if (kept === 0) return 1
    for (let i = 0; i <= last; i++) from[i] = into[i] / kept
  }
  return left
}

/** Splits a mass between the two grid points beside it, so that the mean is kept. */
function place(grid: Float64Array, at: number, mass: number): void {
  const below = Math.min(Math.floor(at), grid.length - 2)
  const share = at - below
  grid[below] += (1 - share) * mass
  grid[below + 1] += share * mass
}
