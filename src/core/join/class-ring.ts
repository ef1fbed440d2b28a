/**
 * Class probabilities of pending predictions of a multiclass model: a ring of rows of their own length, so that a fleet may send its likeliest few
 * of many classes. A row is one slot for the decision and how many probabilities there are, then a slot for each.
 */

/** One prediction in codes; reused by whoever fills it. */
export interface ClassRow {
  /** code of the class decided */
  decision: number
  /** probabilities in `codes` and `scores`; −1: none were sent */
  count: number
  codes: Uint32Array
  scores: Float64Array
}

export const blankClassRow = (): ClassRow => ({ decision: 0, count: -1, codes: new Uint32Array(16), scores: new Float64Array(16) })

/** Makes room for `count` probabilities; what the row held is lost. */
export function reserveClasses(row: ClassRow, count: number): void {
  if (row.codes.length >= count) return
  row.codes = new Uint32Array(2 * count)
  row.scores = new Float64Array(2 * count)
}

export class ClassRing {
  /** positions of the oldest slot and of the next one */
  head = 0
  tail = 0
  private codes: Uint32Array
  private scores: Float64Array
  private mask: number

  /** @param capacity slots, a power of two */
  constructor(capacity = 1024) {
    this.mask = capacity - 1
    this.codes = new Uint32Array(capacity)
    this.scores = new Float64Array(capacity)
  }

  /** Copies the row in and returns its position. */
  append({ decision, count, codes, scores }: ClassRow): number {
    const position = this.tail
    this.push(decision, count)
    for (let i = 0; i < count; i++) this.push(codes[i], scores[i])
    return position
  }

  /** Copies the row at `position` into `row`. */
  read(position: number, row: ClassRow): void {
    row.decision = this.decisionAt(position)
    row.count = this.countAt(position)
    reserveClasses(row, row.count)
    for (let i = 0; i < row.count; i++) {
      row.codes[i] = this.codes[(position + 1 + i) & this.mask]
      row.scores[i] = this.scores[(position + 1 + i) & this.mask]
    }
  }

  decisionAt(position: number): number {
    return this.codes[position & this.mask]
  }

  /** Appends a row once more, before its first copy is dropped, and returns the new position. */
  carry(position: number): number {
    const carried = this.tail
    const end = this.endOf(position)
    for (let at = position; at < end; at++) this.push(this.codes[at & this.mask], this.scores[at & this.mask])
    return carried
  }

  /** Forgets the row at `position` and all before it. */
  dropThrough(position: number): void {
    this.head = Math.max(this.head, this.endOf(position))
  }

  private countAt(position: number): number {
    return this.scores[position & this.mask]
  }

  private endOf(position: number): number {
    return position + 1 + Math.max(0, this.countAt(position))
  }

  private push(code: number, score: number): void {
    if (this.tail - this.head > this.mask) this.grow()
    this.codes[this.tail & this.mask] = code
    this.scores[this.tail & this.mask] = score
    this.tail++
  }

  private grow(): void {
    const [codes, scores, mask] = [this.codes, this.scores, this.mask]
    this.mask = 2 * mask + 1
    this.codes = new Uint32Array(this.mask + 1)
    this.scores = new Float64Array(this.mask + 1)
    for (let at = this.head; at < this.tail; at++) {
      this.codes[at & this.mask] = codes[at & mask]
      this.scores[at & this.mask] = scores[at & mask]
    }
  }
}
