/**
 * What one worker of the fuzzer holds: descriptors and mappings that calls have answered, so that later calls get real
 * ones. It gives all of them back, as a leak would otherwise hide behind what the fuzzer itself forgot.
 */

/** Larger mappings go back at once: touching them would take the machine's memory. */
const LARGEST_MAPPING_BYTES = 256 * 1024
const MOST_DESCRIPTORS = 24
const MOST_MAPPINGS = 24

/** Whether a function answers a file descriptor, as a number. */
export function answersDescriptor(name) {
  return /^(?:open|allocate|create|merge|export|dup)|Fd$/.test(name) && !name.endsWith('Many')
}

export class Belongings {
  descriptors = []
  mappings = []
  /** Numbers that were descriptors. By now they may be another worker's: harmless, except in a call that closes. */
  closed = [0x3fffffff]
  pending = []
  #addon
  #random

  constructor(addon, random) {
    this.#addon = addon
    this.#random = random
  }

  /** Takes what a call answered into its keeping. */
  settle(name, answer) {
    if (typeof answer === 'number') {
      if (answer > 2 && answersDescriptor(name)) this.#keepDescriptor(answer)
      return
    }
    if (typeof answer !== 'object' || answer === null) return
    if (typeof answer.lengthBytes === 'number') return this.#keepMapping(answer)
    if (typeof answer.result?.then !== 'function') return
    // A call under way: ended at once, or it would wait for as long as its random timeout says.
    answer.cancel?.()
    answer.stop?.()
    this.pending.push(
      answer.result.then((result) => this.settle(name === 'heapAllocate' ? 'allocate' : '', result)),
    )
  }

  /** To be called when JavaScript has closed or unmapped something through the addon. */
  forget(fd) {
    const index = this.descriptors.indexOf(fd)
    if (index >= 0) this.descriptors.splice(index, 1)
    if (this.closed.push(fd) > 8) this.closed.shift()
  }

  async waitForPending() {
    const pending = this.pending
    this.pending = []
    await Promise.all(pending)
  }

  async giveBack() {
    await this.waitForPending()
    for (const fd of this.descriptors) this.#addon.drm.close(fd)
    for (const map of this.mappings) this.#addon.memory.munmap(map)
    this.descriptors = []
    this.mappings = []
  }

  #keepDescriptor(fd) {
    if (this.descriptors.length < MOST_DESCRIPTORS) {
      this.descriptors.push(fd)
      return
    }
    const index = this.#random.below(MOST_DESCRIPTORS)
    const old = this.descriptors[index]
    this.descriptors[index] = fd
    this.#addon.drm.close(old)
  }

  #keepMapping(map) {
    if (map.lengthBytes > LARGEST_MAPPING_BYTES) {
      this.#addon.memory.munmap(map)
      // It stays as a handle that was unmapped.
    }
    if (this.mappings.length < MOST_MAPPINGS) {
      this.mappings.push(map)
      return
    }
    const index = this.#random.below(MOST_MAPPINGS)
    // One half is left to the garbage collector.
    if (this.#random.oneIn(2)) this.#addon.memory.munmap(this.mappings[index])
    this.mappings[index] = map
  }
}
