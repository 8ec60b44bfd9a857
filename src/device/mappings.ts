/** The open mappings of one buffer, so that closing the buffer can close them first. */
import type { Mapping } from './mapping.js'

export class Mappings {
  // Weak, so that a mapping that the program lost can still be collected (and unmapped by that).
  readonly #open = new Map<number, WeakRef<Mapping>>()
  #next = 0

  /** Makes a mapping and keeps it until it is closed. */
  add(make: (forget: () => void) => Mapping): Mapping {
    const id = this.#next++
    const mapping = make(() => this.#open.delete(id))
    this.#open.set(id, new WeakRef(mapping))
    return mapping
  }

  closeAll(): void {
    for (const reference of [...this.#open.values()]) reference.deref()?.close()
  }
}
