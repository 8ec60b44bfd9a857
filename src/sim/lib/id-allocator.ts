/** Small ids, always the lowest free one, as idr_alloc() and the fd table hand them out: lib/idr.c, fs/file.c (6.12). */

export class IdAllocator {
  readonly #limit: number
  #next: number
  /** Freed ids below #next, as a binary heap with the lowest on top. */
  readonly #freed: number[] = []

  /** Ids from `first` to `limit - 1`. */
  constructor(first: number, limit: number) {
    this.#next = first
    this.#limit = limit
  }

  /** The lowest free id; undefined when all are taken. */
  allocate(): number | undefined {
    const heap = this.#freed
    const lowest = heap[0]
    if (lowest === undefined) return this.#next < this.#limit ? this.#next++ : undefined
    const last = heap.pop() ?? lowest
    if (heap.length > 0) this.#sinkFromTop(last)
    return lowest
  }

  free(id: number): void {
    const heap = this.#freed
    let at = heap.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above] ?? 0
      if (parent <= id) break
      heap[at] = parent
      at = above
    }
    heap[at] = id
  }

  #sinkFromTop(id: number): void {
    const heap = this.#freed
    let at = 0
    for (;;) {
      let below = 2 * at + 1
      if (below >= heap.length) break
      if ((heap[below + 1] ?? Infinity) < (heap[below] ?? 0)) below++
      const child = heap[below] ?? 0
      if (child >= id) break
      heap[at] = child
      at = below
    }
    heap[at] = id
  }
}
