/** A picture as text: the few shapes that the plots need, on a white page so that it reads on any background. */

const escape = (text: string): string => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

/** Rounded to a tenth of a pixel. */
const at = (x: number): string => String(Math.round(x * 10) / 10)

const attributes = (given: Readonly<Record<string, string | number | undefined>>): string =>
  Object.entries(given).filter(([, value]) => value !== undefined).map(([name, value]) => ` ${name}="${typeof value === 'number' ? at(value) : escape(value!)}"`).join('')

export const line = (x1: number, y1: number, x2: number, y2: number, style: { stroke?: string; width?: number; dash?: string } = {}): string =>
  `<line${attributes({ x1, y1, x2, y2, 'stroke': style.stroke ?? ink.faint, 'stroke-width': style.width ?? 1, 'stroke-dasharray': style.dash })}/>`

export const rect = (x: number, y: number, width: number, height: number, fill: string, stroke?: string): string => `<rect${attributes({ x, y, width, height, fill, stroke })}/>`

export const polyline = (points: readonly (readonly [number, number])[], stroke: string, dash?: string): string =>
  `<polyline points="${points.map(([x, y]) => `${at(x)},${at(y)}`).join(' ')}"${attributes({ 'fill': 'none', stroke, 'stroke-width': 2, 'stroke-dasharray': dash, 'stroke-linejoin': 'round' })}/>`

const shapes = ['circle', 'square', 'triangle', 'diamond', 'ring', 'cross'] as const
export type Shape = (typeof shapes)[number]
export const shapeAt = (i: number): Shape => shapes[i % shapes.length]

/** A mark, so that lines can be told apart without colour. */
export function mark(shape: Shape, x: number, y: number, colour: string, size = 4): string {
  const path = (d: string): string => `<path d="${d}" fill="${colour}" stroke="${colour}"/>`
  switch (shape) {
    case 'circle': return `<circle${attributes({ cx: x, cy: y, r: size, fill: colour })}/>`
    case 'ring': return `<circle${attributes({ 'cx': x, 'cy': y, 'r': size, 'fill': '#ffffff', 'stroke': colour, 'stroke-width': 2 })}/>`
    case 'square': return rect(x - size, y - size, 2 * size, 2 * size, colour)
    case 'triangle': return path(`M${at(x - size)} ${at(y + size)}L${at(x + size)} ${at(y + size)}L${at(x)} ${at(y - size)}Z`)
    case 'diamond': return path(`M${at(x - size)} ${at(y)}L${at(x)} ${at(y - size)}L${at(x + size)} ${at(y)}L${at(x)} ${at(y + size)}Z`)
    case 'cross': return line(x - size, y - size, x + size, y + size, { stroke: colour, width: 2 }) + line(x - size, y + size, x + size, y - size, { stroke: colour, width: 2 })
  }
}

interface TextStyle {
  anchor?: 'start' | 'middle' | 'end'
  fill?: string
  size?: number
  weight?: 'bold'
  /** degrees, about the place of the text */
  turn?: number
  outline?: string
}

export const text = (x: number, y: number, words: string, { anchor, fill = ink.word, size, weight, turn, outline }: TextStyle = {}): string => `<text${attributes({
  x, y, 'text-anchor': anchor, fill, 'font-size': size, 'font-weight': weight, 'stroke': outline, 'stroke-width': outline === undefined ? undefined : 4, 'transform': turn === undefined ? undefined : `rotate(${turn} ${at(x)} ${at(y)})`,
})}>${escape(words)}</text>`

/** The same on whatever lies below it. */
export const haloed = (x: number, y: number, words: string, anchor: 'start' | 'end'): string =>
  text(x, y, words, { anchor, outline: '#ffffff' }) + text(x, y, words, { anchor })

export const ink = { word: '#16202b', soft: '#43505e', faint: '#c9d2db', axis: '#5b6b7d' } as const
/** Told apart by people who see few colours (Okabe & Ito 2008), its yellow left out as too faint on white. */
export const palette = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#000000', '#56b4e9', '#e69f00'] as const

/** Roughly how wide a text of this size is. */
export const widthOf = (words: string, size = 13): number => words.length * size * 0.56

/** The whole picture; `about` says in words what it shows. */
export const picture = (width: number, height: number, title: string, about: string, parts: readonly string[]): string => [
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${Math.ceil(width)} ${Math.ceil(height)}" role="img" aria-labelledby="title desc" font-family="system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif" font-size="13">`,
  `<title id="title">${escape(title)}</title>`, `<desc id="desc">${escape(about)}</desc>`, rect(0, 0, Math.ceil(width), Math.ceil(height), '#ffffff'), ...parts, '</svg>', '',
].join('\n')
