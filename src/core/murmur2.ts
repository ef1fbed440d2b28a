const SEED = 0x9747b28c
const M = 0x5bd1e995
const R = 24

/**
 * The 32-bit murmur2 hash (signed) that Kafka's Java client partitions by.
 * Source: Appleby's MurmurHash2 with the seed of org.apache.kafka.common.utils.Utils.
 */
export function murmur2(bytes: Uint8Array): number {
  const length = bytes.length
  const tail = length & ~3
  let h = SEED ^ length
  for (let i = 0; i < tail; i += 4) {
    let k = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24)
    k = Math.imul(k, M)
    k ^= k >>> R
    h = Math.imul(h, M) ^ Math.imul(k, M)
  }
  const left = length - tail
  if (left >= 3) h ^= bytes[tail + 2] << 16
  if (left >= 2) h ^= bytes[tail + 1] << 8
  if (left >= 1) h = Math.imul(h ^ bytes[tail], M)
  h ^= h >>> 13
  h = Math.imul(h, M)
  return h ^ (h >>> 15)
}

/** The partition of a key among `count`: what the default partitioners of the Java client and of kafkajs choose. */
export const partitionOf = (key: Uint8Array, count: number): number => (murmur2(key) & 0x7fffffff) % count
