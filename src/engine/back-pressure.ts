/** Inputs that ran ahead of the merge are paused, and resumed once half of what they brought is released. */
import type { InputRole, Source } from './ports.ts'
import type { Task } from './task.ts'

/** An input is paused at this many bytes too: records may be large. */
const BUFFER_BYTES_MAX = 32 * 1024 * 1024

export class BackPressure {
  private readonly source: Source
  private readonly partition: number
  private readonly recordsMax: number
  private readonly paused = new Set<InputRole>()

  constructor(source: Source, partition: number, recordsMax: number) {
    this.source = source
    this.partition = partition
    this.recordsMax = recordsMax
  }

  /** The source has forgotten what was paused. */
  again(): void {
    for (const role of this.paused) this.source.pause(role, this.partition)
  }

  /** One input without a head is never paused: it may be what the others wait for. Nor are commands. */
  holdBack(task: Task): void {
    for (const input of task.partitions.values()) {
      if (this.source.roles.includes(input.role) && input.role !== 'commands' && this.isFull(input)) this.pause(input.role)
    }
    for (const [role, upstream] of task.upstreams) if (this.isFull(upstream) && !task.isAwaited(role)) this.pause(role)
  }

  relieve(task: Task): void {
    for (const role of this.paused) {
      const upstream = task.upstreams.get(role)
      const { buffered, bufferedBytes } = upstream ?? task.partitions.get(role)!
      if ((buffered > this.recordsMax / 2 || bufferedBytes > BUFFER_BYTES_MAX / 2) && (upstream === undefined || !task.isAwaited(role))) continue
      this.paused.delete(role)
      this.source.resume(role, this.partition)
    }
  }

  private isFull({ buffered, bufferedBytes }: { buffered: number; bufferedBytes: number }): boolean {
    return buffered >= this.recordsMax || bufferedBytes >= BUFFER_BYTES_MAX
  }

  private pause(role: InputRole): void {
    if (this.paused.has(role)) return
    this.paused.add(role)
    this.source.pause(role, this.partition)
  }
}
