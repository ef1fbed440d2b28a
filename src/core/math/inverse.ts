/**
 * The x in [low, high] where the non-decreasing `f` reaches `target`, to the last bits of a double.
 * Illinois variant of regula falsi (Dowell & Jarratt 1971) with bisection when it stalls: no derivative, no overshoot.
 */
export function inverse(f: (x: number) => number, target: number, low: number, high: number): number {
  let [a, b] = [low, high]
  let [fa, fb] = [f(a) - target, f(b) - target]
  if (fa >= 0) return a
  if (fb <= 0) return b
  for (let i = 0; i < 300; i++) {
    const middle = (a + b) / 2
    const secant = b - (fb * (b - a)) / (fb - fa)
    const x = i % 3 !== 2 && secant > a && secant < b ? secant : middle
    if (x <= a || x >= b || b - a <= 1e-15 * Math.abs(middle)) return x
    const fx = f(x) - target
    if (fx === 0) return x
    if (fx < 0) [a, fa, fb] = [x, fx, fb / 2]
    else [b, fb, fa] = [x, fx, fa / 2]
  }
  return (a + b) / 2
}
