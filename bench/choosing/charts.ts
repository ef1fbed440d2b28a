/** The three kinds of plot of docs/choosing.md: lines in panels, a table of shades, places with names. */
import { haloed, ink, line, mark, palette, picture, polyline, rect, shapeAt, text, widthOf } from './svg.ts'

interface Axis {
  label: string
  ticks: readonly number[]
  log: boolean
  show?(tick: number): string
}

/** Where a value lies between the first and the last tick, 0 to 1. */
function along({ ticks, log }: Axis, value: number): number {
  const on = (x: number): number => log ? Math.log(x) : x
  const [low, high] = [on(ticks[0]), on(ticks[ticks.length - 1])]
  return (on(value) - low) / (high - low)
}

const shown = ({ show = (tick) => tick.toLocaleString('en') }: Axis, tick: number): string => show(tick)

interface Frame {
  x: number
  y: number
  width: number
  height: number
}

/** Grid, ticks and labels of one panel; what x of the page a value has, and what y. */
function frame({ x, y, width, height }: Frame, xAxis: Axis, yAxis: Axis, names: { x: boolean; y: boolean }) {
  const placeX = (value: number): number => x + width * along(xAxis, value)
  const placeY = (value: number): number => y + height * (1 - along(yAxis, value))
  const parts = [
    ...yAxis.ticks.flatMap((tick) => [line(x, placeY(tick), x + width, placeY(tick)), text(x - 11, placeY(tick) + 4, shown(yAxis, tick), { anchor: 'end', fill: ink.soft, size: 12 })]),
    ...xAxis.ticks.flatMap((tick) => [
      line(placeX(tick), y + height, placeX(tick), y + height + 4, { stroke: ink.axis }), text(placeX(tick), y + height + 18, shown(xAxis, tick), { anchor: 'middle', fill: ink.soft, size: 12 }),
    ]),
    line(x, y + height, x + width, y + height, { stroke: ink.axis }),
    ...(names.x ? [text(x + width / 2, y + height + 36, xAxis.label, { anchor: 'middle', fill: ink.soft })] : []),
    ...(names.y ? [text(x - 50, y + height / 2, yAxis.label, { anchor: 'middle', fill: ink.soft, turn: -90 })] : []),
  ]
  return { placeX, placeY, parts }
}

interface Series {
  name: string
  points: readonly (readonly [number, number])[]
  /** place in palette and shapes; its place in the list where it is not said */
  look?: number
  dash?: string
}

interface Panels {
  title: string
  about: string
  columns: number
  panels: readonly { title: string; series: readonly Series[] }[]
  x: Axis
  y: Axis
  /** pixels that each line is moved beside the one before, where equal values would hide each other */
  dodge?: number
  /** a dashed line across */
  level?: { at: number; label: string }
}

const [panelWidth, panelHeight, gapX, gapY] = [250, 170, 70, 78]

export function linePanels({ title, about, columns, panels, x, y, level, dodge }: Panels): string {
  const rows = Math.ceil(panels.length / columns)
  const width = 78 + columns * panelWidth + (columns - 1) * gapX + 36
  const all = panels.flatMap(({ series }) => series).filter(({ name }, i, list) => list.findIndex((each) => each.name === name) === i)
  const keys = legend(all, 78, 56, width - 20)
  const top = keys.bottom + 30
  const parts = [text(20, 28, title, { size: 16, weight: 'bold' }), ...keys.parts]
  panels.forEach((panel, i) => {
    const place = { x: 78 + (i % columns) * (panelWidth + gapX), y: top + Math.floor(i / columns) * (panelHeight + gapY), width: panelWidth, height: panelHeight }
    const { placeX, placeY, parts: grid } = frame(place, x, y, { x: i + columns >= panels.length, y: i % columns === 0 })
    parts.push(text(place.x, place.y - 10, panel.title, { weight: 'bold' }), ...grid)
    if (level !== undefined) {
      parts.push(line(place.x, placeY(level.at), place.x + panelWidth, placeY(level.at), { stroke: ink.word, dash: '4 4' }))
      parts.push(text(place.x + 4, placeY(level.at) - 5, level.label, { fill: ink.soft, size: 12 }))
    }
    panel.series.forEach(({ points, dash, look, name }) => {
      const style = look ?? all.findIndex((each) => each.name === name)
      const aside = (style - (all.length - 1) / 2) * (dodge ?? 0)
      const places = points.map(([px, py]) => [placeX(px) + aside, placeY(py)] as const)
      const colour = palette[style % palette.length]
      parts.push(polyline(places, colour, dash), ...places.map(([px, py]) => mark(shapeAt(style), px, py, colour, places.length > 12 ? 2 : 4)))
    })
  })
  return picture(width, top + rows * panelHeight + (rows - 1) * gapY + 52, title, about, parts)
}

function legend(all: readonly Series[], left: number, top: number, right: number): { parts: string[]; bottom: number } {
  let [x, y] = [left, top]
  const parts = all.flatMap(({ name, dash, look }, i) => {
    const style = look ?? i
    const colour = palette[style % palette.length]
    if (x + 46 + widthOf(name) > right) [x, y] = [left, y + 22]
    const part = [polyline([[x, y - 4], [x + 30, y - 4]], colour, dash), mark(shapeAt(style), x + 15, y - 4, colour), text(x + 37, y, name)]
    x += 60 + widthOf(name)
    return part
  })
  return { parts, bottom: y }
}

