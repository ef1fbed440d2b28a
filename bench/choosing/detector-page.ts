/** What the page says of error-stream detectors. */
import { errorDivergence, lordenBound } from '../../src/core/detectors/evaluate.ts'
import { namedPlaces, shadeTable } from './charts.ts'
import { contenders } from './contenders.ts'
import { changes, flipped, labelDelayHours, labelsAfterMax, labelsBefore, predictionsPerHour, soonLabels, type ChangeName } from './delays.ts'
import { runLengthTarget, type Detection, type Setting } from './detection.ts'
import { listed, markdown, percent, short, whole } from './words.ts'

const flip: ChangeName = '20 % flip'
/** share of runs that a detector should find a change in, and the most that it may find by luck: one false alarm in 10,000 labels brings about as much */
const [soonWanted, luckMax] = [0.95, 0.1]
const never = `> ${labelsAfterMax.toLocaleString('en')}`
const ratesOf = (detections: readonly Detection[]): number[] => [...new Set(detections.map(({ rate }) => rate))].sort((a, b) => a - b)
const namesOf = (detections: readonly Detection[], isRival: boolean): string[] => [...new Set(detections.filter((each) => each.isRival === isRival).map(({ name }) => name))]
const lookUp = (detections: readonly Detection[]) => (name: string, rate: number): Detection => detections.find((each) => each.name === name && each.rate === rate)!
const rateName = (rate: number): string => `base ${String(rate).replace('0.', '.')}`
const runLengthWords = ({ runLength, isAtLeast }: Setting): string => `${isAtLeast ? '> ' : ''}${short(runLength)}`

export function detectorPlots(detections: readonly Detection[]): Record<string, string> {
  const [of, rates, ours, rivals] = [lookUp(detections), ratesOf(detections), namesOf(detections, false), namesOf(detections, true)]
  const all = [...ours, ...rivals]
  const middle = rates.includes(0.1) ? 0.1 : rates[0]
  const seen = ours.map((name, i) => ({ name, look: i, setting: of(name, middle).byDefault! })).filter(({ setting }) => setting.changes[flip].median !== null)
  const divergence = errorDivergence(middle, flipped(middle, 0.2))
  const lengths = [1_000, 10_000, 100_000, 1_000_000]
  return {
    'detectors-soon.svg': shadeTable({
      title: `At their defaults: share of runs that find a 20 % flip within ${soonLabels.toLocaleString('en')} labels`, hue: 'cool',
      about: 'A row a detector, a column an error rate before the change; last the share that alarms within as many labels although nothing changes.',
      rows: ours, columns: [...rates.map(rateName), 'nothing changes, at worst'],
      cell(r, c) {
        const share = c < rates.length ? of(ours[r], rates[c]).byDefault!.changes[flip].soonShare : Math.max(...rates.map((rate) => of(ours[r], rate).byDefault!.changes.none.soonShare))
        return { shade: share, words: percent(share) }
      },
      note: 'A detector that alarms often when nothing changes finds every change by luck: read the last column beside the others.',
    }),
    'detectors-trade.svg': namedPlaces({
      title: `At their defaults: delay against false alarms, 20 % flip at an error rate of ${middle}`, about: 'A place a detector: to the right few false alarms, at the bottom a short delay.',
      x: { label: 'labels between false alarms', ticks: lengths, log: true }, y: { label: 'median delay in labels', ticks: [20, 50, 100, 200, 500, 1_000], log: true },
      points: seen.map(({ name, look, setting }) => ({ name, look, x: Math.min(lengths[3], Math.max(lengths[0], setting.runLength)), y: Math.min(1_000, Math.max(20, setting.changes[flip].median!)), beyond: setting.isAtLeast || setting.runLength >= lengths[3] })),
      curve: { label: "Lorden's bound", points: lengths.map((length) => [length, lordenBound(length, divergence)] as const) },
      note: `An arrow: at least so many labels. ${seen.length < ours.length ? `Not shown: ${listed(ours.filter((name) => !seen.some((each) => each.name === name)))}, which misses the change in most runs.` : ''}`,
    }),
    'detectors-matched.svg': shadeTable({
      title: `All set to one false alarm in ${runLengthTarget.toLocaleString('en')} labels: mean delay ÷ Lorden's bound, 20 % flip`, hue: 'warm',
      about: 'A row a detector or rival, a column an error rate before the change; the darker the longer the mean delay beside the bound.',
      rows: all, columns: rates.map(rateName), ruleBefore: ours.length,
      cell(r, c) {
        const times = of(all[r], rates[c]).matched?.changes[flip].timesBound
        return times === undefined || times === null ? null : { shade: Math.log(Math.max(0.5, times) / 0.5) / Math.log(16), words: short(times) }
      },
      note: 'Below the rule the rivals. A dash: cannot be set to that. The bound is for the worst history, so an average may lie below it.',
    }),
  }
}

