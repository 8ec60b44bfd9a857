/** Random numbers of a fuzz run: the same seed gives the same run (xoroshiro128+ of pure-rand). */
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

export class Random {
  #generator

  /** @param {number} seed an integer of 32 bits */
  constructor(seed) {
    this.#generator = xoroshiro128plus(seed)
  }

  /** An integer of [0, 2^32). */
  word() {
    return this.#generator.next() >>> 0
  }

  /** An integer of [0, end). */
  below(end) {
    return this.word() % end
  }

  /** True once in `odds` calls. */
  oneIn(odds) {
    return this.below(odds) === 0
  }

  pick(items) {
    return items[this.below(items.length)]
  }
}
