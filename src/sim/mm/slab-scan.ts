/** The arithmetic of do_shrink_slab(): how much of a shrinker's objects one pass looks at, mm/shrinker.c (6.12). */

/** DEFAULT_SEEKS, and SHRINK_BATCH for a shrinker that names none. */
const DEFAULT_SEEKS = 2
const SHRINK_BATCH = 128

export class SlabScan {
  readonly #freeable: number
  readonly #batch: number
  /** What was put off before, and what this pass adds to it. */
  readonly #due: number
  #total: number
  #scanned = 0
  freed = 0

  /** `freeable`: what count_objects() said, above 0. `deferred`: what earlier passes put off. */
  constructor(
    freeable: number,
    deferred: number,
    priority: number,
    {
      seeks = DEFAULT_SEEKS,
      batch = SHRINK_BATCH,
    }: { seeks?: number | undefined; batch?: number | undefined },
  ) {
    // seeks 0: cheap to make again, so half of them.
    const delta =
      seeks > 0 ? Math.floor((Math.floor(freeable / 2 ** priority) * 4) / seeks) : Math.floor(freeable / 2)
    this.#freeable = freeable
    this.#batch = batch
    this.#due = deferred + delta
    this.#total = Math.min(Math.floor(deferred / 2 ** priority) + delta, 2 * freeable)
  }

  /** nr_to_scan of the next call; 0 when the rest is not worth one. */
  get nrToScan(): number {
    return this.#total >= this.#batch || this.#total >= this.#freeable
      ? Math.min(this.#batch, this.#total)
      : 0
  }

  /** A call looked at so many and freed so many. */
  add(nrScanned: number, freed: number): void {
    this.#total -= nrScanned
    this.#scanned += nrScanned
    this.freed += freed
  }

  /** What is put off for the next pass. */
  get deferred(): number {
    return Math.min(Math.max(this.#due - this.#scanned, 0), 2 * this.#freeable)
  }
}