export function detectorTables(detections: readonly Detection[]): string {
  return [defaultsTable(detections), quickVerdict(detections), matchedTable(detections), unmatched(detections), contest(detections), dialTable(detections)].filter((part) => part !== '').join('\n\n')
}

const smallRates = (detections: readonly Detection[]): number[] => ratesOf(detections).filter((rate) => rate <= 0.1)

function defaultsTable(detections: readonly Detection[]): string {
  const [of, rates, small] = [lookUp(detections), ratesOf(detections), smallRates(detections)]
  const soonRows = namesOf(detections, false).map((name) => {
    const settings = rates.map((rate) => of(name, rate).byDefault!)
    const soon = Math.min(...small.map((rate) => of(name, rate).byDefault!.changes[flip].soonShare))
    return [`\`${name}\``, `${percent(soon)}${soon >= soonWanted ? '' : ' ✗'}`, percent(Math.max(...settings.map((each) => each.changes.none.soonShare))), ...settings.map((each) => runLengthWords(each))]
  })
  const delayRows = namesOf(detections, false).map((name) => [`\`${name}\``, ...rates.map((rate) => {
    const setting = of(name, rate).byDefault!
    const { median, late, timesBound, missedShare } = setting.changes[flip]
    const times = `${missedShare > 0 ? '≥ ' : setting.isAtLeast ? '≤ ' : ''}${short(timesBound!)}`
    return `${whole(median, never)} / ${whole(late, never)}, ${missedShare > 0 && setting.isAtLeast ? '–' : times}`
  })])
  return [
    `At their defaults, ${detections[0].runs} runs a change, ${labelsBefore.toLocaleString('en')} labels before it. *Found* is the least share, over error rates up to .10, of runs that alarm within ${soonLabels.toLocaleString('en')} labels of a 20 % flip (✗ below ${percent(soonWanted)}); *by luck* the greatest share, over all rates, that does although nothing changes; then labels a false alarm.`,
    markdown(['detector', 'found', 'by luck', ...rates.map((rate) => `run length, ${rateName(rate)}`)], soonRows),
    "The same runs: median and 95 % point of the delay in labels, and mean delay ÷ Lorden's bound for the run length seen (≤ where no false alarm was seen, ≥ where changes were missed, a dash where both).",
    markdown(['detector', ...rates.map(rateName)], delayRows),
  ].join('\n\n')
}

