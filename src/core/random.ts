/** Seeded randomness: plain-data state, so that a snapshot replays the same draws. */

export interface Random {
  a: number
  b: number
  c: number
  d: number
}

/** A generator seeded from one 32-bit integer (SplitMix32 expansion). */
export function seeded(seed: number): Random {
  let s = seed | 0
  const next = () => {
    s = (s + 0x9e3779b9) | 0
    let t = s ^ (s >>> 16)
    t = Math.imul(t, 0x21f0aaad)
    t ^= t >>> 15
    t = Math.imul(t, 0x735a2d97)
    return (t ^ (t >>> 15)) | 0
  }
  return { a: next(), b: next(), c: next(), d: next() }
}

/** A uniform number in [0, 1) with 32 bits (sfc32, Doty-Humphrey 2010). */
export function uniform(state: Random): number {
  const t = (((state.a + state.b) | 0) + state.d) | 0
  state.d = (state.d + 1) | 0
  state.a = state.b ^ (state.b >>> 9)
  state.b = (state.c + (state.c << 3)) | 0
  state.c = (state.c << 21) | (state.c >>> 11)
  state.c = (state.c + t) | 0
  return (t >>> 0) / 4294967296
}

/** A standard normal draw (Box & Muller 1958). */
export function normal(state: Random): number {
  return Math.sqrt(-2 * Math.log(1 - uniform(state))) * Math.cos(2 * Math.PI * uniform(state))
}
