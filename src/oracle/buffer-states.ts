/** What the kernel has said of each buffer so far, from the events alone. */
import type { OperationEvent } from '../events/stress-event.js'
import type { BufferName } from '../workload/operation.js'

/** needed: never given away, or taken back. purged: the kernel said so, which holds until the buffer is closed. */
export type BufferState = 'needed' | 'not-needed' | 'purged'

/** A buffer as the kernel has it. Its names are handles: one in each file that it was made in or imported into. */
export interface BufferObject {
  state: BufferState
  /** Whether somebody else may use it: exported, until its last handle is closed (drm_gem.c, 6.12), or imported. */
  isHeld: boolean
  /** gem: of the driver, which gets the same object when it imports it again (drm_gem_prime_import_dev). */
  readonly kind: 'gem' | 'imported' | 'dma-buf'
  /** Its handle was closed behind the name's back: what is left is its mapping, if there is one. */
  readonly isClosed?: true
}

export class BufferStates {
  readonly #objects = new Map<string, BufferObject>()
  /** Names of what was made in a file, which go when it is closed. */
  readonly #files = new Map<string, Set<string>>()

  /** How many names there are. */
  get size(): number {
    return this.#objects.size + this.#files.size
  }

  /** The object that `event` is about; undefined for one that is not there, or not yet. */
  find({ actor, operation }: OperationEvent): Readonly<BufferObject> | undefined {
    return this.#objects.get(key(actor, operation.buffer))
  }

  /** The objects that a race of advices was about, as far as they are there; none for any other operation. */
  raced({ actor, operation }: OperationEvent): readonly Readonly<BufferObject>[] {
    return this.#raced(actor, operation)
  }

  apply({ actor, operation, outcome }: OperationEvent): void {
    const name = key(actor, operation.buffer)
    if (operation.op === 'close') this.#close(name)
    else if (outcome.result === 'ok') {
      const made = this.#made(actor, operation)
      if (made !== undefined) this.#objects.set(name, made)
      if ('file' in operation) this.#files.get(key(actor, operation.file))?.add(name)
      if (operation.op === 'open') this.#files.set(name, new Set())
    }
    // All were taken back in the end: where nothing was purged, all are needed. Else it may be any of them.
    const isKept = outcome.result === 'raced' && outcome.purged === 0
    for (const raced of this.#raced(actor, operation))
      if (raced.state !== 'purged') raced.state = isKept ? 'needed' : 'not-needed'
    const known = this.#objects.get(name)
    if (operation.op === 'close-handle' && outcome.result === 'ok' && known !== undefined)
      this.#objects.set(name, { ...known, isClosed: true })
    const object = this.#objects.get(name)
    if (object === undefined) return
    if (operation.op === 'export' && outcome.result === 'ok') object.isHeld = true
    else if (outcome.result === 'purged' || outcome.result === 'sigbus') object.state = 'purged'
    else if (operation.op === 'madvise' && outcome.result === 'retained')
      object.state = operation.advice === 'dontneed' ? 'not-needed' : 'needed'
  }

  #made(actor: number, operation: OperationEvent['operation']): BufferObject | undefined {
    switch (operation.op) {
      case 'create':
        return { state: 'needed', isHeld: false, kind: 'gem' }
      case 'heap-allocate':
      case 'udmabuf':
        return { state: 'needed', isHeld: true, kind: 'dma-buf' }
      case 'import': {
        const from = this.#objects.get(key(actor, operation.from))
        return from?.kind === 'gem' ? from : { state: 'needed', isHeld: true, kind: 'imported' }
      }
      default:
        return undefined
    }
  }

  #raced(actor: number, operation: OperationEvent['operation']): BufferObject[] {
    return advisedInRace(operation).flatMap((name) => this.#objects.get(key(actor, name)) ?? [])
  }

  #close(name: string): void {
    this.#objects.delete(name)
    for (const made of this.#files.get(name) ?? []) this.#objects.delete(made)
    if (this.#files.delete(name)) return
    for (const names of this.#files.values()) names.delete(name)
  }
}

/** The buffers of a race of advices; none for any other operation. */
export function advisedInRace(operation: OperationEvent['operation']): readonly BufferName[] {
  return operation.op === 'race-madvise' ? [operation.buffer, ...operation.others] : []
}

function key(actor: number, name: BufferName): string {
  return `${actor}/${name}`
}