function quickVerdict(detections: readonly Detection[]): string {
  const [of, small] = [lookUp(detections), smallRates(detections)]
  const soon = (name: string): number => Math.min(...small.map((rate) => of(name, rate).byDefault!.changes[flip].soonShare))
  const luck = (name: string): number => Math.max(...ratesOf(detections).map((rate) => of(name, rate).byDefault!.changes.none.soonShare))
  const ours = namesOf(detections, false)
  const found = ours.filter((name) => soon(name) >= soonWanted)
  const [quiet, restless] = [found.filter((name) => luck(name) <= luckMax), found.filter((name) => luck(name) > luckMax)]
  const late = ours.filter((name) => soon(name) < soonWanted)
  const code = (list: readonly string[]): string => listed(list.map((name) => `\`${name}\``))
  const blind = ratesOf(detections).filter((rate) => of('adwin', rate).byDefault!.changes[flip].soonShare < soonWanted)
  const gradual = small.map((rate) => of('adwin', rate).byDefault!.changes['20 % flip, gradual'])
  return [
    `Of a 20 % flip at error rates up to .10, ${code(quiet) || 'none'} find at least 95 % within ${soonLabels.toLocaleString('en')} labels with at most ${percent(luckMax)} by luck at any rate.`,
    restless.length === 0 ? '' : `So do ${code(restless)}, but with false alarms.`, late.length === 0 ? '' : `At their defaults ${code(late)} do not.`,
    blind.length === 0 ? '' : `\`adwin\`, the default, keeps to that everywhere but at ${listed(blind.map((rate) => `${rateName(rate)}, where it finds ${percent(of('adwin', rate).byDefault!.changes[flip].soonShare)}`))}: the nearer an error rate is to a half, the less a flip changes it.`,
    `Where the flip builds up over 2,000 labels \`adwin\` takes ${listed(gradual.map(({ median }) => whole(median, never)))} labels (medians at ${listed(small.map(rateName))}).`,
  ].filter((part) => part !== '').join(' ')
}

function matchedTable(detections: readonly Detection[]): string {
  const [of, rates] = [lookUp(detections), ratesOf(detections)]
  const rows = [...namesOf(detections, false), ...namesOf(detections, true)].filter((name) => rates.some((rate) => of(name, rate).matched !== null)).map((name) => [
    of(name, rates[0]).isRival ? name : `\`${name}\``,
    ...rates.map((rate) => {
      const found = of(name, rate).matched?.changes[flip]
      return found === undefined ? '–' : `${percent(found.soonShare)}, ${whole(found.mean, never)}`
    }),
  ])
  return [
    `All set to one false alarm in ${runLengthTarget.toLocaleString('en')} labels: share of runs that find a 20 % flip within ${soonLabels.toLocaleString('en')} labels, and the mean delay (a miss counts ${labelsAfterMax.toLocaleString('en')}). Luck alone finds about a tenth.`,
    markdown(['', ...rates.map(rateName)], rows),
  ].join('\n\n')
}

function unmatched(detections: readonly Detection[]): string {
  const missing = detections.filter(({ matched }) => matched === null)
  const names = [...new Set(missing.map(({ name }) => name))]
  if (names.length === 0) return ''
  const told = names.map((name) => `${name} at ${listed(missing.filter((each) => each.name === name).map(({ rate }) => String(rate).replace('0.', '.')))}`)
  return `No setting within a quarter of that run length was found for ${listed(told)}: their alarms come in steps, or in bunches.`
}

