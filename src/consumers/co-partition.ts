/** Which member of a group reads which partition number, the same number of every topic, and as few moves as the balance allows. */
import kafkajs from 'kafkajs'
import type { Assigner, Cluster, PartitionAssigner } from 'kafkajs'

const NAME = 'steward-co-partition'
const VERSION = 1

export interface Member {
  id: string
  /** partitions it owned before; anything may stand here, as members are other processes */
  owned: readonly number[]
}

/**
 * Deals partitions 0..count-1 to the members: loads differ by at most one, and a member keeps what it owned up to its share.
 * The result depends on the set of members, not on their order; each list ascends.
 */
export function shareOut(members: readonly Member[], count: number): Map<string, number[]> {
  const sorted = [...members].sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
  const shares = new Map(sorted.map(({ id }) => [id, [] as number[]]))
  if (sorted.length === 0) return shares
  const free = new Set(Array.from({ length: count }, (_, partition) => partition))
  const share = Math.floor(count / sorted.length)
  let sharesWithOneMore = count % sorted.length
  for (const { id, owned } of sorted) {
    const kept = shares.get(id)!
    for (const partition of owned) {
      if (!free.has(partition) || kept.length > share) continue
      if (kept.length === share && sharesWithOneMore-- <= 0) break
      kept.push(partition)
      free.delete(partition)
    }
  }
  for (const partition of free) leastLoaded(shares).push(partition)
  for (const partitions of shares.values()) partitions.sort((a, b) => a - b)
  return shares
}

function leastLoaded(shares: ReadonlyMap<string, number[]>): number[] {
  let least: number[] | undefined
  for (const partitions of shares.values()) if (least === undefined || partitions.length < least.length) least = partitions
  return least!
}

export interface CoPartitionOptions {
  /** partitions owned now: sent with each join, so that whoever leads the group can leave them in place */
  owned(): readonly number[]
  /** Topics that do not have the same number of partitions, with their counts. Only the common partitions 0..min-1 are read. */
  onMismatch?(counts: ReadonlyMap<string, number>): void
  /** The cluster of the consumer, once, when the consumer is made. */
  onCluster?(cluster: Cluster): void
}

/** A kafkajs assigner that puts partition p of all topics on one member, and moves as little as a join or leave allows. */
export const coPartitionAssigner = (options: CoPartitionOptions): PartitionAssigner => ({ cluster }): Assigner => {
  const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol
  options.onCluster?.(cluster)
  return {
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: Buffer.from(JSON.stringify(options.owned())) }),
    }),
    async assign({ members, topics }) {
      await cluster.addMultipleTargetTopics(topics)
      const counts = new Map(topics.map((topic) => [topic, cluster.findTopicPartitionMetadata(topic).length]))
      if (new Set(counts.values()).size > 1) options.onMismatch?.(counts)
      const known = members.map(({ memberId, memberMetadata }) => ({ id: memberId, owned: ownedIn(MemberMetadata.decode(memberMetadata)?.userData) }))
      const shares = shareOut(known, Math.min(...counts.values()))
      return [...shares].map(([memberId, partitions]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION, assignment: Object.fromEntries(topics.map((topic) => [topic, partitions])), userData: Buffer.alloc(0),
        }),
      }))
    },
  }
}

/** What another member says it owns; nothing when it says nothing that can be read. */
function ownedIn(userData: Buffer | undefined): number[] {
  try {
    const owned: unknown = JSON.parse(userData?.toString() ?? '[]')
    return Array.isArray(owned) ? owned.filter(Number.isInteger) : []
  } catch {
    return []
  }
}
