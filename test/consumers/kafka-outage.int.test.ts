import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { startKafka } from '../servers/index.ts'
import { begin, Ear, names, numbered, until } from './contract.ts'
import { testLog } from './kafka-harness.ts'

it('a source waits out an outage and goes on at the offsets it is given', { timeout: 120_000 }, async () => {
  const broker = await startKafka()
  const log = await testLog(broker.address, ['labels'], 2)
  const ear = new Ear()
  const source = log.source()
  try {
    let next = 0
    ear.onAssigned = () => begin(source, ear, 1, { labels: next })
    const heard = ear.batch.bind(ear)
    ear.batch = (batch) => {
      heard(batch)
      if (batch.partition === 1) next = batch.nextOffset
    }
    await log.append('labels', 1, numbered('l', 0, 5))
    await source.start(ear)
    await until(() => next === 5)
    await broker.kill()
    await sleep(4000)
    await expect(source.logEnds(1)).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    source.pause('labels', 1)
    source.resume('labels', 1)
    source.reportProgress(1, new Map([['labels', 5]]))
    await broker.restart()
    for (let tries = 0; tries < 60; tries++) {
      if (await log.append('labels', 1, numbered('l', 5, 8)).then(() => true, () => false)) break
      await sleep(500)
    }
    await until(() => next === 8, 60_000)
    expect(ear.values('labels', 1)).toEqual(names('l', 0, 8))
    expect([...ear.broken, ...ear.failures]).toEqual([])
  } finally {
    await source.stop()
    await broker.stop()
    await log.producer.disconnect()
    await log.admin.disconnect()
  }
})

it('a source that finds no broker says so, and can be started when there is one', { timeout: 120_000 }, async () => {
  const broker = await startKafka()
  const log = await testLog(broker.address, ['labels'], 1)
  const source = log.source()
  try {
    await broker.kill()
    await expect(source.start(new Ear())).rejects.toMatchObject({ code: 'LOG_UNAVAILABLE' })
    await broker.restart()
    const ear = new Ear()
    await source.start(ear)
    expect(ear.assignments).toEqual([[0]])
  } finally {
    await source.stop()
    await broker.stop()
    await log.producer.disconnect()
    await log.admin.disconnect()
  }
})
