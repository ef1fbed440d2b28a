/** The records of W1 as bytes: Avro bodies behind the registry's framing, schema ids 1 to 3. */
import { decisionOf, featuresAtMs, predictionAtMs, type Inferences } from './generate.ts'
import { CATEGORIES, FEATURES, MODEL, SEGMENTS, VERSION, type Role } from './workload.ts'

const schemaIds: Readonly<Record<Role, number>> = { features: 1, predictions: 2, labels: 3 }
const RECORD_BYTES_MAX = 256

/** The value of inference i's record. */
export function encode(role: Role, w: Inferences, i: number): Buffer {
  const writer = new AvroWriter(schemaIds[role])
  writer.string(w.ids[i])
  writer.string(MODEL)
  bodies[role](writer, w, i)
  return writer.bytes.subarray(0, writer.at)
}

export const timestampOf = (role: Role, w: Inferences, i: number): number =>
  role === 'features' ? featuresAtMs(i) : role === 'predictions' ? predictionAtMs(i) : w.labelAtMs[i]

const bodies: Readonly<Record<Role, (writer: AvroWriter, w: Inferences, i: number) => void>> = {
  features(writer, w, i) {
    writer.long(featuresAtMs(i))
    for (let j = 0; j < FEATURES; j++) writer.double(w.x[i * FEATURES + j])
    writer.string(CATEGORIES[0][w.c0[i]])
    writer.string(CATEGORIES[1][w.c1[i]])
  },
  predictions(writer, w, i) {
    writer.string(VERSION)
    writer.long(predictionAtMs(i))
    writer.double(w.score[i])
    writer.boolean(decisionOf(w.score[i]))
    writer.double(w.latencyMs[i])
    writer.string(SEGMENTS[w.segment[i]])
  },
  labels(writer, w, i) {
    writer.long(w.labelAtMs[i])
    writer.boolean(w.label[i])
  },
}

class AvroWriter {
  readonly bytes = Buffer.allocUnsafe(RECORD_BYTES_MAX)
  at = 5

  constructor(schemaId: number) {
    this.bytes[0] = 0
    this.bytes.writeUInt32BE(schemaId, 1)
  }

  /** Zigzag varint of a number that is not negative. */
  long(value: number): void {
    let rest = value * 2
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.bytes[this.at++] = (rest % 0x80) | 0x80
    this.bytes[this.at++] = rest
  }

  /** ASCII only. */
  string(text: string): void {
    this.long(text.length)
    this.at += this.bytes.write(text, this.at, 'latin1')
  }

  double(value: number): void {
    this.at = this.bytes.writeDoubleLE(value, this.at)
  }

  boolean(value: number): void {
    this.bytes[this.at++] = value
  }
}
