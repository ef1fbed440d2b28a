/**
 * How panes hang together in time. A contrast of a feature, in units of its sampling error, has over panes the variance 1 (sampling) + white + serial, of which
 * only the serial part carries over to the next pane, as in an autoregression of order one. From a few dozen panes no more can be told.
 */

/** Autocorrelation of the serial part, and how much of one pane's variance it is; 0 where nothing shows. */
export interface Serial {
  rho: number
  variance: number
}

const none: Serial = { rho: 0, variance: 0 }
/** a slower process than this cannot be told from a trend */
const rhoMax = 0.98
const rhoMin = 0.1
/** standard errors beyond which an autocorrelation is believed: of all features together, and of one alone among many */
const pooledErrors = 2
const ownErrors = 3
const passes = 6

/** The variance of the mean of `panes` consecutive values, times `panes`, of an autoregression of variance one. */
export function growth(rho: number, panes: number): number {
  if (rho === 0) return 1
  return 1 + (2 * rho * (1 - (1 - rho ** panes) / (panes * (1 - rho)))) / (1 - rho)
}

/** For each series, of one length and centred, the larger of what all show together and what it shows itself. */
export function serialOf(series: readonly (readonly number[])[]): Serial[] {
  const lagged = series.map(autocovariances)
  const panes = Math.max(1, ...series.map(({ length }) => length))
  const all = fitted([0, 1, 2, 3].map((lag) => lagged.reduce((sum, each) => sum + each[lag], 0) / Math.max(1, lagged.length)), panes, pooledErrors / Math.sqrt(Math.max(1, series.length)))
  return lagged.map((each) => {
    const own = fitted(each, panes, ownErrors)
    return own.variance * growth(own.rho, panes) > all.variance * growth(all.rho, panes) ? own : all
  })
}

/** Lags 0 to 3. */
function autocovariances(z: readonly number[]): number[] {
  return [0, 1, 2, 3].map((lag) => {
    let sum = 0
    for (let i = lag; i < z.length; i++) sum += z[i] * z[i - lag]
    return sum / Math.max(1, z.length)
  })
}

/** From autocovariances around the sample's own mean, which hides the variance that the mean itself has: it is put back, in turns. */
function fitted(lags: readonly number[], panes: number, errors: number): Serial {
  let [hidden, found] = [0, none]
  for (let pass = 0; pass < passes; pass++) {
    const [g0, g1, g2, g3] = lags.map((each) => each + hidden)
    if (!(g1 > (errors * g0) / Math.sqrt(panes))) return found
    const rho = Math.min(rhoMax, Math.max(rhoMin, (g2 + g3) / (g1 + g2)))
    found = { rho, variance: Math.min(g0, g1 / rho) }
    hidden = (g0 - found.variance + found.variance * growth(rho, panes)) / panes
  }
  return found
}
