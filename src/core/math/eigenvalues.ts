const SWEEPS_MAX = 30

/** Eigenvalues of a symmetric matrix, row by row in `matrix` (left alone), descending. Source: Jacobi 1846, cyclic by rows. */
export function symmetricEigenvalues(matrix: Float64Array, size: number): number[] {
  const a = matrix.slice()
  for (let sweep = 0; sweep < SWEEPS_MAX && offDiagonal(a, size) > 1e-22 * diagonal(a, size); sweep++) {
    for (let p = 0; p < size; p++) for (let q = p + 1; q < size; q++) rotate(a, size, p, q)
  }
  return Array.from({ length: size }, (_, i) => a[i * size + i]).sort((x, y) => y - x)
}

function rotate(a: Float64Array, size: number, p: number, q: number): void {
  const apq = a[p * size + q]
  if (apq === 0) return
  const theta = (a[q * size + q] - a[p * size + p]) / (2 * apq)
  const t = (theta >= 0 ? 1 : -1) / (Math.abs(theta) + Math.sqrt(theta * theta + 1))
  const c = 1 / Math.sqrt(t * t + 1)
  const s = t * c
  for (let k = 0; k < size; k++) {
    const [kp, kq] = [a[k * size + p], a[k * size + q]]
    a[k * size + p] = c * kp - s * kq
    a[k * size + q] = s * kp + c * kq
  }
  for (let k = 0; k < size; k++) {
    const [pk, qk] = [a[p * size + k], a[q * size + k]]
    a[p * size + k] = c * pk - s * qk
    a[q * size + k] = s * pk + c * qk
  }
}

function offDiagonal(a: Float64Array, size: number): number {
  let total = 0
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) total += a[i * size + j] ** 2
  return total
}

function diagonal(a: Float64Array, size: number): number {
  let total = 0
  for (let i = 0; i < size; i++) total += a[i * size + i] ** 2
  return total
}
