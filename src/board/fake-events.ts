/**
 * Time on the fake board: what is to happen, in the order of (time, asking). Time stands still while code runs, and
 * jumps to the next event when all code waits.
 */

interface Event {
  readonly timeNs: number
  readonly sequence: number
  readonly happen: () => void
}

export class EventQueue {
  /** A binary heap, the next event on top. */
  readonly #heap: Event[] = []
  #sequence = 0
  #nowNs = 0

  get nowNs(): number {
    return this.#nowNs
  }

  schedule(timeNs: number, happen: () => void): void {
    const event: Event = { timeNs: Math.max(timeNs, this.#nowNs), sequence: this.#sequence++, happen }
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || isBefore(parent, event)) break
      heap[at] = parent
      at = above
    }
    heap[at] = event
  }

  /** Moves time to the next event and lets it happen. False when there is none. */
  step(): boolean {
    const next = this.#pop()
    if (next === undefined) return false
    this.#nowNs = next.timeNs
    next.happen()
    return true
  }

  clear(): void {
    this.#heap.length = 0
  }

  #pop(): Event | undefined {
    const heap = this.#heap
    const next = heap[0]
    const last = heap.pop()
    if (next === undefined || last === undefined || heap.length === 0) return next
    let at = 0
    for (;;) {
      const left = heap[2 * at + 1]
      const right = heap[2 * at + 2]
      if (left === undefined) break
      const isRight = right !== undefined && isBefore(right, left)
      const child = isRight ? right : left
      if (isBefore(last, child)) break
      heap[at] = child
      at = 2 * at + (isRight ? 2 : 1)
    }
    heap[at] = last
    return next
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.timeNs < b.timeNs || (a.timeNs === b.timeNs && a.sequence < b.sequence)
}