/** Who needs fewest labels; a difference below a tenth counts as a draw. */
function contest(detections: readonly Detection[]): string {
  const [of, rates, ours] = [lookUp(detections), ratesOf(detections), namesOf(detections, false)]
  const mean = (name: string, rate: number, change: ChangeName): number => of(name, rate).matched?.changes[change].mean ?? Infinity
  const outcomes = { 'we win': 0, 'a draw': 0, 'rival wins': 0 }
  const rows = changes.filter(({ name }) => name !== 'none').flatMap(({ name: change }) => rates.map((rate) => {
    const best = ours.reduce((a, b) => (mean(b, rate, change) < mean(a, rate, change) ? b : a))
    const [own, cusum, e] = [mean(best, rate, change), mean('CUSUM', rate, change), mean('e-detector', rate, change)]
    const rival = Math.min(cusum, e)
    const outcome = own < 0.9 * rival ? 'we win' : rival < 0.9 * own ? 'rival wins' : 'a draw'
    outcomes[outcome] += 1
    const cell = (labels: number): string => Number.isFinite(labels) ? whole(labels, never) : '–'
    return [
      change, String(rate), cell(mean('adwin', rate, change)), `${cell(own)} (\`${best}\`)`, cell(cusum), cell(e), outcome === 'rival wins' ? `**${cusum < e ? 'CUSUM' : 'e-detector'} wins**` : outcome,
      cell(mean('e-detector, told the rate', rate, change)), change === flip ? cell(mean('CUSUM, told both rates', rate, change)) : '–',
    ]
  }))
  const behind = rows.filter(([change, rate]) => {
    const own = mean('adwin', Number(rate), change as ChangeName)
    return Number.isFinite(own) && 0.9 * own > Math.min(mean('CUSUM', Number(rate), change as ChangeName), mean('e-detector', Number(rate), change as ChangeName))
  }).length
  return [
    `Mean delays at that run length. Of ${rows.length} changes the best of ours is first in ${outcomes['we win']}, ${outcomes['rival wins']} go to a rival that like ours has to learn the rate, ${outcomes['a draw']} are draws (within 10 %); the best of ours was picked afterwards, which flatters it. \`adwin\` alone is behind one of the two in ${behind}. A rival that is told the rate before the change, or both, has what no detector here has; it shows what knowing is worth.`,
    markdown(['change', 'base', '`adwin`', 'best of ours', 'CUSUM', 'e-detector', 'first', 'e-detector, told the rate', 'CUSUM, told both rates'], rows),
    `Rivals: ${contenders.filter(({ isRival }) => isRival).map(({ name, about }) => `*${name}* ${about}`).join('; ')}.`,
  ].join('\n\n')
}

function dialTable(detections: readonly Detection[]): string {
  const [of, rates] = [lookUp(detections), ratesOf(detections)]
  const rows = namesOf(detections, false).map((name) => {
    const { dial, detector } = contenders.find((each) => each.name === name)!
    return [`\`${name}\``, `\`${dial.param}\``, short(Number(detector.params[dial.param].default)), ...rates.map((rate) => {
      const setting = of(name, rate).matched
      return setting === null ? '–' : short(setting.value)
    })]
  })
  return [`What to set for one false alarm in ${runLengthTarget.toLocaleString('en')} labels:`, markdown(['detector', 'parameter', 'default', ...rates.map(rateName)], rows)].join('\n\n')
}

/** Labels that come late. */
export function lateTable(detections: readonly Detection[]): string {
  const [of, rates] = [lookUp(detections), ratesOf(detections).filter((rate) => detections.some((each) => each.rate === rate && each.matched?.late))]
  const cell = (setting: Setting | null): string[] => {
    const [late, prompt] = [setting?.late, setting?.changes[flip]]
    if (late === undefined || late === null || prompt === undefined) return ['–', '–', '–']
    const hours = (value: number | null): string => value === null ? '> 60' : value.toFixed(1)
    return [
      prompt.median === null ? `> ${labelsAfterMax / predictionsPerHour}` : (prompt.median / predictionsPerHour).toFixed(1),
      `${whole(late.labels, 'most missed')} / ${whole(late.labelsLate, '–')}`, `${hours(late.hours)} / ${hours(late.hoursLate)}`,
    ]
  }
  const rows = rates.flatMap((rate) => [...namesOf(detections, false), ...namesOf(detections, true)].map((name) => {
    const { byDefault, matched, isRival } = of(name, rate)
    return [String(rate), isRival ? name : `\`${name}\``, ...(isRival ? ['–', '–', '–'] : cell(byDefault)), ...cell(matched).slice(1)]
  }))
  return [
    `${predictionsPerHour} predictions an hour, every label after an exponential delay of ${labelDelayHours} hours on average, a 20 % flip. Labels count from the hour of the change, those of earlier predictions too.`,
    markdown(['base', '', 'hours, labels at once', 'labels, median / 95 %', 'hours, median / 95 %', `labels, at one false alarm in ${runLengthTarget.toLocaleString('en')}`, 'hours'], rows),
  ].join('\n\n')
}
