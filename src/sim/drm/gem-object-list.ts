/** All GEM objects of a device that live, oldest first. Each object holds its own place, so that the list costs no more. */
import type { GemObject } from './gem-object.js'

/** The place of an object: its neighbours by age. Only the list changes them. */
export interface GemObjectPlace {
  olderObject: GemObject | null
  newerObject: GemObject | null
}

export class GemObjectList {
  #oldest: GemObject | null = null
  #newest: GemObject | null = null
  #size = 0

  get size(): number {
    return this.#size
  }

  add(object: GemObject): void {
    object.olderObject = this.#newest
    if (this.#newest === null) this.#oldest = object
    else this.#newest.newerObject = object
    this.#newest = object
    this.#size++
  }

  /** The object must be in the list. */
  delete(object: GemObject): void {
    const { olderObject, newerObject } = object
    if (olderObject === null) this.#oldest = newerObject
    else olderObject.newerObject = newerObject
    if (newerObject === null) this.#newest = olderObject
    else newerObject.olderObject = olderObject
    object.olderObject = object.newerObject = null
    this.#size--
  }

  *[Symbol.iterator](): Generator<GemObject> {
    for (let object = this.#oldest; object !== null; object = object.newerObject) yield object
  }
}
