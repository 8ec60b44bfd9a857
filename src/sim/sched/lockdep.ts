/**
 * Learns in which order classes of locks are taken, and notices when two orders cannot both be: the validator of
 * kernel/locking/lockdep.c (6.12), with reclaim as a lock of its own (fs_reclaim, mm/page_alloc.c).
 *
 * As there, a trylock adds nothing after what is held, since it cannot wait; but what is taken under it comes after it.
 */
import type { Lock } from './lock.js'
import type { Thread } from './thread.js'
import { KernelViolation } from './violation.js'

const MAX_CLASSES = 64
const FS_RECLAIM = 0

/** How an order was learned. */
interface Dependency {
  readonly thread: string
  readonly doing: string
  readonly where: string
}

export class Lockdep {
  readonly #names = ['fs_reclaim']
  readonly #ids = new Map<string, number>()
  /** [before * MAX_CLASSES + after]. */
  readonly #after = new Uint8Array(MAX_CLASSES * MAX_CLASSES)
  readonly #learned = new Map<number, Dependency>()

  /** The thread is going to wait for the lock. */
  acquire(thread: Thread, lock: Lock, inTransaction: boolean): void {
    const after = this.#idOf(lock)
    if (thread.inReclaim) this.#learn(thread, FS_RECLAIM, after)
    for (const held of thread.held) {
      const before = this.#idOf(held)
      if (before !== after) this.#learn(thread, before, after)
      else if (!inTransaction) {
        throw new KernelViolation(
          'lock-order',
          `possible recursive locking: ${thread.name} takes ${lock.name} while it holds ${held.name}`,
        )
      }
    }
  }

  /** The thread may enter reclaim, whether it does or not. */
  acquireReclaim(thread: Thread): void {
    if (thread.inReclaim) return
    for (const held of thread.held) this.#learn(thread, this.#idOf(held), FS_RECLAIM)
  }

  #idOf(lock: Lock): number {
    if (lock.classId >= 0) return lock.classId
    let id = this.#ids.get(lock.className)
    if (id === undefined) {
      id = this.#names.push(lock.className) - 1
      if (id >= MAX_CLASSES) throw new Error('more classes of locks than lockdep has room for')
      this.#ids.set(lock.className, id)
    }
    lock.classId = id
    return id
  }

  #learn(thread: Thread, before: number, after: number): void {
    const edge = before * MAX_CLASSES + after
    if (this.#after[edge] === 1) return
    this.#after[edge] = 1
    this.#learned.set(edge, { thread: thread.name, doing: thread.doing, where: thread.where })
    const way = this.#wayTo(before, [after], new Set([after]))
    if (way === null) return
    const orders = [edge, ...way].map((each) => this.#tell(each))
    throw new KernelViolation('lock-order', `possible circular locking dependency: ${orders.join('; ')}`)
  }

  /** The orders that lead from the last of `classes` to `target`; null when none do. */
  #wayTo(target: number, classes: readonly number[], seen: Set<number>): number[] | null {
    const from = classes[classes.length - 1] ?? 0
    for (let next = 0; next < this.#names.length; next++) {
      const edge = from * MAX_CLASSES + next
      if (this.#after[edge] !== 1) continue
      if (next === target) return [edge]
      if (seen.has(next)) continue
      seen.add(next)
      const rest = this.#wayTo(target, [...classes, next], seen)
      if (rest !== null) return [edge, ...rest]
    }
    return null
  }

  #tell(edge: number): string {
    const before = this.#names[Math.floor(edge / MAX_CLASSES)] ?? ''
    const after = this.#names[edge % MAX_CLASSES] ?? ''
    const by = this.#learned.get(edge)
    return `${after} after ${before} by ${by?.thread ?? ''} (${by?.doing ?? ''}) in ${by?.where ?? ''}`
  }
}
