/** Eigenvectors of a symmetric matrix, and the components that explain most of it. */
import { assert } from '../assert.ts'

export interface Eigen {
  /** descending */
  values: Float64Array
  /** one for each value, of length 1 */
  vectors: Float64Array[]
}

const SWEEPS_MAX = 60

/**
 * All eigenvalues and eigenvectors of a symmetric matrix of finite numbers, by rotations that empty one place off the diagonal at a time, row by row.
 * The same matrix gives the same bytes. Equal values keep the order of their places, and a vector's largest entry (the first of equals) is positive.
 * Source: Jacobi 1846; cyclic by rows as in Golub & Van Loan 2013, section 8.5.
 */
export function symmetricEigen(matrix: readonly Float64Array[]): Eigen {
  const size = matrix.length
  const a = matrix.map((row) => row.slice())
  const axes = a.map((_, i) => Float64Array.from({ length: size }, (_, j) => Number(i === j)))
  const done = 1e-15 * Math.max(Number.MIN_VALUE, ...a.map((row, i) => Math.abs(row[i])))
  for (let sweep = 0; sweep < SWEEPS_MAX && largestOffDiagonal(a) > done; sweep++) {
    for (let p = 0; p < size; p++) {
      for (let q = p + 1; q < size; q++) if (Math.abs(a[p][q]) > done) rotate(a, axes, p, q)
    }
  }
  assert(largestOffDiagonal(a) <= 1e3 * done, 'Jacobi rotations did not settle: is the matrix symmetric and finite?')
  const order = a.map((row, i) => ({ value: row[i], i })).sort((x, y) => y.value - x.value || x.i - y.i)
  return { values: Float64Array.from(order, ({ value }) => value), vectors: order.map(({ i }) => facingUp(axes[i])) }
}

function largestOffDiagonal(a: readonly Float64Array[]): number {
  let largest = 0
  for (let p = 0; p < a.length; p++) {
    for (let q = p + 1; q < a.length; q++) largest = Math.max(largest, Math.abs(a[p][q]))
  }
  return largest
}

/** Turns the plane of axes p and q so that a[p][q] becomes 0; `axes[i]` is the i-th axis. */
function rotate(a: readonly Float64Array[], axes: readonly Float64Array[], p: number, q: number): void {
  const theta = (a[q][q] - a[p][p]) / (2 * a[p][q])
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const cosine = 1 / Math.sqrt(t * t + 1)
  const sine = t * cosine
  for (let k = 0; k < a.length; k++) {
    const [kp, kq] = [a[k][p], a[k][q]]
    a[k][p] = cosine * kp - sine * kq
    a[k][q] = sine * kp + cosine * kq
  }
  turn(a[p], a[q], cosine, sine)
  turn(axes[p], axes[q], cosine, sine)
  a[p][q] = a[q][p] = 0
}

function turn(x: Float64Array, y: Float64Array, cosine: number, sine: number): void {
  for (let k = 0; k < x.length; k++) {
    const [xk, yk] = [x[k], y[k]]
    x[k] = cosine * xk - sine * yk
    y[k] = sine * xk + cosine * yk
  }
}

function facingUp(vector: Float64Array): Float64Array {
  let largest = 0
  for (let i = 1; i < vector.length; i++) if (Math.abs(vector[i]) > Math.abs(vector[largest])) largest = i
  return vector[largest] < 0 ? vector.map((x) => -x) : vector
}

/** How many of the values, descending, make up a share of their sum; never all of them, so that something is left to be wrong about. */
export function componentsFor(values: Float64Array, share: number): number {
  const wanted = share * values.reduce((sum, value) => sum + Math.max(0, value), 0)
  let [count, sum] = [0, 0]
  while (count < values.length - 1 && sum < wanted) sum += Math.max(0, values[count++])
  return count
}
