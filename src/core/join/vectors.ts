/**
 * Feature vectors of pending inferences, kept for learners: a ring of rows of single-precision numbers (NaN = missing).
 * Single precision halves the memory; what a learner sees is the same before and after a restart, since rows are rounded on entry.
 */
export class VectorRing {
  head = 0
  tail = 0
  width: number
  private rows: Float32Array
  private capacity: number

  constructor(width: number, capacity = 256) {
    this.width = width
    this.capacity = capacity
    this.rows = new Float32Array(width * capacity)
  }

  /** Copies the row in and returns its sequence number. A longer row widens the ring; a shorter one is padded with NaN. */
  append(row: ArrayLike<number>): number {
    if (row.length > this.width) this.reshape(row.length, this.capacity)
    if (this.tail - this.head === this.capacity) this.reshape(this.width, this.capacity * 2)
    const sequence = this.tail++
    const start = (sequence % this.capacity) * this.width
    for (let i = 0; i < this.width; i++) this.rows[start + i] = i < row.length ? row[i] : NaN
    return sequence
  }

  /** Copies row `sequence` into `out` (at least `width` long); slots beyond the ring's width become NaN. */
  read(sequence: number, out: Float64Array): void {
    const start = (sequence % this.capacity) * this.width
    for (let i = 0; i < out.length; i++) out[i] = i < this.width ? this.rows[start + i] : NaN
  }

  /** Forgets every row before `sequence`. */
  dropTo(sequence: number): void {
    if (sequence > this.head) this.head = sequence
  }

  startAt(sequence: number): void {
    this.head = this.tail = sequence
  }

  private reshape(width: number, capacity: number): void {
    const rows = new Float32Array(width * capacity).fill(NaN)
    for (let s = this.head; s < this.tail; s++) {
      const from = (s % this.capacity) * this.width
      rows.set(this.rows.subarray(from, from + this.width), (s % capacity) * width)
    }
    this.rows = rows
    this.width = width
    this.capacity = capacity
  }
}
