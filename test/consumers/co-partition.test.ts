import fc from 'fast-check'
import kafkajs from 'kafkajs'
import type { Cluster, Logger } from 'kafkajs'
import { describe, expect, it } from 'vitest'
import { coPartitionAssigner, shareOut } from '../../src/consumers/co-partition.ts'

const count = fc.integer({ min: 0, max: 40 })
const members = fc.uniqueArray(
  fc.record({ id: fc.string({ minLength: 1, maxLength: 6 }), owned: fc.array(fc.integer({ min: -2, max: 45 }), { maxLength: 30 }) }),
  { selector: ({ id }) => id, minLength: 1, maxLength: 8 })

describe('shareOut', () => {
  it('gives every partition to exactly one member, with loads that differ by at most one', () => {
    fc.assert(fc.property(members, count, (group, n) => {
      const shares = [...shareOut(group, n).values()]
      expect(shares.flat().sort((a, b) => a - b)).toEqual(Array.from({ length: n }, (_, i) => i))
      const loads = shares.map((share) => share.length)
      expect(Math.max(...loads) - Math.min(...loads)).toBeLessThanOrEqual(1)
    }))
  })

  it('does not depend on the order of the members', () => {
    fc.assert(fc.property(members, count, (group, n) => {
      expect([...shareOut([...group].reverse(), n)]).toEqual([...shareOut(group, n)])
    }))
  })

  it('moves nothing when nobody came or left', () => {
    fc.assert(fc.property(members, count, (group, n) => {
      const first = shareOut(group, n)
      const again = shareOut([...first].map(([id, owned]) => ({ id, owned })), n)
      expect([...again]).toEqual([...first])
    }))
  })

  it('moves only what a leaver leaves', () => {
    const before = shareOut(['a', 'b', 'c'].map((id) => ({ id, owned: [] })), 12)
    const after = shareOut([{ id: 'a', owned: before.get('a')! }, { id: 'b', owned: before.get('b')! }], 12)
    expect(after.get('a')).toEqual(expect.arrayContaining(before.get('a')!))
    expect(after.get('b')).toEqual(expect.arrayContaining(before.get('b')!))
  })

  it('moves to a joiner no more than its share', () => {
    const after = shareOut([{ id: 'a', owned: [0, 1, 2, 3, 4, 5] }, { id: 'b', owned: [6, 7, 8, 9, 10, 11] }, { id: 'c', owned: [] }], 12)
    expect(after).toEqual(new Map([['a', [0, 1, 2, 3]], ['b', [6, 7, 8, 9]], ['c', [4, 5, 10, 11]]]))
  })
})

describe('the assigner', () => {
  const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol
  const clusterOf = (counts: Record<string, number>) => ({
    addMultipleTargetTopics: () => Promise.resolve(),
    findTopicPartitionMetadata: (topic: string) => Array.from({ length: counts[topic] }),
  }) as unknown as Cluster
  const assign = async (counts: Record<string, number>, userData: Buffer[], onMismatch?: (counts: ReadonlyMap<string, number>) => void) => {
    const assigner = coPartitionAssigner({ owned: () => [], onMismatch })({ cluster: clusterOf(counts), groupId: 'g', logger: {} as Logger })
    const topics = Object.keys(counts)
    const group = userData.map((data, i) => ({ memberId: `m${i}`, memberMetadata: MemberMetadata.encode({ version: 1, topics, userData: data }) }))
    const assigned = await assigner.assign({ members: group, topics })
    return assigned.map(({ memberAssignment }) => MemberAssignment.decode(memberAssignment)!.assignment)
  }

  it('puts the same partitions of every topic on a member', async () => {
    expect(await assign({ predictions: 4, labels: 4 }, [Buffer.from('[]'), Buffer.from('[1,2]')]))
      .toEqual([{ predictions: [0, 3], labels: [0, 3] }, { predictions: [1, 2], labels: [1, 2] }])
  })

  it('reads the common partitions and says so when the counts differ', async () => {
    let seen: ReadonlyMap<string, number> | undefined
    expect(await assign({ predictions: 4, labels: 2 }, [Buffer.from('[]')], (counts) => { seen = counts }))
      .toEqual([{ predictions: [0, 1], labels: [0, 1] }])
    expect(seen).toEqual(new Map([['predictions', 4], ['labels', 2]]))
  })

  it('takes a member that sends nonsense for one that owns nothing', async () => {
    const nonsense = [Buffer.from('{'), Buffer.alloc(0), Buffer.from('{"a":1}'), Buffer.from('["0", null]')]
    expect(await assign({ predictions: 4 }, nonsense)).toEqual([{ predictions: [0] }, { predictions: [1] }, { predictions: [2] }, { predictions: [3] }])
  })
})