interface Shades {
  title: string
  about: string
  rows: readonly string[]
  /** long names are broken over lines at spaces */
  columns: readonly string[]
  /** how dark, 0 to 1, and what is written; null: nothing to say */
  cell(row: number, column: number): { shade: number; words: string } | null
  /** dark is bad where it is `warm` */
  hue: 'cool' | 'warm'
  note: string
  /** rows below a rule, counted from this one on */
  ruleBefore?: number
}

const [cellWidth, cellHeight] = [84, 26]
const hues = { cool: [[247, 251, 255], [8, 81, 156]], warm: [[255, 251, 240], [166, 54, 3]] } as const

export function shadeTable({ title, about, rows, columns, cell, hue, note, ruleBefore }: Shades): string {
  const left = 30 + Math.max(...rows.map((row) => widthOf(row)))
  const heads = columns.map((column) => wrapped(column, cellWidth - 6))
  const top = 46 + 16 * Math.max(...heads.map(({ length }) => length))
  const parts = [text(20, 28, title, { size: 16, weight: 'bold' })]
  heads.forEach((lines, c) => lines.forEach((words, i) => parts.push(text(left + (c + 0.5) * cellWidth, top - 8 - 16 * (lines.length - 1 - i), words, { anchor: 'middle', size: 12 }))))
  rows.forEach((row, r) => {
    const y = top + r * cellHeight
    parts.push(text(left - 10, y + 17, row, { anchor: 'end' }))
    columns.forEach((_, c) => {
      const held = cell(r, c)
      parts.push(rect(left + c * cellWidth, y, cellWidth, cellHeight, held === null ? '#eef1f4' : colourAt(hue, held.shade), '#ffffff'))
      parts.push(text(left + (c + 0.5) * cellWidth, y + 17, held?.words ?? '–', { anchor: 'middle', size: 12, fill: held !== null && held.shade > 0.55 ? '#ffffff' : ink.word }))
    })
  })
  if (ruleBefore !== undefined) parts.push(line(20, top + ruleBefore * cellHeight, left + columns.length * cellWidth, top + ruleBefore * cellHeight, { stroke: ink.word, width: 1.5 }))
  const bottom = top + rows.length * cellHeight
  parts.push(text(20, bottom + 24, note, { fill: ink.soft, size: 12 }))
  return picture(Math.max(left + columns.length * cellWidth, 20 + widthOf(note, 12)) + 20, bottom + 40, title, about, parts)
}

function wrapped(words: string, width: number): string[] {
  const lines: string[] = []
  for (const word of words.split(' ')) {
    const longer = `${lines.at(-1) ?? ''} ${word}`.trim()
    if (lines.length > 0 && widthOf(longer, 12) <= width) lines[lines.length - 1] = longer
    else lines.push(word)
  }
  return lines
}

function colourAt(hue: 'cool' | 'warm', shade: number): string {
  const held = Math.min(1, Math.max(0, shade))
  const [light, dark] = hues[hue]
  return `rgb(${light.map((channel, i) => Math.round(channel + held * (dark[i] - channel))).join(',')})`
}

interface Places {
  title: string
  about: string
  x: Axis
  y: Axis
  points: readonly { name: string; x: number; y: number; look: number; beyond?: boolean }[]
  curve: { label: string; points: readonly (readonly [number, number])[] }
  note: string
}

/** Named places; names that would touch are moved up or down until they do not. */
export function namedPlaces({ title, about, x, y, points, curve, note }: Places): string {
  const place = { x: 80, y: 60, width: 720, height: 380 }
  const { placeX, placeY, parts: grid } = frame(place, x, y, { x: true, y: true })
  const parts = [text(20, 28, title, { size: 16, weight: 'bold' }), ...grid, polyline(curve.points.map(([px, py]) => [placeX(px), placeY(py)]), ink.axis, '5 4')]
  const [endX, endY] = curve.points[curve.points.length - 1]
  parts.push(text(placeX(endX), placeY(endY) + 18, curve.label, { anchor: 'end', fill: ink.soft, size: 12 }))
  parts.push(...points.map((point) => mark(shapeAt(point.look), placeX(point.x), placeY(point.y), palette[point.look % palette.length], 5)))
  const taken: { left: number; right: number; y: number }[] = []
  for (const point of [...points].sort((a, b) => b.y - a.y)) {
    const [px, py] = [placeX(point.x), placeY(point.y)]
    const words = point.beyond ? `${point.name} →` : point.name
    const isRight = px + 12 + widthOf(words) < place.x + place.width + 90
    const [left, right] = isRight ? [px + 9, px + 9 + widthOf(words)] : [px - 9 - widthOf(words), px - 9]
    let labelY = py + 4
    while (taken.some((other) => left < other.right && right > other.left && Math.abs(labelY - other.y) < 15)) labelY += 3
    taken.push({ left, right, y: labelY })
    if (Math.abs(labelY - py - 4) > 4) parts.push(line(px, py, isRight ? left - 2 : right + 2, labelY - 4, { stroke: ink.axis }))
    parts.push(haloed(isRight ? left : right, labelY, words, isRight ? 'start' : 'end'))
  }
  parts.push(text(20, place.y + place.height + 62, note, { fill: ink.soft, size: 12 }))
  return picture(910, place.y + place.height + 78, title, about, parts)
}
