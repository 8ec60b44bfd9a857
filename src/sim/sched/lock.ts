/**
 * Locks that know their owners: mutexes, spinlocks, and the wound-wait mutex of a dma_resv: kernel/locking (6.12).
 *
 * `yield lock.lock('function')` takes it, `yield lock.trylock(...)` answers whether it did, `yield lock.unlock(...)`
 * gives it back. All locks of one class obey one order, which lockdep.ts learns.
 */
import { isStepping, Op, TAKEN } from './path.js'
import type { Thread } from './thread.js'
import { KernelViolation } from './violation.js'

export type LockType = 'mutex' | 'spinlock' | 'ww_mutex'

/** Something that can be freed while somebody still uses it. */
export interface Freeable {
  /** Reads in a story: "bo 3". */
  readonly label: string
  readonly isFreed: boolean
  /** Throws KernelViolation when what its ww_mutex protects is not as it must be. Asked when that is given back. */
  checkLocked?(): void
}

export class Lock extends Op {
  readonly type: LockType
  readonly className: string
  /** The object that the lock is a part of, and goes away with. */
  readonly of: Freeable | null
  owner: Thread | null = null
  /** Where the owner took it. */
  takenAt = ''
  /** The class in the order graph of the scheduler that steps it; -1: not seen yet. */
  classId = -1
  /** How often it is taken while nobody steps. A nested path (reclaim inside an allocation) sees that it is. */
  #depth = 0

  /** `depth`: how often it is taken already. */
  constructor(type: LockType, className: string, of: Freeable | null = null, depth = 0) {
    super('lock')
    this.type = type
    this.className = className
    this.of = of
    this.#depth = depth
  }

  get name(): string {
    return this.of === null ? this.className : `${this.className} of ${this.of.label}`
  }

  lock(where: string): this {
    return this.#as('lock', where)
  }

  /** Answers TAKEN or 0. */
  trylock(where: string): this {
    return this.#as('trylock', where)
  }

  /** ww_mutex_lock() in the thread's one transaction. Answers TAKEN, or 0 (-EDEADLK): give all back and begin again. */
  lockWw(where: string): this {
    return this.#as('lock-ww', where)
  }

  unlock(where: string): this {
    return this.#as('unlock', where)
  }

  /** `if (lock.take('function')) yield lock` is `yield lock.lock('function')` that does not stop when nobody steps. */
  take(where: string): boolean {
    if (isStepping() || this.owner !== null) {
      this.#as('lock', where)
      return true
    }
    this.#depth++
    return false
  }

  /** `if (lock.give('function')) yield lock` is `yield lock.unlock('function')` that does not stop when nobody steps. */
  give(where: string): boolean {
    if (isStepping() || this.owner !== null || this.#depth === 0) {
      this.#as('unlock', where)
      return true
    }
    this.#depth--
    return false
  }

  /** `lock.tryTake('function') ?? (yield lock)` is `yield lock.trylock('function')` in the same way. */
  tryTake(where: string): number | null {
    if (isStepping() || this.owner !== null) {
      this.#as('trylock', where)
      return null
    }
    if (this.#depth > 0) return 0
    this.#depth++
    return TAKEN
  }

  perform(): number {
    if (this.owner !== null) throw new Error(`${this.name} is held by a stepped thread`)
    switch (this.kind) {
      case 'trylock':
        if (this.#depth > 0) return 0
        break
      case 'unlock':
        if (this.#depth === 0) throw new KernelViolation('lock-balance', `bad unlock balance: ${this.name}`)
        this.#depth--
        return 0
      default:
    }
    this.#depth++
    return 1
  }

  #as(kind: Op['kind'], where: string): this {
    this.kind = kind
    this.where = where
    return this
  }
}

/**
 * The lock of an object, which most objects never need as one: how often it is taken while nobody steps, or the lock,
 * from the first time on that somebody asks for it.
 */
export type LockSlot = number | Lock

/** Nobody needs to see the lock itself. */
export function canCount(slot: LockSlot): slot is number {
  return typeof slot === 'number' && !isStepping()
}

export function lockOf(slot: LockSlot, type: LockType, className: string, of: Freeable): Lock {
  return typeof slot === 'number' ? new Lock(type, className, of, slot) : slot
}
