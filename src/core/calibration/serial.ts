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
/** what is too faint to show from one pane to the next may still show over many: then it is taken to be as slow as this */
const slowRho = 0.95
/** lags that are looked at, of at most a third of the panes */
const lagsMax = 20
/** standard errors beyond which an autocorrelation is believed: of all features together, and of one alone among many */
const pooledErrors = 2
const ownErrors = 3
const passes = 6

/** The variance of the mean of `panes` consecutive values, times `panes`, of an autoregression of variance one. */
export function growth(rho: number, panes: number): number {
  if (rho === 0) return 1
  return 1 + (2 * rho * (1 - (1 - rho ** panes) / (panes * (1 - rho)))) / (1 - rho)
}

/**
 * For each series, of one length and centred, the largest of what all show together, what it shows itself and `known`.
 * @param known what others of the same panes showed together; one series of a few dozen panes hides a slow process one time in four
 */
export function serialOf(series: readonly (readonly number[])[], known: Serial | null = null): Serial[] {
  const panes = Math.max(1, ...series.map(({ length }) => length))
  const lagged = series.map((z) => autocovariances(z, Math.max(3, Math.min(lagsMax, Math.floor(panes / 3)))))
  const all = larger(known ?? none, believed(meanOf(lagged), panes, pooledErrors / Math.sqrt(Math.max(1, series.length))), panes)
  return lagged.map((each) => larger(all, believed(each, panes, ownErrors), panes))
}

/** What features of one gathering show together: no feature has less. Null where there are none. */
export function commonSerial(serials: readonly Serial[]): Serial | null {
  let least: Serial | null = null
  for (const each of serials) if (least === null || weight(each, comparedOver) < weight(least, comparedOver)) least = each
  return least
}

/** Panes over which two processes are compared, where no sample says. */
const comparedOver = 60
const weight = ({ rho, variance }: Serial, panes: number): number => variance * growth(rho, panes)
const larger = (a: Serial, b: Serial, panes: number): Serial => weight(b, panes) > weight(a, panes) ? b : a

function autocovariances(z: readonly number[], lags: number): number[] {
  return Array.from({ length: lags + 1 }, (_, lag) => {
    let sum = 0
    for (let i = lag; i < z.length; i++) sum += z[i] * z[i - lag]
    return sum / Math.max(1, z.length)
  })
}

const meanOf = (lagged: readonly number[][]): number[] =>
  (lagged[0] ?? [0, 0, 0, 0]).map((_, lag) => lagged.reduce((sum, each) => sum + each[lag], 0) / Math.max(1, lagged.length))

/** As quick as the first lags say, or slow, whichever the lags fit better; nothing where neither stands out by so many errors of one series. */
function believed(lags: readonly number[], panes: number, errors: number): Serial {
  const [quick, slow] = [fitted(lags, panes, errors), slowly(lags, panes, errors)]
  if (quick.variance === 0 || slow.variance === 0) return quick.variance === 0 ? slow : quick
  return misfit(lags, slow, panes) < misfit(lags, quick, panes) ? larger(quick, slow, panes) : quick
}

/** From autocovariances around the sample's own mean, which hides the variance that the mean itself has: it is put back, in turns. */
function fitted(lags: readonly number[], panes: number, errors: number): Serial {
  let [hidden, found] = [0, none]
  for (let pass = 0; pass < passes; pass++) {
    const [g0, g1, g2, g3] = lags.map((each) => each + hidden)
    if (!(g1 > (errors * g0) / Math.sqrt(panes))) return found
    const rho = Math.min(rhoMax, Math.max(rhoMin, (g2 + g3) / (g1 + g2)))
    found = { rho, variance: Math.min(g0, g1 / rho) }
    hidden = hiddenBy(found, g0, panes)
  }
  return found
}

/** The same of a process that is slow, from all lags: sums of many small ones tell what none of them does. */
function slowly(lags: readonly number[], panes: number, errors: number): Serial {
  let [hidden, found] = [0, none]
  for (let pass = 0; pass < passes; pass++) {
    const { slope, error } = regressed(lags, hidden, panes)
    if (!(slope > errors * error)) return found
    found = { rho: slowRho, variance: Math.min(lags[0] + hidden, slope) }
    hidden = hiddenBy(found, lags[0] + hidden, panes)
  }
  return found
}

/** The variance of the mean of all panes. */
const hiddenBy = (found: Serial, all: number, panes: number): number => (all - found.variance + weight(found, panes)) / panes

/** Least squares of the lags on what a slow process of variance one makes of them, (1 − lag/panes)·ρ^lag; and the standard error where there is none. */
function regressed(lags: readonly number[], hidden: number, panes: number): { slope: number; error: number } {
  let [sum, squares] = [0, 0]
  for (let lag = 1; lag < lags.length; lag++) {
    const kept = 1 - lag / panes
    const expected = kept * slowRho ** lag
    sum += (lags[lag] + hidden * kept) * expected
    squares += expected * expected
  }
  return { slope: sum / squares, error: (lags[0] + hidden) / Math.sqrt(panes * squares) }
}

/** Sum of squares that the lags are off by what this makes of them. */
function misfit(lags: readonly number[], serial: Serial, panes: number): number {
  const hidden = hiddenBy(serial, lags[0], panes)
  return lags.reduce((sum, each, lag) => lag === 0 ? 0 : sum + (each - (1 - lag / panes) * (serial.variance * serial.rho ** lag - hidden)) ** 2, 0)
}
