/** Numbers and tables as the page shows them. */

export const percent = (share: number): string => {
  const hundred = 100 * share
  return `${hundred > 0 && hundred < 9.95 ? Number(hundred.toPrecision(2)) : hundred > 99 && hundred < 100 ? Number(hundred.toFixed(1)) : Math.round(hundred)} %`
}

/** Two digits that count. */
export const short = (value: number): string => value === 0 ? '0' : Math.abs(value) < 0.001 ? value.toExponential(1) : Number(value.toPrecision(2)).toLocaleString('en')

export const whole = (value: number | null, beyond: string): string => value === null ? beyond : Math.round(value).toLocaleString('en')

export const markdown = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

export const listed = (names: readonly string[]): string => names.length < 2 ? names.join('') : `${names.slice(0, -1).join(', ')} and ${names[names.length - 1]}`
