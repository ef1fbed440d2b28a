import { usage } from '../failure.ts'

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 }

/** `90s`, `10m`, `1.5h`, `7d` on the command line, in milliseconds. @throws StewardError USAGE */
export function parseSpan(text: string, option: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h|d|w)$/.exec(text.trim())
  if (match === null) throw usage(`${option} ${text}: a duration has a unit, like 90s, 10m, 1.5h or 7d`)
  return Math.round(Number(match[1]) * unitsMs[match[2]])
}
