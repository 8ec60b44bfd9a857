/** What the kernel has said of each buffer so far, from the events alone. */
import type { OperationEvent } from '../events/stress-event.js'

/** needed: never given away, or taken back. purged: the kernel said so, which holds until the buffer is closed. */
export type BufferState = 'needed' | 'not-needed' | 'purged'

export class BufferStates {
  readonly #states = new Map<string, BufferState>()
  readonly #held = new Set<string>()

  /** The state before `event`; undefined for a buffer that is not there yet. */
  before(event: OperationEvent): BufferState | undefined {
    return this.#states.get(key(event))
  }

  /** Whether somebody else may use it: exported, until its last handle is closed (drm_gem.c, 6.12). */
  isHeld(event: OperationEvent): boolean {
    return this.#held.has(key(event))
  }

  apply(event: OperationEvent): void {
    const { operation, outcome } = event
    if (operation.op === 'close') this.#held.delete(key(event))
    else if (operation.op === 'export' && outcome.result === 'ok') this.#held.add(key(event))
    if (operation.op === 'create' && outcome.result === 'ok') this.#states.set(key(event), 'needed')
    else if (operation.op === 'close') this.#states.delete(key(event))
    else if (outcome.result === 'purged' || outcome.result === 'sigbus')
      this.#states.set(key(event), 'purged')
    else if (operation.op === 'madvise' && outcome.result === 'retained') {
      this.#states.set(key(event), operation.advice === 'dontneed' ? 'not-needed' : 'needed')
    }
  }
}

function key({ actor, operation }: OperationEvent): string {
  return `${actor}/${operation.buffer}`
}
