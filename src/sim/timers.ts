/**
 * What the machine does by itself at a later time: kernel/time/timer.c (6.12), as a queue. Work is done at the first
 * entry into the kernel at or after its time, as nobody can look in between.
 */

interface Timer {
  readonly atNs: number
  readonly sequence: number
  readonly run: (atNs: number) => void
}

export class Timers {
  /** A binary heap, the next one on top. */
  readonly #heap: Timer[] = []
  #sequence = 0

  add(atNs: number, run: (atNs: number) => void): void {
    const timer: Timer = { atNs, sequence: this.#sequence++, run }
    const heap = this.#heap
    let at = heap.length
    while (at > 0) {
      const above = (at - 1) >> 1
      const parent = heap[above]
      if (parent === undefined || isBefore(parent, timer)) break
      heap[at] = parent
      at = above
    }
    heap[at] = timer
  }

  /** Does what is due, in the order of time. */
  runUntil(nowNs: number): void {
    for (let next = this.#heap[0]; next !== undefined && next.atNs <= nowNs; next = this.#heap[0]) {
      this.#removeTop()
      next.run(next.atNs)
    }
  }

  #removeTop(): void {
    const heap = this.#heap
    const last = heap.pop()
    if (last === undefined || heap.length === 0) return
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
  }
}

function isBefore(a: Timer, b: Timer): boolean {
  return a.atNs < b.atNs || (a.atNs === b.atNs && a.sequence < b.sequence)
}
